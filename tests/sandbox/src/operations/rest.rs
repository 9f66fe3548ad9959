//! Every operation that has no code of its own, as the table of all operations describes it.

use std::collections::HashSet;
use std::sync::LazyLock;

use looker_operations::{Activity, Effect, Place, Type};

use super::{Kind, Operation, Parameter, Payload, written};
use crate::handlers::rest;
use crate::quota::Class;
use crate::table;

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let own: HashSet<&str> = written().map(|operation| operation.id).collect();
    table::table().operations().filter(|facts| !own.contains(facts.id.as_str())).map(operation).collect()
});

/// The operations.
pub(super) fn operations() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter()
}

fn operation(facts: looker_operations::Operation) -> Operation {
    let in_query = facts.parameters.iter().filter(|parameter| parameter.place == Place::Query);
    let parameters: Vec<Parameter> = in_query
        .map(|parameter| Parameter {
            name: keep(parameter.name.clone()),
            kind: kind(&parameter.value),
            required: parameter.required,
        })
        .collect();
    Operation {
        needs_token: true,
        creates: matches!(facts.effect, Effect::Create | Effect::Ask),
        class: match facts.activity {
            Activity::Query => Class::DbQuery,
            Activity::Admin => Class::NonQuery,
            Activity::Free => Class::None,
        },
        // The specification lists 422 where something is written down.
        lists_422: facts.body.is_some(),
        payload: if facts.body.is_some() { Payload::Typed } else { Payload::None },
        parameters: Some(Box::leak(parameters.into_boxed_slice())),
        runs_query: false,
        handler: rest::handle,
        path: keep(facts.path),
        method: keep(facts.method),
        id: keep(facts.id),
    }
}

/// Keeps a text as long as the program runs: the table is made once.
fn keep(text: String) -> &'static str {
    text.leak()
}

fn kind(value: &Type) -> Kind {
    match value {
        Type::Integer => Kind::Integer,
        Type::Number => Kind::Number,
        Type::Boolean => Kind::Boolean,
        Type::DateTime => Kind::Time,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::find;

    /// The path of an operation with something in the place of each parameter.
    fn filled(path: &str) -> String {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        format!("/api/4.0{}", parts.collect::<Vec<_>>().join("/"))
    }

    #[test]
    fn every_operation_of_the_table_is_found_by_its_method_and_path() {
        for facts in table::table().operations() {
            let found = find(&facts.method, &filled(&facts.path)).map(|(operation, _)| operation.id);
            assert_eq!(found, Some(facts.id.as_str()), "{} {}", facts.method, facts.path);
        }
    }

    #[test]
    fn operations_with_code_of_their_own_stand_where_the_table_has_them() {
        for operation in written() {
            let Some(facts) = table::operation(operation.id) else { continue };
            assert_eq!((operation.method, operation.path), (facts.method.as_str(), facts.path.as_str()));
        }
    }
}
