//! Scalar SQL functions: what LookML dimensions need and SQLite lacks.

use std::cell::RefCell;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Error, Result};

use crate::model::timeframe::{Reading, Timeframe};

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_DETERMINISTIC.union(FunctionFlags::SQLITE_UTF8);

/// Registers all of them.
pub(super) fn register(connection: &Connection) -> Result<()> {
    connection.create_scalar_function("LOOKER_TIMEFRAME", 3, FLAGS, timeframe)?;
    connection.create_scalar_function("LOOKER_DURATION", 3, FLAGS, duration)?;
    connection.create_scalar_function("LOOKER_DISTANCE_KM", 4, FLAGS, distance)
}

fn fail(message: String) -> Error {
    Error::UserFunctionError(message.into())
}

thread_local! {
    static ZONE: RefCell<(String, TimeZone)> = const { RefCell::new((String::new(), TimeZone::UTC)) };
}

/// Civil time of an instant in a zone named by its IANA name.
pub(crate) fn civil(second: i64, zone: &str) -> Result<DateTime> {
    let at = Timestamp::from_second(second).map_err(|error| fail(error.to_string()))?;
    if zone == "UTC" {
        return Ok(Offset::UTC.to_datetime(at));
    }
    ZONE.with_borrow_mut(|(name, known)| {
        if name != zone {
            *known = TimeZone::get(zone).map_err(|error| fail(error.to_string()))?;
            zone.clone_into(name);
        }
        Ok(known.to_datetime(at))
    })
}

/// `LOOKER_TIMEFRAME(name, seconds since 1970, zone)`.
fn timeframe(context: &Context<'_>) -> Result<ToSqlOutput<'static>> {
    let ValueRef::Integer(second) = context.get_raw(1) else { return Ok(ToSqlOutput::Owned(Value::Null)) };
    let name = context.get_raw(0).as_str()?;
    let timeframe = Timeframe::from_name(name).ok_or_else(|| fail(format!("no such timeframe: {name}")))?;
    let reading = timeframe.read(civil(second, context.get_raw(2).as_str()?)?);
    Ok(ToSqlOutput::Owned(match reading {
        Reading::Number(number) => Value::Integer(number),
        Reading::Text(text) => Value::Text(text),
    }))
}

/// `LOOKER_DURATION(unit, start, end)`: complete units from start to end.
fn duration(context: &Context<'_>) -> Result<Option<i64>> {
    let (ValueRef::Integer(start), ValueRef::Integer(end)) = (context.get_raw(1), context.get_raw(2)) else {
        return Ok(None);
    };
    let seconds = end - start;
    Ok(Some(match context.get_raw(0).as_str()? {
        "second" => seconds,
        "minute" => seconds / 60,
        "hour" => seconds / 3600,
        "day" => seconds / 86_400,
        "week" => seconds / 604_800,
        unit => {
            let (from, to) = (civil(start, "UTC")?, civil(end, "UTC")?);
            let months = from.until((jiff::Unit::Month, to)).map_err(|error| fail(error.to_string()))?.get_months();
            match unit {
                "month" => months.into(),
                "quarter" => i64::from(months) / 3,
                "year" => i64::from(months) / 12,
                _ => return Err(fail(format!("no such duration: {unit}"))),
            }
        }
    }))
}

/// `LOOKER_DISTANCE_KM(latitude, longitude, latitude, longitude)`: great circle distance.
fn distance(context: &Context<'_>) -> Result<Option<f64>> {
    let mut angles = [0.0_f64; 4];
    for (index, angle) in angles.iter_mut().enumerate() {
        let Some(degrees) = context.get::<Option<f64>>(index)? else { return Ok(None) };
        *angle = degrees.to_radians();
    }
    Ok(Some(haversine_km(angles)))
}

/// From the first to the second place, in radians.
fn haversine_km([from_lat, from_lng, to_lat, to_lng]: [f64; 4]) -> f64 {
    const EARTH_RADIUS_KM: f64 = 6371.0;
    let a = ((to_lat - from_lat) / 2.0).sin().powi(2)
        + from_lat.cos() * to_lat.cos() * ((to_lng - from_lng) / 2.0).sin().powi(2);
    2.0 * EARTH_RADIUS_KM * a.sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(sql: &str) -> Value {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_timeframe_is_read_in_the_zone_of_the_query() {
        let text = |text: &str| Value::Text(text.into());
        assert_eq!(one("SELECT LOOKER_TIMEFRAME('date', 1709251199, 'UTC')"), text("2024-02-29"));
        assert_eq!(one("SELECT LOOKER_TIMEFRAME('time', 1709251199, 'Asia/Tokyo')"), text("2024-03-01 08:59:59"));
        assert_eq!(one("SELECT LOOKER_TIMEFRAME('date', NULL, 'UTC')"), Value::Null);
    }

    #[test]
    fn a_duration_counts_complete_units() {
        assert_eq!(one("SELECT LOOKER_DURATION('day', 0, 86400 * 3 - 1)"), Value::Integer(2));
        assert_eq!(one("SELECT LOOKER_DURATION('month', 0, 86400 * 60)"), Value::Integer(2));
        assert_eq!(one("SELECT LOOKER_DURATION('hour', NULL, 5)"), Value::Null);
    }

    #[test]
    fn a_distance_is_measured_on_the_globe() {
        let Value::Real(km) = one("SELECT LOOKER_DISTANCE_KM(40.75, -73.99, 34.05, -118.25)") else { panic!() };
        assert!((3930.0..3945.0).contains(&km), "{km}");
    }
}
