//! Requests that got no answer, and answers that broke off: what stood in the way, by its causes.

use std::fmt::Write as _;
use std::time::Duration;

use connector_interface::{Error, ErrorKind};
use rustls::{AlertDescription, CertificateError};

use crate::http::Call;
use crate::http::retry::{Failure, Reached};

/// What stood in the way.
struct Obstacle {
    kind: ErrorKind,
    /// `{host}` and `{timeout}` (in seconds) stand for what they name.
    message: &'static str,
    advice: &'static str,
    /// Whether the same call can succeed later.
    passes: bool,
}

/// The transport's own words for a name that was not found.
const NAME_SERVICE: &str = "dns error";

const CHECK_PORT: &str = "Check the address; when it names no port, the API may be on 19999 instead of 443";
const CHECK_PROXY: &str = "Check the option `proxy`, or HTTPS_PROXY and NO_PROXY in the environment";

const PROXY_WANTS_CREDENTIALS: &str = "proxy authorization required";
const PROXY_REFUSES: &str = "tunnel error: unsuccessful";

const WRONG_PROXY_CREDENTIALS: Obstacle = Obstacle {
    kind: ErrorKind::Credentials,
    message: "The proxy on the way to {host} does not accept the credentials",
    advice: "Check the option `proxy_credentials`, which is user:password, or what HTTPS_PROXY says before its @",
    passes: false,
};

/// Obstacles of a proxy, by the transport's own words for them.
const PROXY: &[(&str, Obstacle)] = &[
    (
        PROXY_WANTS_CREDENTIALS,
        Obstacle {
            kind: ErrorKind::Credentials,
            message: "The proxy on the way to {host} wants credentials",
            advice: "Give them in the option `proxy_credentials` as user:password",
            passes: false,
        },
    ),
    (
        PROXY_REFUSES,
        Obstacle {
            kind: ErrorKind::Network,
            message: "The proxy refuses to connect to {host}",
            advice: "Check the address, and whether the proxy may reach it; NO_PROXY names hosts that need no proxy",
            passes: false,
        },
    ),
    (
        "tunnel error: failed to create",
        Obstacle {
            kind: ErrorKind::Network,
            message: "The proxy on the way to {host} could not be reached",
            advice: CHECK_PROXY,
            passes: true,
        },
    ),
    (
        "tunnel error",
        Obstacle {
            kind: ErrorKind::Network,
            message: "The proxy on the way to {host} broke the connection off",
            advice: CHECK_PROXY,
            passes: true,
        },
    ),
];

const NOT_TLS: Obstacle = Obstacle {
    kind: ErrorKind::Tls,
    message: "{host} does not speak TLS on this port",
    advice: "Check the port; the API is on 443, or on 19999 for older instances. A server without TLS wants an address that begins with http://",
    passes: false,
};

const CLIENT_CERTIFICATE: Obstacle = Obstacle {
    kind: ErrorKind::Tls,
    message: "{host} wants a client certificate that it knows",
    advice: "Give the certificate and its private key in the option `client_cert_file`",
    passes: false,
};

const EXPIRED: Obstacle = Obstacle {
    kind: ErrorKind::Tls,
    message: "The certificate of {host} has expired or is not valid yet",
    advice: "Have the server's certificate renewed, and check this machine's clock",
    passes: false,
};

const OTHER_NAME: Obstacle = Obstacle {
    kind: ErrorKind::Tls,
    message: "The certificate of {host} is for another name",
    advice: "Give the name that stands in the certificate in `base_url`",
    passes: false,
};

const UNTRUSTED: Obstacle = Obstacle {
    kind: ErrorKind::Tls,
    message: "The certificate of {host} is signed by an authority that this machine does not trust",
    advice: "Give the authority's certificate as PEM in the option `ca_file`, or add it to the system's store",
    passes: false,
};

const NOT_SECURE: Obstacle = Obstacle {
    kind: ErrorKind::Tls,
    message: "A secure connection to {host} could not be established",
    advice: "Check the port and the server's certificate",
    passes: false,
};

const ENDS_HANDSHAKE: Obstacle = Obstacle {
    kind: ErrorKind::Tls,
    message: "The connection to {host} ends before it is secure",
    advice: "Check the port; a proxy, a login page of the network or a firewall on the way may let no TLS through",
    passes: true,
};

const SLOW_TO_CONNECT: Obstacle = Obstacle {
    kind: ErrorKind::Timeout,
    message: "{host} could not be reached in time",
    advice: CHECK_PORT,
    passes: true,
};

const SILENT: Obstacle = Obstacle {
    kind: ErrorKind::Timeout,
    message: "{host} did not answer within {timeout} s",
    advice: "Check the address and the network, or raise the option `timeout`",
    passes: true,
};

const UNKNOWN_NAME: Obstacle = Obstacle {
    kind: ErrorKind::Network,
    message: "The name {host} could not be found",
    advice: "Check the spelling of the host in `base_url`",
    passes: false,
};

const NO_NAME_SERVICE: Obstacle = Obstacle { passes: true, ..UNKNOWN_NAME };

const CLOSED_PORT: Obstacle =
    Obstacle { kind: ErrorKind::Network, message: "{host} refuses the connection", advice: CHECK_PORT, passes: true };

const UNREACHABLE: Obstacle =
    Obstacle { kind: ErrorKind::Network, message: "{host} could not be reached", advice: CHECK_PORT, passes: true };

