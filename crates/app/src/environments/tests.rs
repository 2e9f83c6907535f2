//! What time does to environments, and what the audit keeps of their changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests end where they fail")]

use super::*;
use crate::deployments::{self, Known, NewDeployment};
use crate::fixture::{NOW, World, code, id as id_of, in_project};
use crate::members;
use crate::protections::{self, Target};
use countersign_domain::access::{Level, Via};
use countersign_domain::deployment::Report;
use countersign_domain::environment::{AutoStop, State, Tier};
use countersign_domain::ids::{JobId, ProjectId};
use countersign_domain::protection::{NewEntry, NewProtection};
use countersign_store::Store;
use countersign_store::testing::on_both;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Days before now.
fn ago(days: i64) -> Timestamp {
    NOW.plus_ms(-days * DAY)
}

struct Place<'s> {
    world: World<'s>,
    project: ProjectId,
    ann: Actor,
}

impl<'s> Place<'s> {
    fn new(store: &'s Store) -> Place<'s> {
        let world = World::new(store);
        let (ann, group) = (world.user("ann"), world.group(&world.root, "ops", None));
        let project = world.project(&world.root, "web", Some(group));
        world.join(&in_project(project), &ann, Level::Maintainer);
        Place { world, project, ann }
    }

    fn at(&self) -> Ref {
        Ref::Id(self.project.0)
    }

    fn create(&self, name: &str, when: Timestamp) -> EnvironmentId {
        let new =
            NewEnvironment { name: name.into(), tier: None, external_url: None, description: None, auto_stop: None };
        let at = self.at();
        self.world.write(&self.ann, move |tx, actor| create(tx, actor, &at, &new, when)).unwrap().id
    }

    fn deploy(&self, environment: &str, status: Report, when: Timestamp) {
        let (environment, sha, ref_name) = (environment.to_owned(), "a".repeat(40), "main".to_owned());
        let new = NewDeployment { environment, sha, ref_name, tag: false, status };
        let known = Known { ref_name: true, commit_there: true, commit: None };
        let at = self.at();
        let job = move |tx: &mut Tx<'_>, actor: &Actor| deployments::create(tx, actor, &at, &new, &known, when);
        self.world.write(&self.ann, job).unwrap();
    }

    fn protect(&self, name: &str) {
        let entry = NewEntry { access_level: Some(40), ..NewEntry::default() };
        let asked = NewProtection { name: Some(name.into()), deploy: Some(vec![entry]), ..NewProtection::default() };
        let target = Target::Project(self.at());
        self.world.write(&self.ann, move |tx, actor| protections::protect(tx, actor, &target, &asked, NOW)).unwrap();
    }

    fn names(&self, state: State) -> Vec<String> {
        let (at, search) = (self.at(), Search { state: Some(state), ..Search::default() });
        let all = self.world.read(&self.ann, move |tx, actor| list(tx, actor, &at, &search, NOW)).unwrap();
        all.into_iter().map(|e| e.name).collect()
    }

    fn last_record(&self) -> (String, String, String) {
        let last = |tx: &mut Tx<'_>, _: &Actor| {
            let sql = "SELECT code, before, after FROM audit_events ORDER BY id DESC LIMIT 1";
            Ok(tx.query_one(sql, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
        };
        self.world.read(&self.ann, last).unwrap()
    }
}

#[test]
fn stale_environments_stop_but_not_protected_or_busy_ones() {
    on_both("stale", |store| {
        let place = Place::new(store);
        for name in ["old", "guarded", "busy", "used", "waiting"] {
            place.create(name, ago(30));
        }
        place.create("young", ago(3));
        place.deploy("busy", Report::Running, ago(20));
        place.deploy("waiting", Report::Created, ago(20));
        place.deploy("used", Report::Failed, ago(5));
        place.deploy("old", Report::Failed, ago(25));
        place.protect("guarded");
        let (at, bob) = (place.at(), place.world.user("bob"));
        place.world.join(&in_project(place.project), &bob, Level::Developer);
        let stale = |by: &Actor, before: Timestamp| {
            let at = at.clone();
            place.world.write(by, move |tx, actor| stop_stale(tx, actor, &at, before, NOW))
        };
        assert_eq!(code(stale(&place.ann, ago(6))), "environment.invalid_date");
        assert_eq!(code(stale(&bob, ago(10))), "access.role");
        stale(&place.ann, ago(10)).unwrap();
        assert_eq!(place.names(State::Stopped), ["old"]);
        stale(&place.ann, ago(10)).unwrap();
        assert_eq!(place.names(State::Available), ["busy", "guarded", "used", "waiting", "young"]);
        assert_eq!(place.last_record().0, "environment.stopped");
    });
}

#[test]
fn left_over_reviews_go_oldest_first() {
    on_both("reviews", |store| {
        let place = Place::new(store);
        let at = place.at();
        for (name, days) in [("review/b", 40), ("review/a", 50), ("review/young", 29), ("Review/c", 60)] {
            let (id, at) = (place.create(name, ago(days)), at.clone());
            place.world.write(&place.ann, move |tx, actor| stop(tx, actor, &at, (id, false), ago(1))).unwrap();
        }
        place.create("review/on", ago(60));
        let clear = |limit: i64, dry_run: bool| {
            let (at, asked) = (at.clone(), Reviews { before: ago(30), limit, dry_run });
            let done = place.world.write(&place.ann, move |tx, actor| clear_reviews(tx, actor, &at, &asked, NOW));
            done.unwrap().gone.into_iter().map(|e| e.name).collect::<Vec<_>>()
        };
        assert_eq!(clear(100, true), ["review/a", "review/b"]);
        assert_eq!(clear(1, false), ["review/a"]);
        assert_eq!(place.last_record().0, "environment.deleted");
        assert_eq!(clear(100, false), ["review/b"]);
        assert_eq!(clear(100, false), Vec::<String>::new());
        assert_eq!(place.names(State::Stopped), ["Review/c", "review/young"]);
    });
}

#[test]
fn a_change_is_recorded_with_what_was_before() {
    on_both("change", |store| {
        let place = Place::new(store);
        let (id, at) = (place.create("box", ago(3)), place.at());
        let changes = Changes {
            external_url: Some(Some("http://box.example".into())),
            auto_stop: Some(AutoStop::WithAction),
            ..Changes::default()
        };
        let change = move |tx: &mut Tx<'_>, actor: &Actor| update(tx, actor, &at, id, &changes, NOW);
        let after = place.world.write(&place.ann, change.clone()).unwrap();
        assert_eq!((after.updated_at, after.created_at), (NOW, ago(3)));
        let (code, before, after) = place.last_record();
        assert_eq!(code, "environment.updated");
        assert!(before.contains("\"external_url\":null") && before.contains("always"), "{before}");
        assert!(after.contains("http://box.example") && after.contains("with_action"), "{after}");
        let count = |tx: &mut Tx<'_>, _: &Actor| {
            Ok(tx.query_one("SELECT count(*) FROM audit_events", &[], |row| row.get::<i64>(0))?)
        };
        let records = place.world.read(&place.ann, count).unwrap();
        place.world.write(&place.ann, change).unwrap();
        assert_eq!(place.world.read(&place.ann, count).unwrap(), records);
    });
}

#[test]
fn the_power_of_an_administrator_to_store_a_tier_does_not_reach_through_a_job() {
    on_both("tier_by_job", |store| {
        let place = Place::new(store);
        let root = place.world.root.clone();
        let ops = protections::Target::Group(Ref::Path("ops".into()), Level::Maintainer);
        place.world.join(&members::Target::Group(Ref::Path("ops".into())), &place.ann, Level::Maintainer);
        let entry = NewEntry { user_id: Some(id_of(&place.ann).0), ..NewEntry::default() };
        let asked =
            NewProtection { name: Some("production".into()), deploy: Some(vec![entry]), ..NewProtection::default() };
        place.world.write(&root, move |tx, actor| protections::protect(tx, actor, &ops, &asked, NOW)).unwrap();
        let by_job = Actor { via: Via::Job(JobId(1), place.project), ..root.clone() };
        let make = |by: &Actor, name: &str| {
            let (name, tier, at) = (name.to_owned(), Some(Tier::Development), place.at());
            let new = NewEnvironment { name, tier, external_url: None, description: None, auto_stop: None };
            place.world.write(by, move |tx, actor| create(tx, actor, &at, &new, NOW))
        };
        assert_eq!(code(make(&by_job, "production")), "environment.tier_protected");
        make(&by_job, "review/a").unwrap();
        assert_eq!(make(&root, "production").unwrap().tier, Tier::Development);
        let id = place.create("box", NOW);
        let change = |by: &Actor| {
            let (at, asked) = (place.at(), Changes { tier: Some(Tier::Production), ..Changes::default() });
            place.world.write(by, move |tx, actor| update(tx, actor, &at, id, &asked, NOW))
        };
        assert_eq!(code(change(&by_job)), "environment.tier_protected");
        assert_eq!(change(&root).unwrap().tier, Tier::Production);
    });
}
