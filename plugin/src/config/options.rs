//! The options: one table that the parser, the description, the help and the documentation read.

use connector_interface::OptionSpec;
use serde_json::{Value, json};

/// One option of the connector.
#[derive(Debug)]
pub struct OptionRow {
    /// The key in the settings.
    pub name: &'static str,
    /// JSON type: `string`, `integer`, `number`, `boolean` or `object` (of strings).
    pub json_type: &'static str,
    /// The default, as JSON text.
    pub default: Option<&'static str>,
    /// Without it there is no connection, where it applies.
    pub required: bool,
    /// Lent as a secret, never part of the settings.
    pub secret: bool,
    /// The values that it may have; any, when there are none.
    pub choices: &'static [&'static str],
    /// It is the name of a file.
    pub is_path: bool,
    /// It applies only for these values of `auth`; for all, when there are none.
    pub auth: &'static [&'static str],
    /// Environment variables: the official SDKs' name first, then the one that MCP servers use.
    pub env: &'static [&'static str],
    /// The key in section `Looker` of `looker.ini`, as in the official SDKs.
    pub ini: Option<&'static str>,
    /// The field of the netrc entry of Looker's host.
    pub netrc: Option<&'static str>,
    /// One line of help.
    pub help: &'static str,
}

const PLAIN: OptionRow = OptionRow {
    name: "",
    json_type: "string",
    default: None,
    required: false,
    secret: false,
    choices: &[],
    is_path: false,
    auth: &[],
    env: &[],
    ini: None,
    netrc: None,
    help: "",
};

/// The ways to log in, as values of the option `auth`.
pub(super) const API_CREDENTIALS: &str = "api_credentials";
pub(super) const OAUTH: &str = "oauth";
pub(super) const HOST: &str = "host";

/// Every option, in the order in which a form shows them.
pub const OPTIONS: &[OptionRow] = &[
    OptionRow {
        name: "base_url",
        required: true,
        env: &["LOOKERSDK_BASE_URL", "LOOKER_BASE_URL"],
        ini: Some("base_url"),
        help: "Where Looker is: the API Host URL, the instance's name, or any address copied from the browser",
        ..PLAIN
    },
    OptionRow {
        name: "port",
        json_type: "integer",
        help: "The API's port, when the address names none: 443, or 19999 for AWS-hosted instances made before 2020-07-07; without it both are tried",
        ..PLAIN
    },
    OptionRow {
        name: "auth",
        default: Some("\"api_credentials\""),
        choices: &[API_CREDENTIALS, OAUTH, HOST],
        help: "How to log in: with API credentials, with a browser (OAuth), or with tokens that the host lends",
        ..PLAIN
    },
    OptionRow {
        name: "client_id",
        required: true,
        auth: &[API_CREDENTIALS, OAUTH],
        env: &["LOOKERSDK_CLIENT_ID", "LOOKER_CLIENT_ID"],
        ini: Some("client_id"),
        netrc: Some("login"),
        help: "The client ID of the user's API credentials; for OAuth the client GUID of the registered application",
        ..PLAIN
    },
    OptionRow {
        name: "client_secret",
        secret: true,
        auth: &[API_CREDENTIALS],
        env: &["LOOKERSDK_CLIENT_SECRET", "LOOKER_CLIENT_SECRET"],
        ini: Some("client_secret"),
        netrc: Some("password"),
        help: "The client secret of the user's API credentials",
        ..PLAIN
    },
    OptionRow {
        name: "client_secret_file",
        is_path: true,
        auth: &[API_CREDENTIALS],
        env: &["LOOKER_CLIENT_SECRET_FILE"],
        help: "A file with the client secret, which nobody else may read",
        ..PLAIN
    },
    OptionRow {
        name: "token_file",
        is_path: true,
        auth: &[OAUTH],
        env: &["LOOKER_TOKEN_FILE"],
        help: "The file in which a sign-in is kept, which nobody else may read",
        ..PLAIN
    },
    OptionRow {
        name: "refresh_token",
        secret: true,
        auth: &[OAUTH],
        help: "The refresh token of a sign-in, where the host keeps it instead of a file",
        ..PLAIN
    },
    OptionRow {
        name: "redirect_uri",
        auth: &[OAUTH],
        ini: Some("redirect_uri"),
        help: "The redirect URI with which the refresh token was got",
        ..PLAIN
    },
    OptionRow {
        name: "looker_url",
        auth: &[OAUTH],
        ini: Some("looker_url"),
        help: "Where Looker's pages are, when that is another host than the API's",
        ..PLAIN
    },
    OptionRow {
        name: "act_as",
        help: "The user to act as: an id, an e-mail address, or external:ID of an embed user",
        ..PLAIN
    },
    OptionRow {
        name: "associative",
        json_type: "boolean",
        auth: &[API_CREDENTIALS, OAUTH],
        help: "Whether what is done as another user counts as the activity of the user of the credentials; older releases know it",
        ..PLAIN
    },
    OptionRow {
        name: "workspace",
        default: Some("\"production\""),
        choices: &["production", "dev"],
        help: "The state of the LookML: what is deployed, or the user's development branch",
        ..PLAIN
    },
    OptionRow {
        name: "read_only",
        json_type: "boolean",
        default: Some("false"),
        help: "Only read: calls that change something in Looker are refused before they are sent",
        ..PLAIN
    },
    OptionRow {
        name: "allow_sql_runner",
        json_type: "boolean",
        default: Some("false"),
        help: "Allow SQL Runner: any SQL on a connection, also such that writes, past the models and what they permit",
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
        name: "max_retries",
        json_type: "integer",
        default: Some("4"),
        help: "How often one request of the host may try again in all, where that is safe",
        ..PLAIN
    },
    OptionRow {
        name: "max_concurrency",
        json_type: "integer",
        default: Some("64"),
        help: "Calls to the instance at a time, all sessions of the process together",
        ..PLAIN
    },
    OptionRow {
        name: "max_calls_per_second",
        json_type: "number",
        help: "Calls to the instance in a second, all sessions of the process together; without it as many as there are",
        ..PLAIN
    },
    OptionRow {
        name: "max_query_calls",
        json_type: "integer",
        help: "Query calls that the session may make; a warning comes at 80 %",
        ..PLAIN
    },
    OptionRow {
        name: "max_admin_calls",
        json_type: "integer",
        help: "Administrative calls that the session may make; a warning comes at 80 %",
        ..PLAIN
    },
    OptionRow {
        name: "proxy",
        env: &["LOOKER_PROXY"],
        help: "The proxy to go through, as http://host:port, or none; without it what HTTPS_PROXY and NO_PROXY say",
        ..PLAIN
    },
    OptionRow {
        name: "proxy_credentials",
        secret: true,
        env: &["LOOKER_PROXY_CREDENTIALS"],
        help: "The proxy's credentials, as user:password",
        ..PLAIN
    },
    OptionRow {
        name: "ca_file",
        is_path: true,
        env: &["LOOKER_CA_FILE"],
        help: "A PEM file with certificate authorities to trust besides the system's",
        ..PLAIN
    },
    OptionRow { name: "ca_pem", help: "The same as text", ..PLAIN },
    OptionRow {
        name: "client_cert_file",
        is_path: true,
        env: &["LOOKER_CLIENT_CERT_FILE"],
        help: "A PEM file with a client certificate and its private key, which nobody else may read",
        ..PLAIN
    },
    OptionRow { name: "client_cert_pem", secret: true, help: "The same as text", ..PLAIN },
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
    OptionRow { name: "headers", json_type: "object", help: "Further headers of every request", ..PLAIN },
    OptionRow {
        name: "secret_headers",
        secret: true,
        env: &["LOOKER_SECRET_HEADERS"],
        help: "Further headers that are secret, such as Proxy-Authorization for an identity-aware proxy; one Name: value a line",
        ..PLAIN
    },
    OptionRow {
        name: "webhook_token",
        secret: true,
        env: &["LOOKER_WEBHOOK_TOKEN"],
        help: "The token by which deliveries to webhooks are known to be Looker's (Admin, Webhook Token)",
        ..PLAIN
    },
    OptionRow { name: "app_id", help: "Who calls, for Looker's own records (header x-looker-appid)", ..PLAIN },
];