const BROKEN: Obstacle = Obstacle {
    kind: ErrorKind::Network,
    message: "The connection to {host} broke before it answered",
    advice: "Try again; check the network and proxies on the way",
    passes: true,
};

/// The failure of a request that got no response.
pub(super) fn no_answer(call: &Call, error: &reqwest::Error, timeout: Duration) -> Failure {
    failure(call, error, obstacle(error, &causes(error)), timeout)
}

/// Whether a proxy has opened no tunnel.
pub(super) fn is_refused_tunnel(error: &reqwest::Error) -> bool {
    let causes = causes(error);
    causes.contains(PROXY_WANTS_CREDENTIALS) || causes.contains(PROXY_REFUSES)
}

/// The failure of a request whose proxy does not like the credentials that it got.
pub(super) fn wrong_proxy_credentials(call: &Call, error: &reqwest::Error) -> Failure {
    failure(call, error, &WRONG_PROXY_CREDENTIALS, Duration::ZERO)
}

fn failure(call: &Call, error: &reqwest::Error, obstacle: &Obstacle, timeout: Duration) -> Failure {
    let message =
        obstacle.message.replace("{host}", call.host()).replace("{timeout}", &timeout.as_secs_f64().to_string());
    let told = call.error(obstacle.kind, message).advise(obstacle.advice).with("cause", causes(error));
    Failure {
        error: Box::new(if obstacle.passes { told.retry_now() } else { told }),
        reached: if error.is_connect() { Reached::Not } else { Reached::Perhaps },
    }
}

fn obstacle(error: &reqwest::Error, causes: &str) -> &'static Obstacle {
    if let Some((_, obstacle)) = PROXY.iter().find(|(words, _)| causes.contains(words)) {
        return obstacle;
    }
    if let Some(tls) = tls_cause(error) {
        return tls_obstacle(tls);
    }
    match error.is_connect() {
        true if error.is_timeout() => &SLOW_TO_CONNECT,
        true if causes.contains("tls handshake eof") => &ENDS_HANDSHAKE,
        true if causes.contains("Temporary failure in name resolution") => &NO_NAME_SERVICE,
        true if causes.contains(NAME_SERVICE) => &UNKNOWN_NAME,
        true if causes.contains("refused") => &CLOSED_PORT,
        true => &UNREACHABLE,
        false if error.is_timeout() => &SILENT,
        false => &BROKEN,
    }
}

fn tls_obstacle(error: &rustls::Error) -> &'static Obstacle {
    use rustls::Error as Tls;
    match error {
        Tls::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => &EXPIRED,
        Tls::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => &OTHER_NAME,
        Tls::InvalidCertificate(CertificateError::UnknownIssuer) => &UNTRUSTED,
        Tls::InvalidMessage(_) => &NOT_TLS,
        Tls::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied,
        ) => &CLIENT_CERTIFICATE,
        _ => &NOT_SECURE,
    }
}

/// Whether an error says that the host's name is not known.
pub(crate) fn is_unknown_name(error: &Error) -> bool {
    let cause = error.evidence.get("cause").and_then(serde_json::Value::as_str).unwrap_or_default();
    cause.contains(NAME_SERVICE)
}

/// The error for a body that broke off; perhaps with the token that it was asked with.
pub(super) fn body_failed(call: &Call, error: &reqwest::Error, token_has_ended: bool) -> Error {
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Timeout, "Looker stopped sending in the middle of its answer")
    } else {
        (ErrorKind::Incomplete, "The connection broke in the middle of Looker's answer")
    };
    let (message, advice) = if token_has_ended {
        let message = format!("{message}, after the session's token had ended");
        (
            message,
            "Run it again, which takes a new token; a result that takes longer than a token lives is better asked for in parts",
        )
    } else {
        (message.to_owned(), "Run it again; what was delivered so far is valid but not all")
    };
    call.error(kind, message).advise(advice).retry_now().with("cause", causes(error))
}

/// What rustls says, wherever it stands among the causes.
fn tls_cause(error: &reqwest::Error) -> Option<&rustls::Error> {
    let first = std::error::Error::source(error);
    std::iter::successors(first, |&cause| cause.source()).find_map(as_tls)
}

/// An I/O error hides what it was made from from `source`, and may be made from another.
fn as_tls<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    error.downcast_ref::<rustls::Error>().or_else(|| as_tls(error.downcast_ref::<std::io::Error>()?.get_ref()?))
}

/// All causes of an error in one line, without the URL, which stands in the evidence anyway.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let line = error.to_string();
        if !text.ends_with(&line) {
            let _ = write!(text, "{}{line}", if text.is_empty() { "" } else { ": " });
        }
        cause = error.source();
    }
    if text.is_empty() { error.to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_a_certificate_has_its_own_advice() {
        use rustls::Error as Tls;
        for (error, advice) in [
            (Tls::InvalidCertificate(CertificateError::Expired), "clock"),
            (Tls::InvalidCertificate(CertificateError::NotValidForName), "stands in the certificate"),
            (Tls::InvalidCertificate(CertificateError::UnknownIssuer), "`ca_file`"),
            (Tls::AlertReceived(AlertDescription::CertificateRequired), "`client_cert_file`"),
            (Tls::InvalidMessage(rustls::InvalidMessage::InvalidContentType), "http://"),
        ] {
            let obstacle = tls_obstacle(&error);
            assert!(obstacle.kind == ErrorKind::Tls && obstacle.advice.contains(advice), "{error}");
        }
    }
}
