//! PostgreSQL databases for tests, cloned from one template with all tables.

use crate::engine::postgres::{TEMPLATE_LOCK, config, connect, error, on_own_thread};
use crate::error::{Error, Result};
use crate::migrate::MIGRATIONS;
use ::postgres::Client;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The variable that names the server.
const VARIABLE: &str = "COUNTERSIGN_TEST_POSTGRES";

/// A PostgreSQL database that is dropped with this value.
pub struct Database {
    name: String,
    url: String,
}

impl Database {
    /// A new database with all tables and no rows, whose name contains `name`.
    ///
    /// # Panics
    /// Without a PostgreSQL server for tests.
    pub fn new(name: &str) -> Database {
        let server = server();
        let name = unique(name);
        on_own_thread(|| {
            let mut client = connect(&config(&server)?)?;
            let template = template(&mut client, &server)?;
            run(&mut client, &format!("CREATE DATABASE {name} TEMPLATE {template}"))
        })
        .unwrap_or_else(|error| panic!("a database for a test on {VARIABLE}={server}: {error}"));
        Database { url: with_database(&server, &name), name }
    }

    /// Its connection string.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = &self.name;
        // A database left behind harms nobody: the server is thrown away too.
        let _ = on_own_thread(|| {
            let mut client = connect(&config(&server())?)?;
            run(&mut client, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        });
    }
}

fn server() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!(
            "{VARIABLE} is not set: tests run on both engines. Run them beside a private PostgreSQL server with \
             `scripts/with-postgres cargo test …`, or name a server that they may make databases on, for example \
             postgres://postgres@127.0.0.1:5432/postgres"
        )
    })
}

/// The template for these migrations; made by whoever needs it first.
fn template(client: &mut Client, server: &str) -> Result<String> {
    let mut hash = Sha256::new();
    MIGRATIONS.iter().for_each(|migration| hash.update(migration.postgres));
    let mut name = "countersign_template_".to_owned();
    for byte in hash.finalize().iter().take(8) {
        let _ = write!(name, "{byte:02x}");
    }
    run(client, &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"))?;
    let made = make_template(client, server, &name);
    run(client, &format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})"))?;
    made.map(|()| name)
}

fn make_template(client: &mut Client, server: &str, name: &str) -> Result<()> {
    let found = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).map_err(error)?;
    if found.is_some() {
        return Ok(());
    }
    // Named only when it is whole, so that one whose making was interrupted is never used.
    let draft = format!("{name}_draft");
    run(client, &format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)"))?;
    run(client, &format!("CREATE DATABASE {draft} TEMPLATE template0"))?;
    crate::migrate::postgres(&mut connect(&config(&with_database(server, &draft))?)?)?;
    run(client, &format!("ALTER DATABASE {draft} RENAME TO {name}"))
}

fn run(client: &mut Client, sql: &str) -> Result<()> {
    client.batch_execute(sql).map_err(error)
}

/// `name`, reduced to what a database may be called, with a random ending.
fn unique(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let key = crate::audit::new_key().unwrap_or_else(|e: Error| panic!("{e}"));
    format!("t_{plain:.30}_{key:.12}")
}

/// The same connection string with another database: in a URL the path, in pairs one more pair.
fn with_database(server: &str, name: &str) -> String {
    let Some((scheme, rest)) = server.split_once("://") else {
        return format!("{server} dbname={name}");
    };
    let (location, query) = rest.split_once('?').map_or((rest, String::new()), |(l, q)| (l, format!("?{q}")));
    let host = location.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{name}{query}")
}
