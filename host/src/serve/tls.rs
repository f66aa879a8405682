//! The server's side of TLS: a certificate that can be replaced while it serves.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::{Class, Error, Result};

/// What is agreed on by ALPN, best first.
pub(super) const TWO: &[u8] = b"h2";
const ONE: &[u8] = b"http/1.1";

/// A certificate and its key. Clones share it.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    certificate: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads a chain of certificates, and the key of the first one, from PEM files.
    ///
    /// # Errors
    /// `Class::NotFound` or `Class::Usage` when a file can't be read, or they don't fit.
    pub fn open(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Tls> {
        let (certificate, key) = (certificate.into(), key.into());
        let config = RwLock::new(read(&certificate, &key)?);
        Ok(Tls(Arc::new(Inner { certificate, key, config })))
    }

    /// Reads the files again; new connections get what they hold now.
    ///
    /// # Errors
    /// As [`open`](Tls::open); what was read before stays.
    pub fn reload(&self) -> Result<()> {
        let config = read(&self.0.certificate, &self.0.key)?;
        *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let config = self.0.config.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(config.clone())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>> {
    let contents = |path: &Path| {
        std::fs::read(path).map_err(|error| {
            Error::new(Class::NotFound, format!("cannot read `{}`", path.display())).cause(error)
        })
    };
    let wrong = |path: &Path, why: String| {
        Error::new(Class::Usage, format!("`{}` can't be used for TLS", path.display()))
            .cause(why)
            .hint("give PEM files: a certificate, then those that vouch for it; and its key")
    };

    let chain: Vec<_> = CertificateDer::pem_slice_iter(&contents(certificate)?)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "it holds no certificate".to_owned()));
    }
    let secret = PrivateKeyDer::from_pem_slice(&contents(key)?)
        .map_err(|error| wrong(key, error.to_string()))?;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(certificate, error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| wrong(key, error.to_string()))?;
    config.alpn_protocols = vec![TWO.to_vec(), ONE.to_vec()];
    Ok(Arc::new(config))
}
