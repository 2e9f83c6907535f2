//! Randomness and slow hashes: made at the edges and handed to use cases, which stay pure of both.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use countersign_domain::token;

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
