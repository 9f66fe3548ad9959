//! The settings of a session, checked against the table of options.

mod options;
mod values;

use std::sync::Arc;
use std::time::Duration;

use connector_interface::services::Host;
use connector_interface::{Result, Settings};
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use url::Url;

pub use options::{OPTIONS, OptionRow};

use crate::auth::{ApiKey, HostToken, Keeper, OAuth, Source, TokenFile, UserRef, Workspace};
use crate::http::{Budget, Limits, ProxyChoice, Transport};
use crate::instance::{Address, is_loopback};
use crate::private_file;
use crate::redact::Redactor;
use options::{HOST, OAUTH};
use values::{Values, invalid, missing};

/// The settings of a session.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where Looker is.
    pub(crate) address: Address,
    /// Where its pages are, when the user says so.
    pub(crate) looker_url: Option<Url>,
    /// Where tokens come from.
    pub(crate) source: Source,
    /// The user to act as.
    pub(crate) act_as: Option<UserRef>,
    pub(crate) associative: Option<bool>,
    pub(crate) workspace: Workspace,
    /// Whether SQL Runner may be used.
    pub(crate) read_only: bool,
    pub(crate) allow_sql_runner: bool,
    /// What Looker says with deliveries to webhooks.
    pub(crate) webhook_token: Option<Arc<SecretString>>,
    /// The wire.
    pub(crate) transport: Transport,
    pub(crate) limits: Limits,
    pub(crate) budget: Budget,
    pub(crate) max_retries: u32,
    /// Every secret of the settings, to be hidden in errors.
    pub(crate) redactor: Arc<Redactor>,
}

impl Config {
    /// Checks the settings against the table and reads them.
    pub(crate) fn parse(settings: Settings, host: &Host) -> Result<Self> {
        let redactor = Arc::<Redactor>::default();
        let mut values = Values::check(settings, Arc::clone(&redactor))?;
        let port = values.integer("port", 1, 65_535)?.and_then(|port| u16::try_from(port).ok());
        let address = Address::parse(&values.required("base_url")?, port, values.flag("allow_http"))?;
        let is_local = address.candidates().iter().all(crate::instance::Root::is_loopback);
        Ok(Self {
            looker_url: values
                .text("looker_url")
                .map(|text| page_address(&text, values.flag("allow_http")))
                .transpose()?,
            source: source(&mut values, host)?,
            act_as: values.text("act_as").map(|user| UserRef::parse(&user)).transpose()?,
            associative: values.boolean("associative"),
            workspace: match values.text("workspace").as_deref() {
                Some("dev") => Workspace::Dev,
                _ => Workspace::Production,
            },
            read_only: values.flag("read_only"),
            allow_sql_runner: values.flag("allow_sql_runner"),
            webhook_token: values.secret_text("webhook_token")?,
            transport: transport(&mut values, is_local)?,
            limits: limits(&values)?,
            budget: Budget {
                query: values.integer("max_query_calls", 0, u64::MAX)?,
                admin: values.integer("max_admin_calls", 0, u64::MAX)?,
            },
            max_retries: values
                .integer("max_retries", 0, 100)?
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or_default(),
            address,
            redactor,
        })
    }
}

/// Where tokens come from, by the option `auth`.
fn source(values: &mut Values, host: &Host) -> Result<Source> {
    let auth = values.text("auth").unwrap_or_default();
    if auth == HOST {
        return Ok(Source::Host(HostToken(host.clone())));
    }
    let client_id = values.required("client_id")?;
    if auth == OAUTH {
        return Ok(Source::OAuth(OAuth { client_id, keeper: keeper(values, host)? }));
    }
    let lent = values.secret_text("client_secret")?;
    let client_secret = match (lent, values.text("client_secret_file")) {
        (Some(secret), _) => secret,
        (None, Some(file)) => {
            let content = private_file::read(file.as_ref(), "client_secret_file")?;
            values.hide(as_text(&content, "client_secret_file")?).ok_or_else(|| missing("client_secret"))?
        }
        (None, None) => return Err(missing("client_secret")),
    };
    Ok(Source::ApiKey(ApiKey { client_id, client_secret }))
}

/// Who keeps a sign-in.
fn keeper(values: &mut Values, host: &Host) -> Result<Keeper> {
    let lent = values.secret_text("refresh_token")?;
    if let Some(file) = values.text("token_file") {
        return Ok(Keeper::File(TokenFile(file.into())));
    }
    Ok(match lent {
        Some(token) => Keeper::Host {
            host: host.clone(),
            redirect_uri: values.required("redirect_uri")?,
            refresh_token: SecretString::clone(&token).into(),
            access: None.into(),
        },
        None => Keeper::Nobody,
    })
}

