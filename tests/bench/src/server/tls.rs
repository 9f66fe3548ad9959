//! A certificate for this machine, by an authority that is made at the start and goes with the server.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

use crate::Result;

/// What the server needs to speak TLS, and the file that clients need.
pub(super) struct Tls {
    pub(super) acceptor: TlsAcceptor,
    pub(super) ca_file: PathBuf,
    _directory: TempDir,
}

impl Tls {
    pub(super) fn new() -> Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "connector-bench authority");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &authority)?;
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let directory = tempfile::Builder::new().prefix("connector-bench-").tempdir()?;
        let ca_file = directory.path().join("ca.pem");
        fs::write(&ca_file, authority.pem())?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), ca_file, _directory: directory })
    }
}
