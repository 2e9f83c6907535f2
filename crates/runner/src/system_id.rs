//! The id that tells the machines of one runner token apart; made once and kept beside the builds.

use std::fs;
use std::io;
use std::path::Path;

/// The name of the file that keeps the id.
const FILE: &str = ".runner_system_id";

/// The letters and digits an id is made of.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many letters and digits follow `r_`.
const LENGTH: usize = 12;

/// The id kept in `dir`; a new one is made where there is none, or none of the right shape.
///
/// # Errors
/// The file cannot be read or written, or the system has no randomness.
pub(crate) fn load(dir: &Path) -> io::Result<String> {
    let path = dir.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) if is_valid(text.trim()) => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut random = [0; LENGTH];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let id = from_bytes(random);
    fs::write(&path, format!("{id}\n"))?;
    Ok(id)
}

fn from_bytes(random: [u8; LENGTH]) -> String {
    let letters = random.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
    format!("r_{}", letters.iter().collect::<String>())
}

fn is_valid(id: &str) -> bool {
    let rest = id.strip_prefix("r_").or_else(|| id.strip_prefix("s_"));
    rest.is_some_and(|rest| rest.len() == LENGTH && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{FILE, from_bytes, is_valid, load};

    #[test]
    fn an_id_has_the_protocols_shape() {
        assert_eq!(from_bytes([0, 61, 62, 255, 10, 36, 1, 2, 3, 4, 5, 6]), "r_0z07Aa123456");
        assert!(is_valid("s_abcDEF012345"));
        assert!(!is_valid("x_abcDEF012345") && !is_valid("r_abc") && !is_valid("r_abcDEF01234-"));
    }

    #[test]
    fn an_id_is_kept_and_a_broken_one_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let first = load(dir.path()).unwrap();
        assert!(is_valid(&first));
        assert_eq!(load(dir.path()).unwrap(), first);
        std::fs::write(dir.path().join(FILE), "nonsense").unwrap();
        assert!(is_valid(&load(dir.path()).unwrap()));
        assert!(load(&dir.path().join("absent")).is_err());
    }
}
