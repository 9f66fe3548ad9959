//! From the body of a query to SQL, and from SQL to rows.

pub(crate) mod body;
pub(crate) mod compile;
pub(crate) mod dynamic_fields;
pub(crate) mod expression;
mod fill;
mod filter_config;
pub(crate) mod filters;
pub(crate) mod joins;
pub(crate) mod limits;
pub(crate) mod pivots;
pub(crate) mod post;
pub(crate) mod raw;
pub(crate) mod run;
mod select;
mod selection;
pub(crate) mod sorts;
pub(crate) mod sql;
mod summaries;
