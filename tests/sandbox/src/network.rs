//! The flags of the program that say how its server stands in the network.

use clap::Args;
use looker_sandbox::{Options, ProxyOptions, Quota, Route, TlsOptions};

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
        Options { tls, proxy, quotas: self.quota, ..Options::default() }
    }
}
