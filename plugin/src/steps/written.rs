//! Inputs as people write them.

use serde_json::{Map, Value};

/// Inputs with texts where their schema has texts, also where these were written as numbers, as ids are; and with lists where
/// it has lists, also where they were written with commas.
pub(crate) fn as_people_write(schema: &Value, input: Map<String, Value>) -> Map<String, Value> {
    let kind = |key: &str| schema.get("properties")?.get(key)?.get("type")?.as_str();
    let written = input.into_iter().map(|(key, value)| {
        let value = match (kind(&key), value) {
            (Some("string"), Value::Number(id)) => id.to_string().into(),
            (Some("array"), Value::String(list)) => list.split(',').map(|one| Value::from(one.trim())).collect(),
            (_, value) => value,
        };
        (key, value)
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::QueryRequest;

    #[test]
    fn ids_and_lists_are_taken_as_people_write_them() {
        let body =
            json!({ "look": 7, "fields": "a.b, a.c", "sorts": ["a.b"], "limit": 5, "filters": { "a.b": "x,y" } });
        let Value::Object(body) = body else { panic!() };
        assert_eq!(
            Value::Object(as_people_write(QueryRequest::schema(), body)),
            json!({ "look": "7", "fields": ["a.b", "a.c"], "sorts": ["a.b"], "limit": 5, "filters": { "a.b": "x,y" } })
        );
    }
}
