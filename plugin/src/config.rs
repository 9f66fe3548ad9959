//! The options: one table that the parser, the description, the help and the documentation read.

use std::time::Duration;

use connector_interface::{Error, ErrorKind, OptionSpec, Result, Settings};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::instance::Address;
use crate::nearest::nearest;

/// One option of the connector.
#[derive(Debug)]
pub struct OptionRow {
    /// The key in the settings.
    pub name: &'static str,
    /// JSON type: `string`, `integer`, `number` or `boolean`.
    pub json_type: &'static str,
    /// The default, as JSON text.
    pub default: Option<&'static str>,
    /// Without it there is no connection.
    pub required: bool,
    /// Lent as a secret, never part of the settings.
    pub secret: bool,
    /// Environment variables: the official SDKs' name first, then the one that MCP servers use.
    pub env: &'static [&'static str],
    /// The key in section `Looker` of `looker.ini`, as in the official SDKs.
    pub ini: Option<&'static str>,
    /// One line of help.
    pub help: &'static str,
}

const PLAIN: OptionRow = OptionRow {
    name: "",
    json_type: "string",
    default: None,
    required: false,
    secret: false,
    env: &[],
    ini: None,
    help: "",
};

/// Every option, in the order in which a form shows them.
pub const OPTIONS: &[OptionRow] = &[
    OptionRow {
        name: "base_url",
        required: true,
        env: &["LOOKERSDK_BASE_URL", "LOOKER_BASE_URL"],
        ini: Some("base_url"),
        help: "Where Looker is: the API Host URL, the host's name, or any address copied from the browser",
        ..PLAIN
    },
    OptionRow {
        name: "port",
        json_type: "integer",
        help: "The API's port, when the address names none: 443, or 19999 for AWS-hosted instances made before 2020-07-07",
        ..PLAIN
    },
    OptionRow {
        name: "client_id",
        required: true,
        env: &["LOOKERSDK_CLIENT_ID", "LOOKER_CLIENT_ID"],
        ini: Some("client_id"),
        help: "The client ID of the user's API credentials",
        ..PLAIN
    },
    OptionRow {
        name: "client_secret",
        required: true,
        secret: true,
        env: &["LOOKERSDK_CLIENT_SECRET", "LOOKER_CLIENT_SECRET"],
        ini: Some("client_secret"),
        help: "The client secret of the user's API credentials",
        ..PLAIN
    },
    OptionRow {
        name: "timeout",
        json_type: "number",
        default: Some("120"),
        env: &["LOOKERSDK_TIMEOUT", "LOOKER_TIMEOUT"],
        ini: Some("timeout"),
        help: "The longest silence of Looker, in seconds, before a call fails",
        ..PLAIN
    },
    OptionRow {
        name: "verify_ssl",
        json_type: "boolean",
        default: Some("true"),
        env: &["LOOKERSDK_VERIFY_SSL", "LOOKER_VERIFY_SSL"],
        ini: Some("verify_ssl"),
        help: "Check the server's certificate",
        ..PLAIN
    },
    OptionRow {
        name: "allow_http",
        json_type: "boolean",
        default: Some("false"),
        help: "Allow plain http to other machines; credentials and data then travel unprotected",
        ..PLAIN
    },
];

/// The file and section that the official SDKs read.
const INI: (&str, &str) = ("looker.ini", "Looker");

impl OptionRow {
    fn find(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|row| row.name == name)
    }

    /// The option as a host sees it.
    pub fn spec(&self) -> OptionSpec {
        let mut spec = OptionSpec::new(self.name, self.json_type, self.help);
        if let Some(default) = self.default {
            spec = spec.with("default", serde_json::from_str::<Value>(default).unwrap_or_default());
        }
        spec.required = self.required;
        spec.secret = self.secret;
        spec.env = self.env.iter().map(|&name| name.to_owned()).collect();
        match self.ini {
            Some(key) => spec.ini(INI.0, INI.1, key),
            None => spec,
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        match self.json_type {
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            _ => value.is_string(),
        }
    }
}

/// The settings of a session, checked.
#[derive(Debug)]
pub struct Config {
    /// Where Looker is.
    pub address: Address,
    /// The API credentials' id.
    pub client_id: String,
    /// The API credentials' secret.
    pub client_secret: SecretString,
    /// The longest silence of Looker.
    pub timeout: Duration,
    /// Whether the server's certificate is checked.
    pub verify_ssl: bool,
}

impl Config {
    /// Checks the settings against the table and reads them.
    pub fn parse(mut settings: Settings) -> Result<Self> {
        let client_secret = settings.take_secret("client_secret");
        check(&settings)?;
        let values = Values(&settings.values);
        let client_secret = client_secret.ok_or_else(|| missing("client_secret"))?;
        let client_secret = std::str::from_utf8(client_secret.expose_secret())
            .map_err(|_| invalid("client_secret", "is not text"))?
            .trim();
        if client_secret.is_empty() {
            return Err(missing("client_secret"));
        }
        let client_secret = SecretString::from(client_secret);
        let port = match values.get("port").as_ref().and_then(Value::as_i64) {
            None => None,
            Some(port) => Some(
                u16::try_from(port)
                    .ok()
                    .filter(|&port| port > 0)
                    .ok_or_else(|| invalid("port", "is not from 1 to 65535"))?,
            ),
        };
        let seconds = values.get("timeout").as_ref().and_then(Value::as_f64).unwrap_or_default();
        let timeout = Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|timeout| !timeout.is_zero())
            .ok_or_else(|| invalid("timeout", "is not a positive number of seconds"))?;
        Ok(Self {
            address: Address::parse(&values.text("base_url")?, port, values.flag("allow_http"))?,
            client_id: values.text("client_id")?,
            client_secret,
            timeout,
            verify_ssl: values.flag("verify_ssl"),
        })
    }
}

