//! TLS: certificates of a private authority that is made at the start and goes with the sandbox.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Span, Zoned};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

/// How a sandbox serves https.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Names in the certificate besides `localhost`, `127.0.0.1` and `::1`; a first label `*` is a wildcard.
    pub names: Vec<String>,
    /// The server's certificate has expired.
    pub expired: bool,
    /// The server's certificate is for another host only.
    pub wrong_name: bool,
    /// Connections need a certificate of the same authority.
    pub client_certs: bool,
}

/// Names that the certificate always has.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The only name in a certificate for another host.
const WRONG_NAME: &str = "elsewhere.example.com";

/// Days that certificates are valid before and after the start: tolerant of clocks, and short enough for every client.
const DAYS: i32 = 30;

type Authority = CertifiedIssuer<'static, KeyPair>;

/// What the server needs to speak TLS, and the files that clients need.
pub(crate) struct Tls {
    /// Shakes hands.
    pub(crate) acceptor: TlsAcceptor,
    /// The authority's certificate as PEM.
    pub(crate) ca_file: PathBuf,
    /// A client's certificate and its private key as PEM.
    pub(crate) client_cert_file: Option<PathBuf>,
    _directory: TempDir,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tls").field("ca_file", &self.ca_file).finish_non_exhaustive()
    }
}

impl Tls {
    /// Makes an authority and its certificates; the error is a sentence.
    pub(crate) fn new(options: &TlsOptions) -> Result<Self, String> {
        Self::make(options).map_err(|error| format!("cannot make certificates: {error}"))
    }

    fn make(options: &TlsOptions) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let directory = tempfile::Builder::new().prefix("looker-sandbox-").tempdir()?;
        let authority = authority()?;
        let ca_file = write(directory.path(), "ca.pem", &authority.pem())?;
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions()?;
        let (builder, client_cert_file) = if options.client_certs {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone())?;
            let provider = Arc::new(default_provider());
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
            let file = write(directory.path(), "client.pem", &client_certificate(&authority)?)?;
            (builder.with_client_cert_verifier(verifier), Some(file))
        } else {
            (builder.with_no_client_auth(), None)
        };
        let key = KeyPair::generate()?;
        let certificate = server_certificate(options)?.signed_by(&key, &authority)?;
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let mut config = builder.with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), ca_file, client_cert_file, _directory: directory })
    }
}

fn authority() -> Result<Authority, Box<dyn Error + Send + Sync>> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "looker-sandbox private CA");
    // Also an expired certificate has had a valid authority.
    valid(&mut params, -4 * DAYS, DAYS)?;
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn server_certificate(options: &TlsOptions) -> Result<CertificateParams, Box<dyn Error + Send + Sync>> {
    let names = OWN_NAMES.map(str::to_owned).into_iter().chain(options.names.iter().cloned());
    let names = if options.wrong_name { vec![WRONG_NAME.to_owned()] } else { names.collect() };
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "looker-sandbox");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let (from, to) = if options.expired { (-3 * DAYS, -2) } else { (-DAYS, DAYS) };
    valid(&mut params, from, to)?;
    Ok(params)
}

/// Certificate and private key as PEM.
fn client_certificate(authority: &Authority) -> Result<String, Box<dyn Error + Send + Sync>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "looker-sandbox client");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    valid(&mut params, -DAYS, DAYS)?;
    let key = KeyPair::generate()?;
    Ok(format!("{}{}", params.signed_by(&key, authority)?.pem(), key.serialize_pem()))
}

/// Sets the days, counted from today, between which a certificate is valid.
fn valid(params: &mut CertificateParams, from: i32, to: i32) -> Result<(), Box<dyn Error + Send + Sync>> {
    let today = Zoned::now().date();
    let day = |distance: i32| -> Result<_, Box<dyn Error + Send + Sync>> {
        let day = today.checked_add(Span::new().days(distance))?;
        Ok(date_time_ymd(day.year().into(), day.month().try_into()?, day.day().try_into()?))
    };
    (params.not_before, params.not_after) = (day(from)?, day(to)?);
    Ok(())
}

/// Writes a file that only its owner may read: a client refuses a private key that others may.
fn write(directory: &Path, name: &str, text: &str) -> std::io::Result<PathBuf> {
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    let path = directory.join(name);
    file.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_with_the_sandbox() {
        let tls = Tls::new(&TlsOptions { client_certs: true, ..TlsOptions::default() }).unwrap();
        let files = [tls.ca_file.clone(), tls.client_cert_file.clone().unwrap()];
        assert!(files.iter().all(|file| file.exists()));
        drop(tls);
        assert!(!files.iter().any(|file| file.exists()));
    }

    #[test]
    fn a_name_that_no_certificate_can_have_is_a_sentence() {
        let options = TlsOptions { names: vec!["bücher.example".into()], ..TlsOptions::default() };
        assert!(Tls::new(&options).unwrap_err().starts_with("cannot make certificates: "));
    }
}
