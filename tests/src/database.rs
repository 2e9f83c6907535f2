//! Fresh databases of the PostgreSQL server that the tests were given.

use postgres::{Client, NoTls};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the names of the databases begin with; the test's process id and a number follow.
const PREFIX: &str = "countersign_black_box_";

/// The server to test on, if one was given.
pub fn server() -> Option<String> {
    std::env::var("COUNTERSIGN_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// What a query of one number answers in the database that [`create`] made.
pub fn rows(url: &str, query: &'static str, number: i64) -> Vec<postgres::Row> {
    ask(url, move |client| client.query(query, &[&number]).expect("the database can be read"))
}

/// Runs a statement in the database that [`create`] made.
pub fn run(url: &str, sql: &str) {
    let sql = sql.to_owned();
    ask(url, move |client| client.batch_execute(&sql).expect("the database can be changed"));
}

/// Creates a database and returns its URL. Databases of earlier tests that did not clear up are dropped first.
pub fn create() -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = format!("{PREFIX}{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let server = server().expect("COUNTERSIGN_TEST_POSTGRES");
    let created = name.clone();
    ask(&server, move |client| {
        for old in leftovers(client) {
            // Somebody else may be dropping it as well.
            let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {old} WITH (FORCE)"));
        }
        client.batch_execute(&format!("CREATE DATABASE {created}")).expect("a database can be created");
    });
    let (base, _) = server.rsplit_once('/').expect("postgres://…/database");
    format!("{base}/{name}")
}

/// Drops the database that [`create`] made.
pub fn drop(url: &str) {
    let name = url.rsplit_once('/').expect("postgres://…/database").1.to_owned();
    ask(&server().expect("COUNTERSIGN_TEST_POSTGRES"), move |client| {
        let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    });
}

fn leftovers(client: &mut Client) -> Vec<String> {
    let rows = client.query("SELECT datname FROM pg_database", &[]).expect("databases can be listed");
    let names = rows.iter().map(|row| row.get::<_, String>(0));
    names.filter(|name| name.strip_prefix(PREFIX).is_some_and(|rest| !is_alive(rest))).collect()
}

fn is_alive(rest: &str) -> bool {
    rest.split_once('_').is_some_and(|(pid, _)| Path::new("/proc").join(pid).exists())
}

/// Runs on a thread of its own: the driver must not be used inside an asynchronous runtime.
fn ask<T: Send + 'static>(url: &str, work: impl FnOnce(&mut Client) -> T + Send + 'static) -> T {
    let url = url.to_owned();
    let thread = std::thread::spawn(move || {
        let mut client = Client::connect(&url, NoTls).expect("the database server can be reached");
        work(&mut client)
    });
    thread.join().expect("the database was asked")
}
