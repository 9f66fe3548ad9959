//! Filters of locations: a point, a circle around a point, a box.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;
use crate::number::Number;
use crate::scan::Scanner;
use crate::user_attribute::UserAttribute;

/// A filter of locations.
///
/// ```
/// use looker_filters::{DistanceUnit, LocationFilter, Number, Point};
///
/// let santa_cruz = Point::new(Number::try_from(36.97)?, Number::try_from(-122.03)?).ok_or("not on Earth")?;
/// let filter = LocationFilter::Circle { distance: 40_u32.into(), unit: DistanceUnit::Miles, center: santa_cruz };
/// assert_eq!(filter.to_string(), "40 miles from 36.97, -122.03");
/// assert_eq!(filter.summary(), "is within 40 miles of 36.97, -122.03");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LocationFilter {
    /// Every value.
    Any,
    /// No value.
    Null,
    /// Some value.
    NotNull,
    /// This very point.
    Point(Point),
    /// Not farther than this from a point.
    Circle {
        /// How far.
        distance: Distance,
        /// In what.
        unit: DistanceUnit,
        /// From where.
        center: Point,
    },
    /// Inside a box.
    Box {
        /// The corner in the north-west.
        from: Point,
        /// The corner in the south-east.
        to: Point,
    },
    /// What the user attribute holds.
    UserAttribute(UserAttribute),
}

/// A place on Earth, in degrees.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Point {
    latitude: Number,
    longitude: Number,
}

impl Point {
    /// The place at a latitude from -90 to 90 and a longitude from -180 to 180.
    pub fn new(latitude: impl Into<Number>, longitude: impl Into<Number>) -> Option<Self> {
        let point = Self { latitude: latitude.into(), longitude: longitude.into() };
        (is_latitude(&point.latitude) && is_longitude(&point.longitude)).then_some(point)
    }

    /// Degrees north.
    pub fn latitude(&self) -> &Number {
        &self.latitude
    }

    /// Degrees east.
    pub fn longitude(&self) -> &Number {
        &self.longitude
    }

    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        let latitude = Number::read(scanner)?;
        if !is_latitude(&latitude) {
            return scanner.missed("a latitude from -90 to 90");
        }
        scanner.spaces();
        scanner.exact(",")?;
        scanner.spaces();
        let longitude = Number::read(scanner)?;
        if !is_longitude(&longitude) {
            return scanner.missed("a longitude from -180 to 180");
        }
        Some(Self { latitude, longitude })
    }
}

fn is_latitude(degrees: &Number) -> bool {
    (-90.0..=90.0).contains(&degrees.as_f64())
}

fn is_longitude(degrees: &Number) -> bool {
    (-180.0..=180.0).contains(&degrees.as_f64())
}

/// A distance, which has no sign.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Distance(Number);

impl Distance {
    /// A distance, unless the number has a sign.
    pub fn new(number: impl Into<Number>) -> Option<Self> {
        Some(number.into()).filter(|number| !number.as_str().starts_with('-')).map(Self)
    }

    /// The number.
    pub fn number(&self) -> &Number {
        &self.0
    }
}

impl From<u32> for Distance {
    fn from(distance: u32) -> Self {
        Self(distance.into())
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Units of distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DistanceUnit {
    /// Meters.
    Meters,
    /// Feet.
    Feet,
    /// Kilometers.
    Kilometers,
    /// Miles.
    Miles,
}

impl DistanceUnit {
    const ALL: [Self; 4] = [Self::Meters, Self::Feet, Self::Kilometers, Self::Miles];

    /// Its name in expressions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Meters => "meters",
            Self::Feet => "feet",
            Self::Kilometers => "kilometers",
            Self::Miles => "miles",
        }
    }
}