/// Refuses unknown settings, secrets among the plain ones, and values of another type.
fn check(settings: &Settings) -> Result<()> {
    let unknown = |name: &str| {
        let near = nearest(name, OPTIONS.iter().map(|row| row.name));
        Error::new(ErrorKind::InvalidInput, format!("There is no option `{name}`")).advise(near.map_or_else(
            || "The connector's description lists the options".to_owned(),
            |near| format!("Did you mean `{near}`?"),
        ))
    };
    for name in settings.secret_names() {
        OptionRow::find(name).filter(|row| row.secret).ok_or_else(|| unknown(name))?;
    }
    for (name, value) in &settings.values {
        let row = OptionRow::find(name).ok_or_else(|| unknown(name))?;
        if row.secret {
            return Err(invalid(name, "is a secret and may not stand among the plain settings"));
        }
        if !value.is_null() && !row.accepts(value) {
            return Err(invalid(name, &format!("is not of type {}", row.json_type)));
        }
    }
    Ok(())
}

struct Values<'a>(&'a Map<String, Value>);

impl Values<'_> {
    /// The value that is set, or the table's default.
    fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name).filter(|value| !value.is_null()).cloned().or_else(|| {
            let default = OptionRow::find(name)?.default?;
            serde_json::from_str(default).ok()
        })
    }

    fn text(&self, name: &str) -> Result<String> {
        let value = self.get(name);
        let text = value.as_ref().and_then(Value::as_str).unwrap_or_default().trim();
        if text.is_empty() { Err(missing(name)) } else { Ok(text.to_owned()) }
    }

    fn flag(&self, name: &str) -> bool {
        self.get(name).as_ref().and_then(Value::as_bool).unwrap_or_default()
    }
}

fn missing(name: &str) -> Error {
    let help = OptionRow::find(name).map(|row| row.help).unwrap_or_default();
    let kind = if OptionRow::find(name).is_some_and(|row| row.secret) {
        ErrorKind::Credentials
    } else {
        ErrorKind::InvalidInput
    };
    Error::new(kind, format!("The option `{name}` is missing")).advise(format!("Set it: {help}"))
}

fn invalid(name: &str, what: &str) -> Error {
    let help = OptionRow::find(name).map(|row| row.help).unwrap_or_default();
    Error::new(ErrorKind::InvalidInput, format!("The option `{name}` {what}")).advise(help)
}

#[cfg(test)]
mod tests {
    use secrecy::SecretSlice;
    use serde_json::json;

    use super::*;

    fn settings(values: &Value) -> Settings {
        Settings::new(values.as_object().unwrap().clone())
            .secret("client_secret", SecretSlice::from(b"s3cret".to_vec()))
    }

    #[test]
    fn defaults_come_from_the_table() {
        let config = Config::parse(settings(&json!({ "base_url": "looker.example.com", "client_id": "id" }))).unwrap();
        assert_eq!(config.timeout, Duration::from_mins(2));
        assert!(config.verify_ssl);
    }

    #[test]
    fn a_setting_that_is_wrong_is_named_and_nothing_secret_is_said() {
        for (values, name) in [
            (json!({ "client_id": "id" }), "base_url"),
            (json!({ "base_url": "h" }), "client_id"),
            (json!({ "base_url": "h", "client_id": "id", "timeout": "soon" }), "timeout"),
            (json!({ "base_url": "h", "client_id": "id", "timeout": 0 }), "timeout"),
            (json!({ "base_url": "h", "client_id": "id", "port": 70_000 }), "port"),
            (json!({ "base_url": "h", "client_id": "id", "client_secret": "x" }), "client_secret"),
        ] {
            let error = Config::parse(settings(&values)).unwrap_err();
            assert_eq!(error.kind, ErrorKind::InvalidInput);
            assert!(error.message.contains(&format!("`{name}`")), "{error}");
            assert!(!error.report().contains("s3cret"));
        }
    }

    #[test]
    fn a_misspelt_option_is_answered_with_the_nearest_name() {
        let error = Config::parse(settings(&json!({ "base_ur": "h", "client_id": "id" }))).unwrap_err();
        assert_eq!(error.advice, "Did you mean `base_url`?");
    }

    #[test]
    fn the_table_is_what_the_description_shows() {
        let specs: Vec<_> = OPTIONS.iter().map(OptionRow::spec).collect();
        assert!(specs.iter().all(|spec| !spec.help().is_empty()));
        assert_eq!(specs.iter().filter(|spec| spec.secret).count(), 1);
    }
}
