//! Looker's filter expressions: the text that stands in `filters` of a query, such as `last 7 days` or `-%test%`.
//!
//! Build one, and its text means what was meant, whatever the values hold:
//!
//! ```
//! use looker_filters::{DateFilter, NumberFilter, StringFilter, Unit};
//!
//! assert_eq!(DateFilter::last(7, Unit::Day).to_string(), "7 days");
//! assert_eq!(NumberFilter::between(1, 10).to_string(), "[1,10]");
//! assert_eq!(StringFilter::is("Santa Cruz, CA").to_string(), "\"Santa Cruz, CA\"");
//! assert_eq!(StringFilter::contains("50%").to_string(), "%50^%%");
//! ```
//!
//! Read one, and it explains itself, or tells where it is wrong:
//!
//! ```
//! use looker_filters::{NumberFilter, ParseError};
//!
//! let filter: NumberFilter = ">=5.5 AND <=10 OR 20".parse()?;
//! assert_eq!(filter.summary(), "is in range [5.5, 10] or is 20");
//! let error = "5 to ten".parse::<NumberFilter>().unwrap_err();
//! assert_eq!(error.to_string(), "expected `,`, `OR`, a number or the end at character 6, before \"ten\"");
//! # Ok::<(), ParseError>(())
//! ```
//!
//! What is written is read as the same filter. Each kind of field has a language of its own, its [`Family`]:
//!
//! | family | type | examples |
//! |---|---|---|
//! | string | [`StringFilter`] | `a,b`, `-a`, `%a%`, `"a, b"`, `NULL`, `EMPTY` |
//! | number | [`NumberFilter`] | `5`, `NOT 5`, `[1,10)`, `>1 AND <10`, `1 to 10`, `NULL` |
//! | date | [`DateFilter`] | `7 days`, `last month`, `before 2024-03-05`, `FY2024-Q1` |
//! | tier | [`TierFilter`] | `10 to 19,20 to 29` |
//! | yesno | [`YesNoFilter`] | `Yes`, `No` |
//! | location | [`LocationFilter`] | `40 miles from 36.97, -122.03` |
//! | parameter | [`ParameterValue`] | `sale^_price` |
//!
//! Where a number, a date, a text or a place may stand, so may `{{ _user_attributes['region'] }}`.
//!
//! Sources: Looker's documentation of
//! [filter expressions](https://cloud.google.com/looker/docs/filter-expressions), and the grammars of its own
//! [`@looker/filter-expressions`](https://www.npmjs.com/package/@looker/filter-expressions), with which this crate is
//! compared expression by expression (`tests/clients/filters.mjs`). Where the two disagree, or where the grammar cannot
//! be right, `tests/clients/filter_differences.mjs` says what is read here and why.

mod date;
mod error;
mod family;
mod filter;
mod location;
mod number;
mod parameter;
mod scan;
mod string;
mod terms;
mod tier;
mod user_attribute;
mod words;
mod yesno;

pub use date::{DateFilter, DateTest, Day, Direction, Edge, Interval, Moment, Month, Quarter, Unit, Weekday, Year};
pub use error::ParseError;
pub use family::Family;
pub use filter::{Filter, parse};
pub use location::{Distance, DistanceUnit, LocationFilter, Point};
pub use number::{Bounds, Comparison, NotFinite, Number, NumberFilter, NumberTest};
pub use parameter::ParameterValue;
pub use string::{Pattern, Piece, Shape, StringFilter, StringTest};
pub use terms::{Term, Terms};
pub use tier::{TierFilter, TierTest};
pub use user_attribute::UserAttribute;
pub use yesno::YesNoFilter;
