//! Connections to PostgreSQL that are lost: before a commit, in it, and just after it.

use super::*;
use crate::Config;
use crate::testing::{Database, on_postgres};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

#[test]
fn a_connection_lost_before_the_commit_is_replaced_and_the_use_case_run_again() {
    on_postgres("lost_before", |store| {
        scratch(store);
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let done = write(store, move |tx| {
            let id = add(tx, 1, "a")?;
            if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                tx.query("SELECT pg_terminate_backend(pg_backend_pid())", &[], |_| Ok(()))?;
            }
            Ok(Ending::done(id, event(1)))
        });
        assert!(done.is_ok(), "{done:?}");
        assert_eq!((runs.load(Ordering::SeqCst), count(store), records(store)), (2, 1, 1));
    });
}

#[test]
fn reads_survive_a_restart_of_the_connection_too() {
    on_postgres("lost_read", |store| {
        let first = AtomicBool::new(true);
        let read = store.read_blocking(move |tx| {
            if first.swap(false, Ordering::SeqCst) {
                tx.query("SELECT pg_terminate_backend(pg_backend_pid())", &[], |_| Ok(()))?;
            }
            tx.query_one("SELECT COUNT(*) FROM settings", &[], |row| row.get::<i64>(0))
        });
        assert_eq!(read, Ok(0));
    });
}

/// A trigger that kills its own connection, once, when the transaction commits.
const KILL_ON_COMMIT: &str = "CREATE FUNCTION kill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('kills') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$";

fn kill_on_commit(store: &Store) {
    scratch(store);
    store
        .housekeeping_blocking(|tx| {
            tx.execute("CREATE SEQUENCE kills", &[])?;
            tx.execute(KILL_ON_COMMIT, &[])?;
            Ok(tx.execute(
                "CREATE CONSTRAINT TRIGGER kill AFTER INSERT ON scratch DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION kill()",
                &[],
            )?)
        })
        .unwrap();
}

#[test]
fn a_connection_lost_in_a_commit_that_failed_is_settled_by_running_again() {
    on_postgres("lost_in", |store| {
        kill_on_commit(store);
        let done = write(store, |tx| Ok(Ending::done(add(tx, 1, "a")?, event(1))));
        assert!(done.is_ok(), "{done:?}");
        assert_eq!((count(store), records(store)), (1, 1));
    });
}

#[test]
fn housekeeping_whose_commit_is_doubtful_is_not_run_again() {
    on_postgres("lost_housekeeping", |store| {
        kill_on_commit(store);
        let done = store.housekeeping_blocking(|tx| Ok(add(tx, 1, "a")?));
        assert!(matches!(done, Err(Failure::Store(Error::Unavailable(_)))), "{done:?}");
        assert_eq!(count(store), 0);
    });
}

#[test]
fn a_connection_lost_after_a_commit_that_happened_is_settled_by_its_key() {
    let database = Database::new("lost_after");
    let armed = Arc::new(AtomicBool::new(false));
    let url = proxy(database.url(), armed.clone());
    let store = Store::open(&Config::Postgres { url, threads: 1 }).unwrap();
    scratch(&store);
    armed.store(true, Ordering::SeqCst);
    let done = write(&store, |tx| Ok(Ending::done(add(tx, 1, "a")?, event(1))));
    assert_eq!(done, Ok(1));
    assert!(!armed.load(Ordering::SeqCst), "the answer to the commit was not lost");
    assert_eq!((count(&store), records(&store)), (1, 1));
    store.close();
}

#[test]
fn a_lock_that_is_not_had_in_time_leaves_the_connection_usable() {
    let database = Database::new("lock_timeout");
    let url = format!("{}?options=-c%20lock_timeout%3D50ms", database.url());
    let store = Store::open(&Config::Postgres { url, threads: 1 }).unwrap();
    let holder = Store::open(&Config::Postgres { url: database.url().into(), threads: 1 }).unwrap();
    let (held, freed) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    thread::scope(|scope| {
        let (reached, go_on) = (held.clone(), freed.clone());
        let holder = &holder;
        scope.spawn(move || {
            holder.write_blocking(by(1), NOW, Intent::Edit, move |_| {
                reached.wait();
                go_on.wait();
                Ok(Ending::Unchanged(()))
            })
        });
        held.wait();
        let late = write(&store, |_| Ok(Ending::Unchanged(())));
        assert!(matches!(late, Err(Failure::Store(Error::Unavailable(_)))), "{late:?}");
        assert_eq!(store.read_blocking(|_| Ok::<_, Error>(1)), Ok(1));
        freed.wait();
    });
    assert_eq!(write(&store, |_| Ok(Ending::Unchanged(2))), Ok(2));
    store.close();
    holder.close();
}

/// Stands between client and server; once armed, it swallows the answer to the next COMMIT and hangs up.
fn proxy(url: &str, armed: Arc<AtomicBool>) -> String {
    let (before, rest) = url.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = server.to_owned();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
            let doomed = Arc::new(AtomicBool::new(false));
            let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let (armed, doom) = (armed.clone(), doomed.clone());
            let commits = move |bytes: &[u8]| {
                if bytes.windows(7).any(|word| word == b"COMMIT\0") && armed.swap(false, Ordering::SeqCst) {
                    doom.store(true, Ordering::SeqCst);
                }
                true
            };
            thread::spawn(move || pump(from_client, to_server, commits));
            thread::spawn(move || pump(server, client, move |_| !doomed.load(Ordering::SeqCst)));
        }
    });
    format!("{before}@{address}/{database}")
}

/// Passes bytes on while `pass` says so, then closes both ends.
fn pump(mut from: TcpStream, mut to: TcpStream, pass: impl Fn(&[u8]) -> bool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !pass(&buffer[..length]) || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[test]
fn servers_that_cannot_be_used_are_refused_with_a_reason() {
    for (url, why) in [
        ("postgres://a@127.0.0.1:1/x", "cannot connect to PostgreSQL"),
        ("postgres://a@127.0.0.1/x?sslmode=require", "without TLS"),
        ("postgres://a@127.0.0.1/x?sslmode=verify-full", "without TLS"),
        ("host=127.0.0.1 nonsense", "not valid"),
    ] {
        match Store::open(&Config::postgres(url)) {
            Err(Error::Unavailable(text)) => assert!(text.contains(why), "{url}: {text}"),
            other => panic!("{url}: {:?}", other.map(drop)),
        }
    }
    let missing = Store::open(&Config::sqlite("/nonexistent/dir/file.db"));
    assert!(matches!(missing.map(drop), Err(Error::Unavailable(_))));
}
