//! The flags of the program that say how its server stands in the network.

use clap::Args;
use looker_sandbox::{Options, TlsOptions};

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
        Options { tls, ..Options::default() }
    }
}
