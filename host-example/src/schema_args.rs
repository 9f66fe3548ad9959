//! JSON Schema to command-line flags, and flags back to JSON.
//!
//! | schema of a property | flag |
//! |---|---|
//! | `string`, `integer`, `number` | one value; integers and numbers are checked, `minimum` and `maximum` too |
//! | `enum` of strings | one of the values |
//! | `boolean` | `--name` or `--name=false`; where `true` is the default, a value is wanted |
//! | `array` of those | values separated by commas (`\,` is a comma inside a value), and repeatable |
//! | `object` whose `additionalProperties` are those | repeatable `key=value` |
//! | anything else | JSON, or plain text where it is no JSON |

use std::collections::BTreeSet;

use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches};
use connector_interface::{Error, ErrorKind, Result};
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

    /// Reads a value from text, as it stands in a flag, an environment variable or an ini file.
    pub(crate) fn read(&self, text: &str) -> std::result::Result<Value, String> {
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
            Self::List(item) => split(text).iter().map(|part| item.read(part)).collect(),
            Self::Pairs(value) => match text.split_once('=') {
                Some((key, text)) if !key.trim().is_empty() => {
                    Ok(Value::Object(Map::from_iter([(key.trim().to_owned(), value.read(text)?)])))
                }
                _ => Err("must be NAME=VALUE".to_owned()),
            },
            Self::Json => Ok(serde_json::from_str(text).unwrap_or_else(|_| text.into())),
        }
    }

    /// What stands for the value in the help.
    fn placeholder(&self) -> String {
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

    fn parser(&self) -> ValueParser {
        if let Self::Choice(choices) = self {
            return PossibleValuesParser::new(choices.clone()).map(Value::String).into();
        }
        let shape = self.clone();
        (move |text: &str| shape.read(text)).into()
    }
}

/// Splits at commas; a backslash before a comma keeps it. Blanks around a part and empty parts are dropped.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, parts.last_mut()) {
            ('\\', Some(part)) if chars.peek() == Some(&',') => part.extend(chars.next()),
            (',', _) => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
            (_, None) => {}
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// One flag made of one property.
#[derive(Clone, Debug)]
pub(crate) struct Flag {
    /// The property's name in JSON.
    pub(crate) name: String,
    /// The flag without its dashes.
    pub(crate) long: String,
    /// What it takes.
    pub(crate) shape: Shape,
    help: String,
}

impl Flag {
    /// A flag for a property. A name that is taken gets the prefix; one that cannot be a flag at all gives none.
    pub(crate) fn new(name: &str, schema: &Value, taken: &mut BTreeSet<String>, prefix: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(plain) {
            return None;
        }
        let dashed = name.replace('_', "-");
        let long = if taken.contains(&dashed) { format!("{prefix}-{dashed}") } else { dashed };
        let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let default = match schema.get("default") {
            None | Some(Value::Null | Value::Bool(false)) => None,
            Some(Value::String(default)) => (!default.is_empty()).then(|| default.clone()),
            Some(Value::Array(default)) if default.is_empty() => None,
            Some(Value::Object(default)) if default.is_empty() => None,
            Some(default) => Some(default.to_string()),
        };
        let default = default.map(|default| format!(" [default: {default}]")).unwrap_or_default();
        let help = format!("{}{default}", text("description"));
        taken.insert(long.clone()).then(|| Self { name: name.to_owned(), long, shape: Shape::of(schema), help })
    }

    /// A flag for each property of an object's schema, but for those that the command fills in by itself.
    pub(crate) fn all(schema: &Value, taken: &mut BTreeSet<String>, prefix: &str, except: &[&str]) -> Vec<Self> {
        let properties = schema.get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flatten()
            .filter(|(name, _)| !except.contains(&name.as_str()))
            .filter_map(|(name, schema)| Self::new(name, schema, taken, prefix))
            .collect()
    }

