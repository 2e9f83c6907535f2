//! Seals what nobody is to read in the database: AES-256-GCM under one key of the server, each value bound to what it
//! belongs to, so that a sealed value moved elsewhere cannot be opened there.

mod key;

pub use key::{KeyError, open};

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_store::Error;
use secrecy::{ExposeSecret, SecretBox};
use std::fmt;
use std::sync::Arc;

/// The first byte of everything sealed in the one form there is.
const FORM: u8 = 1;
/// How long a nonce is, in bytes.
const NONCE: usize = 12;

/// Seals and opens values. The default has no key, and neither seals nor opens anything.
#[derive(Clone, Default)]
pub struct Vault(Option<Arc<Aes256Gcm>>);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Vault(a key)" } else { "Vault(no key)" })
    }
}

impl Vault {
    /// One with that key.
    pub fn with_key(key: &SecretBox<[u8; 32]>) -> Vault {
        Vault(Some(Arc::new(Aes256Gcm::new(key.expose_secret().into()))))
    }

    fn cipher(&self) -> Result<&Aes256Gcm, Error> {
        self.0.as_deref().ok_or_else(|| Error::Unavailable("there is no key to seal and open values with".into()))
    }

    /// Seals a value that belongs to `about`. Each time comes out differently: the nonce is drawn here, as it decides
    /// nothing and must never be used twice.
    ///
    /// # Errors
    /// There is no key, or the machine has no randomness to give.
    pub fn seal(&self, about: &str, value: &str) -> Result<Vec<u8>, Error> {
        let mut nonce = [0u8; NONCE];
        getrandom::fill(&mut nonce).map_err(|why| Error::Unavailable(format!("no value can be sealed: {why}")))?;
        let payload = Payload { msg: value.as_bytes(), aad: about.as_bytes() };
        let sealed = self.cipher()?.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::Unavailable("a value is too large to be sealed".into()))?;
        Ok([&[FORM][..], &nonce, &sealed].concat())
    }

    /// Opens what was sealed for `about`.
    ///
    /// # Errors
    /// There is no key, or this was not sealed with it and for that.
    pub fn open(&self, about: &str, sealed: &[u8]) -> Result<String, Error> {
        let damaged = || Error::Corrupt(format!("the sealed value of {about} was changed, or sealed with another key"));
        let (form, rest) = sealed.split_first().ok_or_else(damaged)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().filter(|_| *form == FORM).ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: about.as_bytes() };
        let value = self.cipher()?.decrypt(&Nonce::from(*nonce), payload).map_err(|_| damaged())?;
        String::from_utf8(value).map_err(|_| damaged())
    }

    /// As [`Vault::seal`], for a column of text.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    pub fn seal_text(&self, about: &str, value: &str) -> Result<String, Error> {
        Ok(STANDARD.encode(self.seal(about, value)?))
    }

    /// As [`Vault::open`], for a column of text.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_text(&self, about: &str, sealed: &str) -> Result<String, Error> {
        self.open(about, &STANDARD.decode(sealed).unwrap_or_default())
    }

    /// One for tests, whose key everybody knows.
    #[cfg(test)]
    pub(crate) fn of_tests() -> Vault {
        Vault::with_key(&SecretBox::new(Box::new([7; 32])))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_where_it_belongs_and_unchanged() {
        let vault = Vault::of_tests();
        let sealed = vault.seal("a", "secret").unwrap();
        assert_ne!(sealed, vault.seal("a", "secret").unwrap());
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(vault.open("a", &sealed).unwrap(), "secret");
        assert!(vault.open("b", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.open("a", &changed).is_err(), "byte {at}");
            assert!(vault.open("a", &sealed[..at]).is_err(), "cut at {at}");
        }
        let other = Vault::with_key(&SecretBox::new(Box::new([8; 32])));
        assert!(other.open("a", &sealed).unwrap_err().to_string().contains("another key"));
        let text = vault.seal_text("a", "secret").unwrap();
        assert_eq!(vault.open_text("a", &text).unwrap(), "secret");
        assert!(vault.open_text("a", "no base64 at all!").is_err());
    }

    #[test]
    fn without_a_key_nothing_is_kept_in_the_open() {
        assert!(matches!(Vault::default().seal("a", "secret"), Err(Error::Unavailable(_))));
        assert!(!format!("{:?}", Vault::of_tests()).contains('7'));
    }
}