fn transport(values: &mut Values, is_local: bool) -> Result<Transport> {
    let seconds = values.number("timeout").unwrap_or_default();
    let timeout = Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|timeout| !timeout.is_zero())
        .ok_or_else(|| invalid("timeout", "is not a positive number of seconds"))?;
    let ca =
        match (values.text("ca_pem"), values.text("ca_file")) {
            (Some(text), _) => Some(text.into_bytes()),
            (None, Some(file)) => Some(std::fs::read(&file).map_err(|error| {
                invalid("ca_file", &format!("names the file {file}, which cannot be read: {error}"))
            })?),
            (None, None) => None,
        };
    let client_cert = match (values.secret("client_cert_pem"), values.text("client_cert_file")) {
        (Some(pem), _) => Some(pem),
        (None, Some(file)) => Some(private_file::read(file.as_ref(), "client_cert_file")?),
        (None, None) => None,
    };
    let app_id = values.text("app_id").map(|id| HeaderValue::from_str(&id));
    Ok(Transport {
        timeout,
        verify_ssl: values.flag("verify_ssl"),
        ca,
        client_cert,
        proxy: proxy(values)?.into(),
        headers: headers(values)?,
        app_id: app_id.transpose().map_err(|_| invalid("app_id", "is no text that a header can hold"))?,
        is_local,
    })
}

fn proxy(values: &mut Values) -> Result<ProxyChoice> {
    let credentials = values.secret_text("proxy_credentials")?;
    if credentials.as_ref().is_some_and(|credentials| !credentials.expose_secret().contains(':')) {
        return Err(invalid("proxy_credentials", "are not user:password"));
    }
    values.hide_proxy_of_environment();
    let Some(typed) = values.text("proxy") else {
        return Ok(ProxyChoice::System(credentials.map(|credentials| SecretString::clone(&credentials))));
    };
    if typed.eq_ignore_ascii_case("none") {
        return Ok(ProxyChoice::Direct);
    }
    let text = if typed.contains("://") { typed } else { format!("http://{typed}") };
    let url = Url::parse(&text).map_err(|error| invalid("proxy", &format!("is no address ({error})")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("proxy", "has credentials in it, which belong into `proxy_credentials`"));
    }
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(invalid("proxy", "is not http://host:port"));
    }
    Ok(ProxyChoice::At(url, credentials.map(|credentials| SecretString::clone(&credentials))))
}

/// The further headers: those of the settings, then the secret ones.
fn headers(values: &mut Values) -> Result<Vec<(HeaderName, HeaderValue)>> {
    let mut headers = Vec::new();
    for (name, value) in values.pairs("headers") {
        headers.push(header("headers", &name, &value)?);
    }
    if let Some(lines) = values.secret("secret_headers") {
        for line in as_text(&lines, "secret_headers")?.lines().filter(|line| !line.trim().is_empty()) {
            let (name, value) =
                line.split_once(':').ok_or_else(|| invalid("secret_headers", "has a line without a colon"))?;
            let (name, mut value) = header("secret_headers", name.trim(), value.trim())?;
            value.set_sensitive(true);
            headers.push((name, value));
            let secret = line.split_once(':').map(|(_, value)| value.trim()).unwrap_or_default();
            values.hide(secret);
        }
    }
    Ok(headers)
}

/// A header that the connector does not set by itself.
fn header(option: &str, name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    const OWN: &[&str] =
        &["authorization", "content-length", "content-type", "host", "transfer-encoding", "connection"];
    let name =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid(option, "has a name that no header can have"))?;
    if OWN.contains(&name.as_str()) {
        return Err(invalid(option, &format!("sets {name}, which the connector sets by itself")));
    }
    let value = HeaderValue::from_str(value)
        .map_err(|_| invalid(option, &format!("has a value for {name} that no header can have")))?;
    Ok((name, value))
}

fn limits(values: &Values) -> Result<Limits> {
    let concurrency = values.integer("max_concurrency", 1, 10_000)?.unwrap_or(1);
    let interval = match values.number("max_calls_per_second") {
        None => Duration::ZERO,
        Some(rate) => Duration::try_from_secs_f64(1.0 / rate)
            .ok()
            .filter(|_| rate > 0.0)
            .ok_or_else(|| invalid("max_calls_per_second", "is not a positive number"))?,
    };
    Ok(Limits { concurrency: usize::try_from(concurrency).unwrap_or(1), interval })
}

/// Where Looker's pages are: a person types a password there.
fn page_address(text: &str, allow_http: bool) -> Result<Url> {
    let url = Url::parse(text).map_err(|error| invalid("looker_url", &format!("is no address ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(invalid("looker_url", "is not http or https"));
    }
    if url.scheme() == "http" && !allow_http && !is_loopback(&url) {
        return Err(invalid("looker_url", "is plain http, which would send a password unprotected"));
    }
    Ok(url)
}

/// A secret as text, without the blanks around it.
fn as_text<'a>(secret: &'a SecretSlice<u8>, option: &str) -> Result<&'a str> {
    std::str::from_utf8(secret.expose_secret()).map(str::trim).map_err(|_| invalid(option, "is not text"))
}

