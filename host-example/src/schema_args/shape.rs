//! What a property takes, and how its value is read from text.

use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use serde_json::{Map, Value};

/// What a property takes, as far as a command line can say it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Text,
    Choice(Vec<String>),
    Integer { minimum: i64, maximum: i64 },
    Number,
    Boolean { on_by_default: bool },
    List(Box<Self>),
    Pairs(Box<Self>),
    Json,
}

impl Shape {
    /// The shape of a schema. Of several types the first that is not null counts.
    pub(crate) fn of(schema: &Value) -> Self {
        let json_type = match schema.get("type") {
            Some(Value::String(name)) => Some(name.as_str()),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
            _ => None,
        };
        let choices = schema.get("enum").and_then(Value::as_array).and_then(|values| {
            let values = values.iter().filter(|value| !value.is_null());
            values.map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        let bound = |key: &str, none: i64| schema.get(key).and_then(Value::as_i64).unwrap_or(none);
        match (json_type, choices) {
            (Some("string") | None, Some(choices)) if !choices.is_empty() => Self::Choice(choices),
            (Some("string"), _) => Self::Text,
            (Some("integer"), _) => {
                Self::Integer { minimum: bound("minimum", i64::MIN), maximum: bound("maximum", i64::MAX) }
            }
            (Some("number"), _) => Self::Number,
            (Some("boolean"), _) => {
                Self::Boolean { on_by_default: schema.get("default").and_then(Value::as_bool) == Some(true) }
            }
            (Some("array"), _) => {
                schema.get("items").map(Self::of).and_then(Self::one_word).map_or(Self::Json, Self::List)
            }
            (Some("object"), _) if schema.get("properties").is_none() => schema
                .get("additionalProperties")
                .map(Self::of)
                .and_then(Self::one_word)
                .map_or(Self::Json, Self::Pairs),
            _ => Self::Json,
        }
    }

    /// Itself, when one word of text can hold it.
    fn one_word(self) -> Option<Box<Self>> {
        (!matches!(self, Self::List(_) | Self::Pairs(_) | Self::Json)).then(|| Box::new(self))
    }

    /// Reads a value from the text of one flag.
    pub(crate) fn read(&self, text: &str) -> Result<Value, String> {
        match self {
            Self::Text => Ok(text.into()),
            Self::Choice(choices) if choices.iter().any(|choice| choice == text) => Ok(text.into()),
            Self::Choice(choices) => Err(format!("must be one of: {}", choices.join(", "))),
            Self::Integer { minimum, maximum } => match text.trim().parse::<i64>() {
                Ok(number) if number < *minimum => Err(format!("must be at least {minimum}")),
                Ok(number) if number > *maximum => Err(format!("must be at most {maximum}")),
                Ok(number) => Ok(number.into()),
                Err(_) => Err("must be a whole number".to_owned()),
            },
            Self::Number => text
                .trim()
                .parse::<f64>()
                .ok()
                .and_then(serde_json::Number::from_f64)
                .map(Value::Number)
                .ok_or_else(|| "must be a number".to_owned()),
            Self::Boolean { .. } => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1" => Ok(true.into()),
                "false" | "f" | "no" | "n" | "0" => Ok(false.into()),
                _ => Err("must be true or false".to_owned()),
            },
            Self::List(item) => split(text, ',').iter().map(|part| item.read(part)).collect(),
            Self::Pairs(value) => match text.split_once('=') {
                Some((key, text)) if !key.trim().is_empty() => {
                    Ok(Value::Object(Map::from_iter([(key.trim().to_owned(), value.read(text)?)])))
                }
                _ => Err("must be NAME=VALUE".to_owned()),
            },
            Self::Json => Ok(serde_json::from_str(text).unwrap_or_else(|_| text.into())),
        }
    }

    /// Reads a whole value from text that cannot be repeated as a flag can: an environment variable, a key of an ini
    /// file. Pairs stand there as `NAME=VALUE;NAME=VALUE`, where `\;` is a semicolon inside a value, or as JSON.
    pub(crate) fn read_whole(&self, text: &str) -> Result<Value, String> {
        let Self::Pairs(value) = self else { return self.read(text) };
        if !text.trim_start().starts_with('{') {
            return merge(split(text, ';').iter().map(|pair| self.read(pair)).collect::<Result<_, _>>()?);
        }
        let pairs: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| "must be NAME=VALUE;NAME=VALUE, or a JSON object".to_owned())?;
        let read = |(name, given): (String, Value)| {
            let text = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
            value.read(&text).map(|value| (name, value))
        };
        pairs.into_iter().map(read).collect::<Result<Map<_, _>, _>>().map(Value::Object)
    }