impl LocationFilter {
    /// The filter in words: `is within 40 miles of 36.97, -122.03`.
    pub fn summary(&self) -> String {
        match self {
            Self::Any => "is anywhere".into(),
            Self::Null => "is null".into(),
            Self::NotNull => "is not null".into(),
            Self::Point(point) => format!("is at {point}"),
            Self::Circle { distance, unit, center } => format!("is within {distance} {} of {center}", unit.name()),
            Self::Box { from, to } => format!("is inside the box from {from} to {to}"),
            Self::UserAttribute(attribute) => format!("is {}", attribute.words()),
        }
    }

    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner
            .attempt(circle)
            .or_else(|| scanner.attempt(Point::read).map(Self::Point))
            .or_else(|| scanner.attempt(within_box))
            .or_else(|| UserAttribute::read(scanner).map(Self::UserAttribute))
            .or_else(|| scanner.word("NULL").map(|()| Self::Null))
            .or_else(|| scanner.attempt(not_null))
    }
}

fn circle(scanner: &mut Scanner<'_>) -> Option<LocationFilter> {
    let distance = Distance::new(Number::read(scanner)?)?;
    scanner.spaces();
    let unit = DistanceUnit::ALL.into_iter().find(|unit| scanner.word(unit.name()).is_some())?;
    scanner.spaces();
    scanner.word("from")?;
    scanner.spaces();
    Some(LocationFilter::Circle { distance, unit, center: Point::read(scanner)? })
}

fn within_box(scanner: &mut Scanner<'_>) -> Option<LocationFilter> {
    for word in ["inside", "box", "from"] {
        scanner.word(word)?;
        scanner.spaces();
    }
    let from = Point::read(scanner)?;
    scanner.spaces();
    scanner.word("to")?;
    scanner.spaces();
    let to = Point::read(scanner)?;
    scanner.spaces();
    Some(LocationFilter::Box { from, to })
}

fn not_null(scanner: &mut Scanner<'_>) -> Option<LocationFilter> {
    if scanner.exact("-").is_none() {
        scanner.word("NOT")?;
        scanner.spaces();
    }
    scanner.word("NULL").map(|()| LocationFilter::NotNull)
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.latitude, self.longitude)
    }
}

impl fmt::Display for LocationFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Null => f.write_str("null"),
            Self::NotNull => f.write_str("-null"),
            Self::Point(point) => point.fmt(f),
            Self::Circle { distance, unit, center } => write!(f, "{distance} {} from {center}", unit.name()),
            Self::Box { from, to } => write!(f, "inside box from {from} to {to}"),
            Self::UserAttribute(attribute) => attribute.fmt(f),
        }
    }
}

impl FromStr for LocationFilter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.is_empty() { Ok(Self::Any) } else { Scanner::whole(text, Self::read) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_form_is_read() {
        for (text, canonical, summary) in [
            ("", "", "is anywhere"),
            ("36.97,-122.03", "36.97, -122.03", "is at 36.97, -122.03"),
            ("40 Miles From 36.97, -122.03", "40 miles from 36.97, -122.03", "is within 40 miles of 36.97, -122.03"),
            (
                "inside box from 72.33, -173.14 to 14.39, -61.70",
                "inside box from 72.33, -173.14 to 14.39, -61.70",
                "is inside the box from 72.33, -173.14 to 14.39, -61.70",
            ),
            ("NULL", "null", "is null"),
            ("NOT NULL", "-null", "is not null"),
            ("-NULL", "-null", "is not null"),
        ] {
            let filter: LocationFilter = text.parse().unwrap();
            assert_eq!((filter.to_string().as_str(), filter.summary().as_str()), (canonical, summary));
            assert_eq!(canonical.parse(), Ok(filter));
        }
    }

    #[test]
    fn places_that_are_not_on_earth_and_unknown_units_are_refused() {
        for bad in
            ["91, 0", "0, -181", "-5 miles from 0, 0", "5 mile from 0, 0", "1", "inside box from 0, 0", "1, 2, 3"]
        {
            assert!(bad.parse::<LocationFilter>().is_err(), "{bad}");
        }
        assert_eq!(Point::new(90, 181), None);
        assert_eq!(Distance::new(-5), None);
    }

    #[test]
    fn the_error_tells_the_range_of_a_latitude() {
        let error = "91, 0".parse::<LocationFilter>().unwrap_err();
        assert!(error.to_string().contains("a latitude from -90 to 90"), "{error}");
    }
}
