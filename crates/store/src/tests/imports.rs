//! Fetches of projects' repositories: each is one server's at a time.

use super::races::project;
use super::*;
use crate::imports::{self, Claim, End, Import};
use countersign_domain::ids::ProjectId;
use countersign_domain::import::Status;

const MINUTE: i64 = 60 * 1000;

/// A mirror that is due.
fn mirror(store: &Store) -> Import {
    let project = ProjectId(project(store));
    let owner = store.read_blocking(|tx| tx.query_one("SELECT id FROM users", &[], |row| row.get(0))).unwrap();
    let import = Import {
        project,
        url: "https://git.example/a/b".into(),
        owner,
        mirror: true,
        credentials: Some(vec![0, 1, 255]),
        public_key: None,
        private_key: None,
        known_hosts: String::new(),
        status: Status::Scheduled,
        error: None,
        failures: 0,
        due_at: Some(NOW),
        attempt: 0,
        started_at: None,
        ended_at: None,
        succeeded_at: None,
    };
    save(store, &import, NOW);
    import
}

fn save(store: &Store, import: &Import, now: Timestamp) {
    let import = import.clone();
    store.housekeeping_blocking(move |tx| Ok(imports::save(tx, &import, now)?)).unwrap();
}

fn get(store: &Store, project: ProjectId) -> Option<Import> {
    store.read_blocking(move |tx| imports::get(tx, project)).unwrap()
}

fn claim(store: &Store, now: Timestamp) -> Vec<Claim> {
    store.housekeeping_blocking(move |tx| Ok(imports::claim(tx, 9, now, now.plus_ms(MINUTE))?)).unwrap()
}

fn end(store: &Store, claim: Claim, error: Option<&str>, now: Timestamp) {
    let error = error.map(str::to_owned);
    let end = End { failures: 1, known_hosts: "h".into(), due_at: Some(now.plus_ms(MINUTE)), error };
    store.housekeeping_blocking(move |tx| Ok(imports::end(tx, claim, &end, now)?)).unwrap();
}

#[test]
fn what_is_kept_of_an_import_reads_back_and_goes_with_the_project() {
    on_both("imports", |store| {
        let kept = mirror(store);
        assert_eq!(get(store, kept.project), Some(kept.clone()));
        let id = kept.project.0;
        assert_eq!(store.read_blocking(move |tx| imports::many(tx, &[id, 99])).unwrap(), std::slice::from_ref(&kept));
        let changed = Import { url: "ssh://git@git.example/a".into(), mirror: false, due_at: None, ..kept.clone() };
        save(store, &changed, NOW);
        assert_eq!(get(store, kept.project), Some(Import { attempt: 1, ..changed }));
        store.housekeeping_blocking(move |tx| Ok(crate::projects::delete(tx, kept.project)?)).unwrap();
        assert_eq!(get(store, kept.project), None);
    });
}

#[test]
fn a_fetch_is_taken_on_once_and_again_only_when_its_server_is_silent() {
    on_both("import_claims", |store| {
        let at = mirror(store).project;
        assert!(claim(store, NOW.plus_ms(-1)).is_empty(), "it is not due yet");
        let first = claim(store, NOW);
        assert_eq!(first, [Claim { project: at, attempt: 1 }]);
        assert!(claim(store, NOW).is_empty());
        let renewed = store.housekeeping_blocking({
            let first = first[0];
            move |tx| Ok(imports::renew(tx, first, NOW.plus_ms(3 * MINUTE))?)
        });
        assert!(renewed.unwrap());
        assert!(claim(store, NOW.plus_ms(2 * MINUTE)).is_empty());
        let second = claim(store, NOW.plus_ms(3 * MINUTE));
        assert_eq!(second, [Claim { project: at, attempt: 2 }]);
        // The first server wakes up: nothing of it counts any more.
        end(store, first[0], Some("late"), NOW);
        assert_eq!(get(store, at).unwrap().status, Status::Started);
        end(store, second[0], None, NOW.plus_ms(MINUTE));
        let ended = get(store, at).unwrap();
        assert_eq!((ended.status, ended.succeeded_at), (Status::Finished, Some(NOW.plus_ms(MINUTE))));
        assert_eq!((ended.due_at, ended.known_hosts.as_str()), (Some(NOW.plus_ms(2 * MINUTE)), "h"));
        let third = claim(store, NOW.plus_ms(2 * MINUTE));
        end(store, third[0], Some("why"), NOW.plus_ms(2 * MINUTE));
        let failed = get(store, at).unwrap();
        assert_eq!((failed.status, failed.error.as_deref(), failed.failures), (Status::Failed, Some("why"), 1));
        assert_eq!(failed.succeeded_at, Some(NOW.plus_ms(MINUTE)), "when it last went well stays known");
    });
}

#[test]
fn a_change_ends_what_was_taken_on_before_it() {
    on_both("import_changes", |store| {
        let kept = mirror(store);
        let before = claim(store, NOW)[0];
        save(store, &kept, NOW);
        end(store, before, Some("of another address"), NOW);
        assert_eq!(get(store, kept.project).unwrap().status, Status::Scheduled);
        let again = claim(store, NOW)[0];
        assert_ne!(again, before);
    });
}

#[test]
fn of_many_servers_one_takes_a_fetch_on() {
    on_both("import_races", |store| {
        mirror(store);
        let claims: Vec<_> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..8).map(|_| scope.spawn(|| claim(store, NOW).len())).collect();
            tries.into_iter().map(|tried| tried.join().unwrap()).collect()
        });
        assert_eq!(claims.iter().sum::<usize>(), 1);
    });
}
