//! The flags of the program that say how its server stands in the network.

use clap::Args;
use looker_sandbox::{Options, PlaceOptions, ProxyOptions, Quota, RequiredHeader, Route, TlsOptions};

/// The farthest that the clock can be off, in seconds: ten years.
const MOST_SKEW: i64 = 10 * 365 * 24 * 60 * 60;

/// A path that begins with a slash and does not end with one.
fn prefix(text: &str) -> Result<String, String> {
    let path = text.trim_end_matches('/');
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte));
    if plain && (path.is_empty() || path.starts_with('/')) {
        return Ok(path.to_owned());
    }
    Err("a prefix is a path such as /bi/looker".into())
}

/// How the server stands in the network.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Network {
    /// Serve https with a certificate of a private authority (its file: ca_file); the administration keeps plain http.
    #[arg(long, help_heading = "Network")]
    tls: bool,

    /// A name in the certificate besides localhost, 127.0.0.1 and ::1; may be repeated, and be *.example.com.
    #[arg(long, value_name = "NAME", requires = "tls", help_heading = "Network")]
    tls_name: Vec<String>,

    /// The certificate has expired.
    #[arg(long, requires = "tls", help_heading = "Network")]
    tls_expired: bool,

    /// The certificate is for another host only.
    #[arg(long, requires = "tls", help_heading = "Network")]
    tls_wrong_name: bool,

    /// Connections need a certificate of the same authority (with its key: client_cert_file).
    #[arg(long, requires = "tls", help_heading = "Network")]
    client_certs: bool,

    /// Start a forward proxy (proxy_url) with a small internet of its own: only its routes lead anywhere.
    #[arg(long, help_heading = "Network")]
    proxy: bool,

    /// A target that leads from the proxy to the sandbox; NAME may be *; may be repeated.
    #[arg(long, value_name = "NAME:PORT", requires = "proxy", help_heading = "Network")]
    route: Vec<Route>,

    /// What the proxy asks of its clients.
    #[arg(long, value_name = "USER:PASSWORD", requires = "proxy", help_heading = "Network")]
    proxy_credentials: Option<String>,

    /// Looker release that the server says it is.
    #[arg(long, value_name = "TEXT", default_value_t = PlaceOptions::default().release, help_heading = "Network")]
    release: String,

    /// A version of the API, oldest first; may be repeated. Without 4.0, only versions answers.
    #[arg(long, value_name = "VERSION", default_values_t = PlaceOptions::default().api_versions,
          help_heading = "Network")]
    api_version: Vec<String>,

    /// The API lives only below this path, such as /bi/looker; elsewhere a load balancer says 404 in HTML.
    #[arg(long, value_name = "PATH", value_parser = prefix, default_value = "", help_heading = "Network",
          hide_default_value = true)]
    prefix: String,

    /// What versions says of the API, in place of the base URL.
    #[arg(long, value_name = "URL", help_heading = "Network")]
    api_server_url: Option<String>,

    /// What versions says of the user interface, in place of web_url.
    #[arg(long, value_name = "URL", help_heading = "Network")]
    web_server_url: Option<String>,

    /// Seconds that the server's clock is ahead, by its Date headers; less than 0 when it is late.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true, help_heading = "Network",
          value_parser = clap::value_parser!(i64).range(-MOST_SKEW..=MOST_SKEW))]
    clock_skew: i64,

    /// A header that an identity-aware proxy wants: without it 302 to a login page, with another value 401.
    #[arg(long, value_name = "NAME: VALUE", help_heading = "Network")]
    require_header: Option<RequiredHeader>,

    /// Compress answers for clients that offer gzip.
    #[arg(long, help_heading = "Network")]
    gzip: bool,

    /// A monthly quota, of db_query or non_query calls; more get 429; may be repeated.
    #[arg(long, value_name = "CLASS=N", help_heading = "Network")]
    quota: Vec<Quota>,
}

impl Network {
    /// What the flags say, and the default of everything else.
    pub(crate) fn options(self) -> Options {
        let tls = self.tls.then_some(TlsOptions {
            names: self.tls_name,
            expired: self.tls_expired,
            wrong_name: self.tls_wrong_name,
            client_certs: self.client_certs,
        });
        let proxy = self.proxy.then_some(ProxyOptions { routes: self.route, credentials: self.proxy_credentials });
        let place = PlaceOptions {
            release: self.release,
            api_versions: self.api_version,
            prefix: self.prefix,
            api_server_url: self.api_server_url,
            web_server_url: self.web_server_url,
            clock_skew: self.clock_skew,
            required_header: self.require_header,
        };
        Options { tls, proxy, quotas: self.quota, place, gzip: self.gzip, ..Options::default() }
    }
}
