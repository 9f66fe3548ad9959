//! `filter_config`: the filters as the browser keeps them. Its form is Looker's own business; this is what public
//! queries show of it.

use serde_json::Value;

/// The filters that it stands for, each field with its filter expression.
pub(super) fn filters(config: &Value) -> Vec<(String, String)> {
    let fields = config.as_object().into_iter().flatten();
    fields.filter_map(|(field, conditions)| Some((field.clone(), expression(conditions)?))).collect()
}

fn expression(conditions: &Value) -> Option<String> {
    let mut terms = Vec::new();
    for condition in conditions.as_array()? {
        let sign = if condition.get("type").and_then(Value::as_str) == Some("!=") { "-" } else { "" };
        let values = condition.get("values").and_then(Value::as_array).into_iter().flatten();
        let constants = values.filter_map(|value| value.get("constant")?.as_str());
        terms.extend(constants.filter(|constant| !constant.is_empty()).map(|constant| format!("{sign}{constant}")));
    }
    (!terms.is_empty()).then(|| terms.join(","))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_condition_is_a_term_and_an_empty_one_is_none() {
        let config = json!({
            "a.b": [{ "type": "=", "values": [{ "constant": "x" }, {}] }, { "type": "!=", "values": [{ "constant": "y" }] }],
            "a.c": [{ "type": "=", "values": [{ "constant": "" }, {}] }],
        });
        assert_eq!(filters(&config), [("a.b".to_owned(), "x,-y".to_owned())]);
    }
}