#[cfg(test)]
mod tests {
    use connector_interface::{Error, ErrorKind};
    use serde_json::{Value, json};

    use super::*;

    fn parse_with(values: &Value, secrets: &[(&str, &str)]) -> Result<Config> {
        let settings = Settings::new(values.as_object().unwrap().clone());
        let settings = secrets.iter().fold(settings, |settings, (name, value)| {
            settings.secret(name, SecretSlice::from(value.as_bytes().to_vec()))
        });
        Config::parse(settings, &Host::silent())
    }

    fn parse(values: &Value) -> Result<Config> {
        parse_with(values, &[("client_secret", "s3cret")])
    }

    #[test]
    fn defaults_come_from_the_table() {
        let config = parse(&json!({ "base_url": "looker.example.com", "client_id": "id" })).unwrap();
        assert_eq!(config.transport.timeout, Duration::from_mins(2));
        assert!(config.transport.verify_ssl);
        assert_eq!((config.limits.concurrency, config.max_retries), (64, 4));
        assert_eq!(config.workspace, Workspace::Production);
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
            (json!({ "base_url": "h", "client_id": "id", "auth": "magic" }), "auth"),
            (json!({ "base_url": "h", "client_id": "id", "workspace": "prod" }), "workspace"),
            (json!({ "base_url": "h", "client_id": "id", "act_as": "Ann Smith" }), "act_as"),
            (json!({ "base_url": "h", "client_id": "id", "proxy": "ftp://p" }), "proxy"),
            (json!({ "base_url": "h", "client_id": "id", "proxy": "http://me:s3cret@p:1" }), "proxy"),
            (json!({ "base_url": "h", "client_id": "id", "ca_file": "/no/such" }), "ca_file"),
            (json!({ "base_url": "h", "client_id": "id", "headers": { "Authorization": "x" } }), "headers"),
            (json!({ "base_url": "h", "client_id": "id", "headers": { "a b": "x" } }), "headers"),
            (json!({ "base_url": "h", "client_id": "id", "headers": { "a": 1 } }), "headers"),
            (json!({ "base_url": "h", "client_id": "id", "max_concurrency": 0 }), "max_concurrency"),
            (json!({ "base_url": "h", "client_id": "id", "max_calls_per_second": -1 }), "max_calls_per_second"),
            (json!({ "base_url": "h", "client_id": "id", "looker_url": "x" }), "looker_url"),
            (json!({ "base_url": "h", "client_id": "id", "looker_url": "http://looker.example" }), "looker_url"),
        ] {
            let error = parse(&values).unwrap_err();
            assert_eq!(error.kind, ErrorKind::InvalidInput, "{values}");
            assert!(error.message.contains(&format!("`{name}`")), "{error}");
            assert!(!error.report().contains("s3cret"), "{values}");
        }
    }

    #[test]
    fn without_a_secret_there_are_no_credentials_and_each_place_for_one_is_named() {
        let error = parse_with(&json!({ "base_url": "h", "client_id": "id" }), &[]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials);
        for place in ["LOOKERSDK_CLIENT_SECRET", "looker.ini", "netrc", "client_secret_file"] {
            assert!(error.advice.contains(place), "{}", error.advice);
        }
    }

    #[test]
    fn each_way_to_log_in_wants_its_own_settings_and_no_others() {
        let host = parse_with(&json!({ "base_url": "h", "auth": "host" }), &[]).unwrap();
        assert!(matches!(host.source, Source::Host(_)));
        let file = parse_with(&json!({ "base_url": "h", "auth": "oauth", "client_id": "a", "token_file": "t" }), &[]);
        assert!(matches!(file.unwrap().source, Source::OAuth(OAuth { keeper: Keeper::File(_), .. })));
        let lent = json!({ "base_url": "h", "auth": "oauth", "client_id": "a", "redirect_uri": "u" });
        let lent = parse_with(&lent, &[("refresh_token", "r")]).unwrap();
        assert!(matches!(lent.source, Source::OAuth(OAuth { keeper: Keeper::Host { .. }, .. })));
    }

    #[test]
    fn a_misspelt_option_is_answered_with_the_nearest_name() {
        let error = parse(&json!({ "base_ur": "h", "client_id": "id" })).unwrap_err();
        assert_eq!(error.advice, "Did you mean `base_url`?");
    }

    #[test]
    fn secret_headers_are_read_a_line_each_and_show_in_no_debug() {
        let values = json!({ "base_url": "h", "client_id": "id" });
        let secrets =
            [("client_secret", "s3cret"), ("secret_headers", "Proxy-Authorization: Bearer hush\n\nX-Team: ops\n")];
        let config = parse_with(&values, &secrets).unwrap();
        assert_eq!(config.transport.headers.len(), 2);
        assert!(!format!("{config:?}").contains("hush"));
        let error = Error::new(ErrorKind::Protocol, "got Bearer hush");
        assert!(!config.redactor.clean(error).message.contains("hush"));
    }
}