/// The file and section that the official SDKs read.
const INI: (&str, &str) = ("looker.ini", "Looker");

impl OptionRow {
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|row| row.name == name)
    }

    /// The option as a host sees it.
    pub fn spec(&self) -> OptionSpec {
        let mut spec = OptionSpec::new(self.name, self.json_type, self.help);
        if let Some(default) = self.default {
            spec = spec.with("default", serde_json::from_str::<Value>(default).unwrap_or_default());
        }
        if !self.choices.is_empty() {
            spec = spec.with("enum", self.choices);
        }
        if self.is_path {
            spec = spec.with("format", "path");
        }
        if self.json_type == "object" {
            spec = spec.with("additionalProperties", json!({ "type": "string" }));
        }
        if !self.auth.is_empty() {
            spec = spec.when("auth", self.auth);
        }
        if let Some(field) = self.netrc {
            spec = spec.netrc("base_url", field);
        }
        spec.required = self.required;
        spec.secret = self.secret;
        spec.env = self.env.iter().map(|&name| name.to_owned()).collect();
        match self.ini {
            Some(key) => spec.ini(INI.0, INI.1, key),
            None => spec,
        }
    }

    /// Whether a value is of the option's type.
    pub(super) fn accepts(&self, value: &Value) -> bool {
        match self.json_type {
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "object" => value.as_object().is_some_and(|object| object.values().all(Value::is_string)),
            _ => value.as_str().is_some_and(|text| self.choices.is_empty() || self.choices.contains(&text)),
        }
    }

    /// What a value must be, in words.
    pub(super) fn wants(&self) -> String {
        match self.choices {
            [] if self.json_type == "object" => "an object of strings".to_owned(),
            [] => format!("of type {}", self.json_type),
            choices => format!("one of {}", choices.join(", ")),
        }
    }

    /// The places where it can be given, as a sentence.
    pub(super) fn places(&self) -> String {
        let mut places: Vec<String> =
            self.env.first().map(|name| format!("the environment variable {name}")).into_iter().collect();
        places.extend(self.ini.map(|key| format!("{key} in [{}] of {}", INI.1, INI.0)));
        places.extend(self.netrc.map(|field| format!("the {field} in netrc")));
        if OptionRow::find(&format!("{}_file", self.name)).is_some() {
            places.push(format!("a file that the option `{}_file` names", self.name));
        }
        places.join(", or as ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_what_the_description_shows() {
        let specs: Vec<_> = OPTIONS.iter().map(OptionRow::spec).collect();
        assert!(specs.iter().all(|spec| !spec.help().is_empty()));
        let auth = specs.iter().find(|spec| spec.name == "auth").unwrap();
        assert_eq!(auth.schema["enum"], json!(["api_credentials", "oauth", "host"]));
        let file = specs.iter().find(|spec| spec.name == "token_file").unwrap();
        assert_eq!(file.schema["format"], "path");
        assert_eq!(file.applies_when.as_ref().unwrap().values, [json!("oauth")]);
    }

    #[test]
    fn a_default_is_a_value_that_its_option_accepts() {
        for row in OPTIONS {
            if let Some(default) = row.default {
                assert!(row.accepts(&serde_json::from_str(default).unwrap()), "{}", row.name);
            }
        }
    }
}
