//! JSON Schema to command-line flags, and flags back to JSON.
//!
//! | schema of a property | flag |
//! |---|---|
//! | `string`, `integer`, `number` | one value; integers and numbers are checked, `minimum` and `maximum` too |
//! | `enum` of strings | one of the values |
//! | `boolean` | `--name` or `--name=false`; where `true` is the default, a value is wanted |
//! | `array` of those | values separated by commas (`\,` is a comma inside a value), and repeatable |
//! | `object` whose `additionalProperties` are those | repeatable `key=value`; elsewhere `key=value;key=value`, or JSON |
//! | anything else | JSON, or plain text where it is no JSON |

mod shape;

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, ArgMatches, ValueHint};
use connector_interface::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

pub(crate) use shape::Shape;

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
    /// A shell completes the names of files.
    is_path: bool,
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
        let is_path = text("format") == "path";
        taken.insert(long.clone()).then(|| Self {
            name: name.to_owned(),
            long,
            shape: Shape::of(schema),
            help,
            is_path,
        })
    }

    /// A flag for each property of an object's schema, but for those that the command fills in by itself, and those
    /// that override a setting: the setting's own flag says the same.
    pub(crate) fn all(schema: &Value, taken: &mut BTreeSet<String>, prefix: &str, except: &[&str]) -> Vec<Self> {
        let properties = schema.get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flatten()
            .filter(|(name, schema)| !except.contains(&name.as_str()) && schema.get("x-setting").is_none())
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
            .value_parser(self.shape.parser())
            .value_hint(if self.is_path { ValueHint::FilePath } else { ValueHint::Unknown });
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
                let all = shape::merge(given.into_iter().cloned().collect()).map_err(|reason| {
                    Error::new(ErrorKind::InvalidInput, format!("`--{}` {reason}", self.long))
                        .advise("Give each name once")
                })?;
                Some(all)
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

/// Checks that a body has what its schema requires: all of `required`, and one of the sets in `anyOf`, of which the first
/// that was begun is asked for.
pub(crate) fn check_required(kind: &str, schema: &Value, flags: &[Flag], body: &Map<String, Value>) -> Result<()> {
    let missing_of = |schema: &'_ Value| -> Vec<String> {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let names = required.filter_map(Value::as_str).filter(|name| body.get(*name).is_none_or(Value::is_null));
        names.map(str::to_owned).collect()
    };
    let count_of = |set: &Value| set.get("required").and_then(Value::as_array).map_or(0, Vec::len);
    let sets = schema.get("anyOf").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut missing = missing_of(schema);
    let lacks_all = |set: &Value, lacks: &[String]| lacks.len() == count_of(set);
    let nearest = sets
        .iter()
        .map(|set| (set, missing_of(set)))
        .min_by_key(|(set, lacks)| (!lacks.is_empty(), lacks_all(set, lacks)));
    let mut others = String::new();
    if let Some((set, lacks)) = nearest {
        if lacks_all(set, &lacks) && !lacks.is_empty() {
            let names = sets.iter().filter(|set| count_of(set) == 1).flat_map(&missing_of);
            others = names.map(|name| way(flags, &name)).collect::<Vec<_>>().join(", ");
            missing.extend(sets.first().map(&missing_of).unwrap_or_default());
        } else {
            missing.extend(lacks);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let ways: Vec<String> = missing.iter().map(|name| way(flags, name)).collect();
    let others = if others.is_empty() { String::new() } else { format!(", or one of {others}") };
    Err(Error::new(ErrorKind::InvalidInput, format!("The {kind} request lacks {}", missing.join(", ")))
        .advise(format!("Give {}{others}", ways.join(", "))))
}

/// How a property is given.
fn way(flags: &[Flag], name: &str) -> String {
    let flag = flags.iter().find(|flag| flag.name == name);
    flag.map_or_else(|| format!("`{name}` in --body"), |flag| format!("--{} {}", flag.long, flag.placeholder()))
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
    fn a_property_that_overrides_a_setting_has_no_flag_of_its_own() {
        let schema = json!({"properties": {"user": {"type": "string", "x-setting": "user"}, "model": {}}});
        let flags = Flag::all(&schema, &mut BTreeSet::new(), "request", &[]);
        assert_eq!(flags.iter().map(|flag| flag.name.as_str()).collect::<Vec<_>>(), ["model"]);
    }

    #[test]
    fn a_shell_completes_files_for_a_path_and_not_for_other_text() {
        let hint = |schema: &Value| Flag::new("x", schema, &mut BTreeSet::new(), "request").unwrap().arg("Request");
        assert_eq!(hint(&json!({"type": "string", "format": "path"})).get_value_hint(), ValueHint::FilePath);
        assert_eq!(hint(&json!({"type": "string"})).get_value_hint(), ValueHint::Unknown);
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
    fn of_several_sets_the_one_that_was_begun_is_completed_and_without_any_all_are_told() {
        let schema = json!({ "anyOf": [
            { "required": ["model", "fields"] }, { "required": ["form"] }, { "required": ["ratio", "limit"] } ] });
        let check = |body: Value| check_required("query", &schema, &flags(), body.as_object().unwrap());
        check(json!({ "form": "tree" })).unwrap();
        check(json!({ "model": "m", "fields": ["a"] })).unwrap();
        let error = check(json!({ "limit": 1 })).unwrap_err();
        assert_eq!(
            (error.message.as_str(), error.advice.as_str()),
            ("The query request lacks ratio", "Give --ratio NUMBER")
        );
        let error = check(json!({})).unwrap_err();
        assert_eq!(error.message, "The query request lacks model, fields");
        assert_eq!(error.advice, "Give --model TEXT, --fields TEXT,..., or one of --form TEXT");
    }

    #[test]
    fn a_flag_wins_over_the_whole_body() {
        let command = Command::new("x").args(flags().iter().map(|flag| flag.arg("Request")));
        let matches = command.get_matches_from(["x", "--model", "flag"]);
        let whole = Map::from_iter([("model".to_owned(), json!("body")), ("limit".to_owned(), json!(5))]);
        assert_eq!(Value::Object(body(&flags(), &matches, whole).unwrap()), json!({"model": "flag", "limit": 5}));
    }
}