    /// The same flag with more help.
    pub(crate) fn explained(self, more: &str) -> Self {
        Self { help: format!("{} {more}", self.help), ..self }
    }

    /// Its help.
    pub(crate) fn help(&self) -> &str {
        &self.help
    }

    /// What stands for the value in the help.
    pub(crate) fn placeholder(&self) -> String {
        self.shape.placeholder()
    }

    /// It as clap knows it.
    pub(crate) fn arg(&self, heading: &str) -> Arg {
        let arg = Arg::new(self.long.clone())
            .long(self.long.clone())
            .help(self.help.clone())
            .help_heading(heading.to_owned())
            .value_name(self.shape.placeholder())
            .value_parser(self.shape.parser());
        match self.shape {
            Shape::Boolean { on_by_default: false } => {
                arg.num_args(0..=1).require_equals(true).default_missing_value("true")
            }
            Shape::Integer { .. } | Shape::Number => arg.allow_negative_numbers(true),
            Shape::List(_) | Shape::Pairs(_) => arg.action(ArgAction::Append),
            _ => arg,
        }
    }

    /// Its value on a command line, when it was given.
    pub(crate) fn value(&self, matches: &ArgMatches) -> Result<Option<Value>> {
        let Some(given) = matches.try_get_many::<Value>(&self.long).ok().flatten() else { return Ok(None) };
        let given: Vec<&Value> = given.collect();
        Ok(match self.shape {
            Shape::List(_) => {
                Some(Value::Array(given.into_iter().filter_map(Value::as_array).flatten().cloned().collect()))
            }
            Shape::Pairs(_) => {
                let mut all = Map::new();
                for (key, value) in given.into_iter().filter_map(Value::as_object).flatten() {
                    if all.insert(key.clone(), value.clone()).is_some() {
                        return Err(Error::new(
                            ErrorKind::InvalidInput,
                            format!("`--{}` names `{key}` twice", self.long),
                        )
                        .advise("Give each name once"));
                    }
                }
                Some(Value::Object(all))
            }
            _ => given.last().copied().cloned(),
        })
    }
}

/// Makes a request's body: what the flags say, over what a whole body says.
pub(crate) fn body(flags: &[Flag], matches: &ArgMatches, mut whole: Map<String, Value>) -> Result<Map<String, Value>> {
    for flag in flags {
        if let Some(value) = flag.value(matches)? {
            whole.insert(flag.name.clone(), value);
        }
    }
    Ok(whole)
}

