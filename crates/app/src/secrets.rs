//! Randomness and slow hashes: made at the edges and handed to use cases, which stay pure of both.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use countersign_domain::token;
use countersign_store::Error;
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// The characters of random tokens: 64 of them, so that every six bits name one.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// How many random characters a token has: 192 bits.
const LENGTH: usize = 32;

/// Why no secret could be made.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no secret could be made: {0}")]
pub struct SecretError(String);

/// A new personal access token.
///
/// # Errors
/// The machine has no randomness to give.
pub fn personal_token() -> Result<String, SecretError> {
    random(token::PERSONAL_PREFIX)
}

/// A random token with that prefix, URL-safe.
///
/// # Errors
/// The machine has no randomness to give.
pub fn random(prefix: &str) -> Result<String, SecretError> {
    let mut bytes = [0u8; LENGTH];
    getrandom::fill(&mut bytes).map_err(|e| SecretError(e.to_string()))?;
    let characters = bytes.iter().filter_map(|b| ALPHABET.get(usize::from(b & 63)).copied().map(char::from));
    Ok(prefix.chars().chain(characters).collect())
}

/// Random digits, sixteen hexadecimal ones, to tell apart what people are to read: no secret.
///
/// # Errors
/// The machine has no randomness to give.
pub fn digits() -> Result<String, SecretError> {
    let mut bytes = [0u8; 8];
    getrandom::fill(&mut bytes).map_err(|e| SecretError(e.to_string()))?;
    Ok(token::hex(&bytes))
}

/// Hashes a password with argon2id. Takes tens of milliseconds and megabytes: never inside a transaction, nor on a
/// thread that serves others.
///
/// # Errors
/// The machine has no randomness or memory to give.
pub fn hash_password(password: &str) -> Result<String, SecretError> {
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt).map_err(|e| SecretError(e.to_string()))?;
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash.map_err(|e| SecretError(e.to_string()))?.to_string())
}

/// Whether a password is the one hashed. As slow as [`hash_password`].
pub fn is_password(password: &str, hash: &str) -> bool {
    Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
}

/// How many passwords are hashed at once: each takes a core and megabytes.
const AT_ONCE: usize = 2;
/// How many may wait for that; more are turned away.
const MOST_WAITING: usize = 64;

/// Where passwords are hashed: apart from the threads that serve requests, and never too many at once.
pub struct Hashing {
    room: Semaphore,
    queue: Semaphore,
}

impl Default for Hashing {
    fn default() -> Hashing {
        Hashing { room: Semaphore::new(AT_ONCE), queue: Semaphore::new(MOST_WAITING) }
    }
}

impl Hashing {
    /// As [`hash_password`].
    ///
    /// # Errors
    /// Too many wait, or the machine has no randomness or memory to give.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        self.run(move || hash_password(&password)).await?.map_err(|why| Error::Unavailable(why.to_string()))
    }

    /// Whether a password is the one hashed; takes as long where there is none, and says no.
    ///
    /// # Errors
    /// Too many wait.
    pub async fn is_password(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        self.run(move || {
            let nobodys = NOBODYS.as_str();
            let right = is_password(&password, hash.as_deref().unwrap_or(nobodys));
            right && hash.is_some()
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let busy = |_| Error::Unavailable("too many passwords wait to be checked".into());
        let _place = self.queue.try_acquire().map_err(|_| busy(()))?;
        let _room = self.room.acquire().await.map_err(|_| busy(()))?;
        tokio::task::spawn_blocking(work).await.map_err(|why| Error::Unavailable(why.to_string()))
    }
}

/// The hash of a password that nobody has: what a password is compared with where there is none.
static NOBODYS: LazyLock<String> =
    LazyLock::new(|| random("").and_then(|password| hash_password(&password)).unwrap_or_default());

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn tokens_are_random_and_fit_into_addresses() {
        let (one, other) = (personal_token().unwrap(), personal_token().unwrap());
        assert_ne!(one, other);
        assert!(one.starts_with("glpat-") && one.len() == 6 + LENGTH);
        assert!(one.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    }

    #[test]
    fn passwords_are_salted_and_recognised() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert_ne!(hash, hash_password("correct horse").unwrap());
        assert!(is_password("correct horse", &hash));
        assert!(!is_password("correct hors", &hash));
        assert!(!is_password("", "not a hash"));
    }
}
