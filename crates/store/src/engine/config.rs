//! Which database to use, and with how many threads.

use std::path::PathBuf;
use std::thread;

/// How many threads talk to PostgreSQL unless told otherwise: one connection each.
const POSTGRES_THREADS: usize = 8;

/// Which database to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Config {
    /// The embedded database.
    Sqlite {
        /// Its file; made if it is missing.
        path: PathBuf,
        /// Threads for lists, counts and exports.
        readers: usize,
    },
    /// A PostgreSQL server.
    Postgres {
        /// `postgres://user:password@host:port/database`, or `key=value` pairs.
        url: String,
        /// Threads, each with one connection.
        threads: usize,
    },
}

impl Config {
    /// The embedded database in that file, with as many readers as fit the machine.
    pub fn sqlite(path: impl Into<PathBuf>) -> Config {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Config::Sqlite { path: path.into(), readers: cores.clamp(2, 8) }
    }

    /// That PostgreSQL database, with the usual number of connections.
    pub fn postgres(url: impl Into<String>) -> Config {
        Config::Postgres { url: url.into(), threads: POSTGRES_THREADS }
    }
}