    /// What stands for the value in the help.
    pub(crate) fn placeholder(&self) -> String {
        match self {
            Self::Text | Self::Choice(_) => "TEXT".to_owned(),
            Self::Integer { .. } => "N".to_owned(),
            Self::Number => "NUMBER".to_owned(),
            Self::Boolean { .. } => "BOOL".to_owned(),
            Self::List(item) => format!("{},...", item.placeholder()),
            Self::Pairs(value) => format!("NAME={}", value.placeholder()),
            Self::Json => "JSON".to_owned(),
        }
    }

    /// How clap reads it.
    pub(crate) fn parser(&self) -> ValueParser {
        if let Self::Choice(choices) = self {
            return PossibleValuesParser::new(choices.clone()).map(Value::String).into();
        }
        let shape = self.clone();
        (move |text: &str| shape.read(text)).into()
    }
}

/// Splits at a separator; a backslash before it keeps it. Blanks around a part and empty parts are dropped.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, parts.last_mut()) {
            ('\\', Some(part)) if chars.peek() == Some(&separator) => part.extend(chars.next()),
            (c, _) if c == separator => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
            (_, None) => {}
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Makes one object of several; a name that stands in two of them is refused.
pub(crate) fn merge(objects: Vec<Value>) -> Result<Value, String> {
    let mut all = Map::new();
    for object in objects {
        let Value::Object(object) = object else { continue };
        for (name, value) in object {
            if all.contains_key(&name) {
                return Err(format!("names `{name}` twice"));
            }
            all.insert(name, value);
        }
    }
    Ok(Value::Object(all))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn headers() -> Shape {
        Shape::of(&json!({"type": "object", "additionalProperties": {"type": "string"}}))
    }

    #[test]
    fn pairs_in_one_text_are_separated_by_semicolons_or_are_json() {
        let expected = json!({"X-Team": "a=b", "X-Note": "one; two"});
        assert_eq!(headers().read_whole(r"X-Team=a=b ; X-Note=one\; two;").unwrap(), expected);
        assert_eq!(headers().read_whole(r#" {"X-Team": "a=b", "X-Note": "one; two"}"#).unwrap(), expected);
        assert_eq!(headers().read_whole(r#"{"X-Level": 3}"#).unwrap(), json!({"X-Level": "3"}));
        assert_eq!(headers().read("X-Note=one; two").unwrap(), json!({"X-Note": "one; two"}), "a flag holds one pair");
    }

    #[test]
    fn pairs_that_are_none_are_refused_with_their_reason() {
        for (text, reason) in [
            ("X-Team", "must be NAME=VALUE"),
            ("a=1;a=2", "names `a` twice"),
            ("{\"a\":", "must be NAME=VALUE;NAME=VALUE, or a JSON object"),
        ] {
            assert_eq!(headers().read_whole(text).unwrap_err(), reason);
        }
        let numbers = Shape::of(&json!({"type": "object", "additionalProperties": {"type": "integer"}}));
        assert_eq!(numbers.read_whole("{\"a\": \"x\"}").unwrap_err(), "must be a whole number");
    }

    #[test]
    fn an_object_takes_pairs_only_when_its_values_are_words() {
        assert_eq!(headers(), Shape::Pairs(Box::new(Shape::Text)));
        assert_eq!(Shape::of(&json!({"type": "object"})), Shape::Json);
    }
}