/// Checks that a body has what its schema requires.
pub(crate) fn check_required(kind: &str, schema: &Value, flags: &[Flag], body: &Map<String, Value>) -> Result<()> {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let missing: Vec<&str> = required.filter(|name| body.get(*name).is_none_or(Value::is_null)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let ways: Vec<String> = missing
        .iter()
        .map(|name| {
            let flag = flags.iter().find(|flag| flag.name == *name);
            flag.map_or_else(|| format!("`{name}` in --body"), |flag| format!("--{} {}", flag.long, flag.placeholder()))
        })
        .collect();
    Err(Error::new(ErrorKind::InvalidInput, format!("The {kind} request lacks {}", missing.join(", ")))
        .advise(format!("Give {}", ways.join(", "))))
}

#[cfg(test)]
mod tests {
    use clap::Command;
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "model": {"type": "string", "description": "The model"},
                "fields": {"type": "array", "items": {"type": "string"}},
                "filters": {"type": "object", "additionalProperties": {"type": "string"}},
                "limit": {"type": ["integer", "null"], "minimum": -1, "default": 500},
                "ratio": {"type": "number"},
                "form": {"enum": ["rows", "tree"]},
                "total": {"type": "boolean"},
                "cache": {"type": "boolean", "default": true},
                "query_timezone": {"type": ["null", "string"]},
                "dynamic": {"type": "array", "items": {"type": "object"}},
                "output": {"type": "string"},
                "not a flag": {"type": "string"},
            },
            "required": ["model"],
        })
    }

    fn flags() -> Vec<Flag> {
        Flag::all(&schema(), &mut BTreeSet::from(["output".to_owned()]), "request", &[])
    }

    fn parse(arguments: &[&str]) -> std::result::Result<Value, String> {
        let command = Command::new("x").args(flags().iter().map(|flag| flag.arg("Request")));
        let matches =
            command.try_get_matches_from(std::iter::once(&"x").chain(arguments)).map_err(|error| error.to_string())?;
        body(&flags(), &matches, Map::new()).map(Value::Object).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_of_property_comes_back_as_the_json_that_it_wants() {
        let line = "--model m --fields a,b --fields c --filters x=1,2 --filters y=a=b --limit -1 --ratio 0.5 \
                    --form tree --total --cache false --query-timezone UTC --dynamic [{\"a\":1}] --request-output o";
        let arguments: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(
            parse(&arguments).unwrap(),
            json!({
                "model": "m", "fields": ["a", "b", "c"], "filters": {"x": "1,2", "y": "a=b"}, "limit": -1,
                "ratio": 0.5, "form": "tree", "total": true, "cache": false, "query_timezone": "UTC",
                "dynamic": [{"a": 1}], "output": "o",
            })
        );
    }

    #[test]
    fn what_is_not_given_is_not_in_the_body() {
        assert_eq!(parse(&[]).unwrap(), json!({}));
    }

    #[test]
    fn a_backslash_keeps_a_comma_inside_a_value() {
        assert_eq!(parse(&["--fields", r"a\,b, c ,,d\e"]).unwrap(), json!({"fields": ["a,b", "c", "d\\e"]}));
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_reason() {
        for (arguments, reason) in [
            (["--limit", "many"], "must be a whole number"),
            (["--limit", "-2"], "must be at least -1"),
            (["--ratio", "x"], "must be a number"),
            (["--cache", "maybe"], "must be true or false"),
            (["--filters", "x"], "must be NAME=VALUE"),
            (["--form", "leaf"], "possible values: rows, tree"),
        ] {
            let message = parse(&arguments).unwrap_err();
            assert!(message.contains(reason), "{message}");
        }
    }

    #[test]
    fn a_name_given_twice_is_refused_and_not_silently_dropped() {
        assert_eq!(parse(&["--filters", "x=1", "--filters", "x=2"]).unwrap_err(), "`--filters` names `x` twice");
    }

    #[test]
    fn a_name_that_the_host_has_taken_gets_a_prefix_and_one_that_is_no_flag_gets_none() {
        let longs: Vec<String> = flags().into_iter().map(|flag| flag.long).collect();
        assert!(longs.contains(&"request-output".to_owned()));
        assert!(!longs.iter().any(|long| long.contains(' ')));
    }

    #[test]
    fn help_and_default_come_from_the_schema() {
        let help = Command::new("x").args(flags().iter().map(|flag| flag.arg("Request"))).render_help().to_string();
        for part in
            ["The model", "--limit <N>", "[default: 500]", "[possible values: rows, tree]", "--fields <TEXT,...>"]
        {
            assert!(help.contains(part), "{part} in {help}");
        }
    }

    #[test]
    fn what_is_required_and_missing_is_named_with_its_flag() {
        let error = check_required("query", &schema(), &flags(), &Map::new()).unwrap_err();
        assert_eq!(error.message, "The query request lacks model");
        assert_eq!(error.advice, "Give --model TEXT");
    }

    #[test]
    fn a_flag_wins_over_the_whole_body() {
        let command = Command::new("x").args(flags().iter().map(|flag| flag.arg("Request")));
        let matches = command.get_matches_from(["x", "--model", "flag"]);
        let whole = Map::from_iter([("model".to_owned(), json!("body")), ("limit".to_owned(), json!(5))]);
        assert_eq!(Value::Object(body(&flags(), &matches, whole).unwrap()), json!({"model": "flag", "limit": 5}));
    }
}
