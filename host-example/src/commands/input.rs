//! What a person gives to a command besides its flags: JSON in a flag, in a file or on stdin, and a yes.

use std::fs;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, ValueHint, value_parser};
use connector_interface::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

fn wrong(flag: &str, reason: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("The {flag} {reason}")).advise("Give one JSON object")
}

/// The text on stdin.
pub(crate) fn stdin(flag: &str) -> Result<String> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map(|_| text)
        .map_err(|error| wrong(flag, &format!("cannot be read: {error}")))
}

/// The text of a file.
pub(crate) fn file(flag: &str, path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| {
        let message = format!("The {flag} {} cannot be read: {error}", path.display());
        Error::new(ErrorKind::InvalidInput, message).advise("Check that the file is there and may be read")
    })
}

/// The object that a text is.
pub(crate) fn object(flag: &str, text: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text).map_err(|error| wrong(flag, &format!("is not a JSON object: {error}")))
}

/// A JSON object that stands in a file, or on stdin for `-`.
pub(crate) fn whole(flag: &str, path: &Path) -> Result<Map<String, Value>> {
    let text = if path == Path::new("-") { stdin(flag) } else { file(flag, path) }?;
    object(flag, &text)
}

/// The flag for one input of a step.
pub(crate) fn given_arg(what: &str) -> Arg {
    let help = format!("{what}; a number, true, false, null, [...] and {{...}} are JSON, the rest text");
    Arg::new("input").long("input").value_name("KEY=VALUE").action(ArgAction::Append).help(help)
}

/// The flag for all inputs of a step.
pub(crate) fn whole_arg() -> Arg {
    Arg::new("input-file")
        .long("input-file")
        .value_name("FILE|-")
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help("All inputs as one JSON object, from a file or from stdin; --input wins over it")
}

/// What these two flags say.
pub(crate) fn given(matches: &ArgMatches) -> Result<Map<String, Value>> {
    let file = matches.get_one::<PathBuf>("input-file").map(|path| whole("--input-file", path)).transpose()?;
    let pairs: Vec<&String> = matches.get_many("input").into_iter().flatten().collect();
    with_given("--input", file.unwrap_or_default(), &pairs)
}

/// An object with what the KEY=VALUE of a flag say.
pub(crate) fn with_given(flag: &str, mut whole: Map<String, Value>, given: &[&String]) -> Result<Map<String, Value>> {
    let wrong = |reason: String| {
        Error::new(ErrorKind::InvalidInput, format!("`{flag}` {reason}")).advise("Give each name once, as NAME=VALUE")
    };
    let mut own = Map::new();
    for pair in given {
        let (key, text) = pair.split_once('=').ok_or_else(|| wrong("must be NAME=VALUE".to_owned()))?;
        if key.trim().is_empty() {
            return Err(wrong("must be NAME=VALUE".to_owned()));
        }
        if own.insert(key.trim().to_owned(), value(text)).is_some() {
            return Err(wrong(format!("names `{}` twice", key.trim())));
        }
    }
    whole.extend(own);
    Ok(whole)
}

/// A value as JSON, where it can be nothing else, or as text.
pub(crate) fn value(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::String(_)) | Err(_) => text.into(),
        Ok(value) => value,
    }
}

/// Asks before something is removed.
pub(crate) fn consent(what: &str) -> Result<()> {
    if !io::stdin().is_terminal() {
        let message = format!("{what} removes something, and nobody is there to be asked");
        return Err(Error::new(ErrorKind::InvalidInput, message).advise("Say --yes when it shall be done"));
    }
    let _ = write!(io::stderr(), "{what}\nThis removes something. Go on? [y/N] ");
    let _ = io::stderr().flush();
    let mut answer = String::new();
    let is_read = io::stdin().read_line(&mut answer).is_ok();
    if is_read && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Cancelled, "Nothing was done"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of_pairs(pairs: &[&str]) -> Result<Value> {
        let whole = Map::from_iter([("a".to_owned(), json!("file")), ("b".to_owned(), json!("file"))]);
        let pairs: Vec<String> = pairs.iter().map(|&pair| pair.to_owned()).collect();
        with_given("--input", whole, &pairs.iter().collect::<Vec<_>>()).map(Value::Object)
    }

    #[test]
    fn an_input_is_json_where_it_can_be_nothing_else_and_wins_over_the_file() {
        let pairs = ["a=1.5", "c=true", "d=null", "e=[1]", r#"f={"x":1}"#, "g=a=b", r#"h="quoted""#, "i=", "j=01"];
        assert_eq!(
            of_pairs(&pairs).unwrap(),
            json!({"a": 1.5, "b": "file", "c": true, "d": null, "e": [1], "f": {"x": 1}, "g": "a=b",
                "h": "\"quoted\"", "i": "", "j": "01"})
        );
    }

    #[test]
    fn an_input_without_a_key_or_given_twice_is_refused() {
        assert_eq!(of_pairs(&["a"]).unwrap_err().message, "`--input` must be NAME=VALUE");
        assert_eq!(of_pairs(&["=1"]).unwrap_err().message, "`--input` must be NAME=VALUE");
        assert_eq!(of_pairs(&["a=1", "a=2"]).unwrap_err().message, "`--input` names `a` twice");
    }

    #[test]
    fn a_whole_input_is_the_object_in_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("input.json");
        fs::write(&path, r#"{"a": 1}"#).unwrap();
        assert_eq!(whole("--input-file", &path).unwrap()["a"], 1);
        fs::write(&path, "[1]").unwrap();
        assert!(whole("--input-file", &path).unwrap_err().message.starts_with("The --input-file is not a JSON object"));
    }
}
