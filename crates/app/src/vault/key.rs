//! The key of the vault: a file, made at the first start. The database remembers which key it was sealed with, so that a
//! server with another one, or with none, does not start.

use super::Vault;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_store::{Error, Failure, Store, settings};
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The file in the data directory.
const FILE: &str = "secrets.key";
/// Under which name the database remembers the key.
const SETTING: &str = "secrets_key";
/// The longest file that is read as a key, in bytes.
const LONGEST: u64 = 1024;

/// Why there is no key to go on with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file that was named is not there.
    #[error(
        "the key file {0:?} is not there; it should hold 32 random bytes as base64, as `openssl rand -base64 32` prints them"
    )]
    NotThere(PathBuf),
    /// The database has sealed values, but the file is gone.
    #[error(
        "the key file {0:?} is not there, but this database was used with one: put it back, copy it from the other \
         server of this database, or name it with --secrets-key-file. Without it the CI/CD variables cannot be read"
    )]
    Lost(PathBuf),
    /// It is another key than the database was used with.
    #[error("{0:?} holds another key than the one this database was used with; put that one back")]
    Another(PathBuf),
    /// The file holds no key.
    #[error("{0:?} holds no key: it should be 32 bytes as base64, 44 characters")]
    NoKey(PathBuf),
    /// The file cannot be read or made.
    #[error("the key file {0:?} cannot be used: {1}")]
    File(PathBuf, std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Failure),
    /// The machine has no randomness to give.
    #[error("no key could be made: {0}")]
    Random(String),
}

/// Opens the vault of a database with the key in the file `named`, or else with the one in the data directory, which is
/// made if it is not there yet. Blocks.
///
/// # Errors
/// The file cannot be used, or holds another key than the database was used with: then nothing must be served.
pub fn open(store: &Store, data_dir: &Path, named: Option<&Path>) -> Result<Vault, KeyError> {
    let known = store.read_blocking(|tx| Ok::<_, Failure>(settings::get(tx, SETTING)?))?;
    let path = named.map_or_else(|| data_dir.join(FILE), Path::to_owned);
    let key = match read(&path)? {
        Some(key) => key,
        None if named.is_some() => return Err(KeyError::NotThere(path)),
        None if known.is_some() => return Err(KeyError::Lost(path)),
        None => make(&path)?,
    };
    let print = fingerprint(&key);
    let known = match known {
        Some(known) => known,
        None => {
            let print = print.clone();
            store.housekeeping_blocking(move |tx| Ok(settings::keep_first(tx, SETTING, &print)?))?
        }
    };
    if known == print { Ok(Vault::with_key(&key)) } else { Err(KeyError::Another(path)) }
}

/// The key in a file, if there is one.
fn read(path: &Path) -> Result<Option<SecretBox<[u8; 32]>>, KeyError> {
    let failed = |why| KeyError::File(path.to_owned(), why);
    let file = match File::open(path) {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        found => found.map_err(failed)?,
    };
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let bytes = bytes.ok_or_else(|| KeyError::NoKey(path.to_owned()))?;
    Ok(Some(SecretBox::new(Box::new(bytes))))
}

/// Makes a key, on the disk before it is used, and readable for the server's user only.
fn make(path: &Path) -> Result<SecretBox<[u8; 32]>, KeyError> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|why| KeyError::Random(why.to_string()))?;
    let key = SecretBox::new(Box::new(bytes));
    let written = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", STANDARD.encode(key.expose_secret()))?;
        file.sync_all()?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    written().map_err(|why| KeyError::File(path.to_owned(), why))?;
    Ok(key)
}

/// By what the database knows a key again without having it.
fn fingerprint(key: &SecretBox<[u8; 32]>) -> String {
    let hash = Sha256::new().chain_update("countersign secrets key").chain_update(key.expose_secret()).finalize();
    STANDARD.encode(&hash[..12])
}

impl From<Error> for KeyError {
    fn from(why: Error) -> KeyError {
        KeyError::Store(Failure::Store(why))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use countersign_store::testing::on_both;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_a_database_takes_no_other() {
        on_both("vault_key", |store| {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join(FILE);
            let sealed = open(store, dir.path(), None).unwrap().seal("a", "secret").unwrap();
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            let again = open(store, dir.path(), None).unwrap();
            assert_eq!(again.open("a", &sealed).unwrap(), "secret");
            let (moved, none) = (dir.path().join("moved"), dir.path().join("none"));
            std::fs::rename(&path, &moved).unwrap();
            assert!(matches!(open(store, dir.path(), None), Err(KeyError::Lost(_))));
            assert!(!path.exists(), "no other key is made");
            assert!(matches!(open(store, dir.path(), Some(&none)), Err(KeyError::NotThere(_))));
            assert_eq!(open(store, dir.path(), Some(&moved)).unwrap().open("a", &sealed).unwrap(), "secret");
            std::fs::write(&none, STANDARD.encode([1u8; 32])).unwrap();
            assert!(matches!(open(store, dir.path(), Some(&none)), Err(KeyError::Another(_))));
            std::fs::write(&none, "short").unwrap();
            assert!(matches!(open(store, dir.path(), Some(&none)), Err(KeyError::NoKey(_))));
        });
    }
}
