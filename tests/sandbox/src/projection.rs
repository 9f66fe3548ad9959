//! The `fields` parameter: `name,explores(name,label)` keeps only these keys.

use serde_json::{Map, Value};

/// Nesting that a list may have: it is read recursively.
const MAX_DEPTH: usize = 16;

/// A list of keys, each with the keys to keep inside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Projection(Vec<(String, Option<Projection>)>);

impl Projection {
    /// Reads a list. Spaces may follow commas.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let projection = Self::list(&mut rest, 0)?;
        if rest.is_empty() { Ok(projection) } else { Err(format!("'fields' has an unexpected \"{rest}\".")) }
    }

    fn list(rest: &mut &str, depth: usize) -> Result<Self, String> {
        if depth > MAX_DEPTH {
            return Err("'fields' is too deeply nested.".into());
        }
        let mut keys = Vec::new();
        loop {
            let end = rest.find([',', '(', ')']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            *rest = after;
            let name = name.trim();
            let mut inner = None;
            if let Some(after) = rest.strip_prefix('(') {
                *rest = after;
                inner = Some(Self::list(rest, depth + 1)?);
                *rest = rest.strip_prefix(')').ok_or("'fields' has a parenthesis that is not closed.")?.trim_start();
            }
            if !name.is_empty() {
                keys.push((name.to_owned(), inner));
            }
            match rest.strip_prefix(',') {
                Some(after) => *rest = after,
                None => return Ok(Self(keys)),
            }
        }
    }

    /// Keeps the keys of an object, or of each object of an array.
    pub(crate) fn apply(&self, value: Value) -> Value {
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.apply(item)).collect(),
            Value::Object(mut object) => {
                let mut kept = Map::new();
                for (name, inner) in &self.0 {
                    if let Some(value) = object.remove(name) {
                        let value = match inner {
                            Some(inner) => inner.apply(value),
                            None => value,
                        };
                        kept.insert(name.clone(), value);
                    }
                }
                Value::Object(kept)
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_named_keys_are_kept_at_every_depth() {
        let value = json!({ "a": 1, "b": [{ "c": 2, "d": 3 }], "e": null });
        let kept = |text: &str| Projection::parse(text).unwrap().apply(value.clone());
        assert_eq!(kept("a, b(d)"), json!({ "a": 1, "b": [{ "d": 3 }] }));
        assert_eq!(kept("b"), json!({ "b": [{ "c": 2, "d": 3 }] }));
        assert_eq!(kept("unknown"), json!({}));
    }

    #[test]
    fn a_broken_list_is_refused() {
        for bad in ["a(b", "a)b", "a(b))", &"a(".repeat(40)] {
            assert!(Projection::parse(bad).is_err(), "{bad}");
        }
    }
}
