//! Whose certificates are believed.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Class, Error, Result};
use crate::stream::failure::{Failure, Kind};

/// Whose certificates are believed: the public authorities that Mozilla lists, and what the user
/// adds. Clones share it; the list is made when it's first needed.
#[derive(Clone)]
pub struct Roots(Arc<Inner>);

struct Inner {
    extra: RootCertStore,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Roots {
    /// The public authorities and those in the PEM file `extra`.
    ///
    /// # Errors
    /// `Class::NotFound` or `Class::Usage` when the file can't be read or holds no certificate.
    pub fn new(extra: Option<&Path>) -> Result<Roots> {
        let mut store = RootCertStore::empty();
        if let Some(path) = extra {
            add(&mut store, path)?;
        }
        Ok(Roots(Arc::new(Inner { extra: store, config: OnceLock::new() })))
    }

    /// How TLS is spoken with them.
    ///
    /// # Errors
    /// When the system lacks what that takes.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, Failure> {
        if let Some(config) = self.0.config.get() {
            return Ok(config.clone());
        }
        let mut store = self.0.extra.clone();
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::new(Kind::Other, format!("TLS can't be set up: {error}")))?
            .with_root_certificates(store)
            .with_no_client_auth();
        Ok(self.0.config.get_or_init(|| Arc::new(config)).clone())
    }
}

fn add(store: &mut RootCertStore, path: &Path) -> Result<()> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        Error::new(Class::NotFound, format!("cannot read the certificates in `{shown}`"))
            .cause(error)
    })?;
    let wrong = |why: String| {
        Error::new(Class::Usage, format!("`{shown}` holds no certificates that can be used"))
            .cause(why)
            .hint("give a PEM file: `-----BEGIN CERTIFICATE-----` and so on")
    };
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        store.add(certificate).map_err(|error| wrong(error.to_string()))?;
        found = true;
    }
    if found { Ok(()) } else { Err(wrong("there is no certificate in it".into())) }
}
