//! The facts of all operations: those of Looker's API 4.0, and one more, as a later Looker would have it.

use std::collections::HashMap;
use std::sync::LazyLock;

use looker_operations::types::Object;
use looker_operations::{Activity, Answer, Effect, Operation, Parameter, Place, Status, Table, Type};

/// An operation that no published table has, so that a client can prove that it learns from the instance.
const WEATHER: &str = "sandbox_weather";

fn parameter(name: &str, place: Place, value: Type) -> Parameter {
    Parameter { name: name.into(), place, value, required: place == Place::Path, deprecated: false }
}

fn weather() -> Operation {
    Operation {
        id: WEATHER.into(),
        method: "GET".into(),
        path: "/sandbox_weather/{city}".into(),
        tag: "Sandbox".into(),
        status: Status::Beta,
        activity: Activity::Admin,
        effect: Effect::Read,
        parameters: vec![parameter("city", Place::Path, Type::String), parameter("days", Place::Query, Type::Integer)],
        body: None,
        answers: vec![Answer::Json(200, Type::Any)],
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let known = Table::builtin();
    let operations = known.operations().chain([weather()]).collect();
    Table::new(known.release().to_owned(), operations, known.types().collect())
});

// A table is searched line by line, which is too slow for each property of an answer.
static OPERATIONS: LazyLock<HashMap<String, Operation>> =
    LazyLock::new(|| TABLE.operations().map(|operation| (operation.id.clone(), operation)).collect());
static TYPES: LazyLock<HashMap<String, Object>> =
    LazyLock::new(|| TABLE.types().map(|object| (object.name.clone(), object)).collect());

/// What the sandbox serves, as a table.
pub(crate) fn table() -> &'static Table {
    &TABLE
}

/// The facts of an operation.
pub(crate) fn operation(id: &str) -> Option<&'static Operation> {
    OPERATIONS.get(id)
}

/// A type by its name.
pub(crate) fn object(name: &str) -> Option<&'static Object> {
    TYPES.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_one_operation_more_than_looker_and_no_other() {
        let more: Vec<&str> = table().ids().filter(|id| Table::builtin().find(id).is_none()).collect();
        assert_eq!(more, [WEATHER]);
        assert_eq!(table().operations().count(), Table::builtin().operations().count() + 1);
    }
}
