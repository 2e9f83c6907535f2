//! Pushes are followed once, however they become known.

use super::{Actor, DEPLOY, Level, NOW, Site, on_both, wait};
use crate::fixture::{id, in_project};
use crate::git::{GitSettings, Push, RefUpdate, Repositories};
use crate::git_access::{self, PushVerdict};
use crate::{Failure, Tx, members, push, users};
use countersign_domain::event::{By, Code, Event, Subject};
use countersign_domain::ids::TokenId;
use countersign_domain::outcome::Ending;
use countersign_domain::protected_ref::Named;
use countersign_domain::user::Change;
use countersign_store::LockTable;
use countersign_store::testing::at_once;
use std::time::Duration;

fn update(old: &str, new: &str) -> RefUpdate {
    RefUpdate { old: old.into(), new: new.into(), name: "refs/heads/main".into() }
}

#[test]
fn a_push_seen_twice_makes_one_pipeline() {
    on_both("pushing_twice", |store| {
        let site = Site::new(store);
        let one = site.try_commit(&site.developer, "main", DEPLOY).unwrap();
        let first = site.newest().unwrap();
        let seen = Push {
            file: site.app.config.data_dir.join("spool/none"),
            project: site.project.0,
            by: site.developer.by.clone(),
            updates: vec![update(crate::git::NO_OBJECT, &one)],
        };
        assert_eq!(push::follow(&site.app, site.project, &seen.by, &seen.updates).unwrap(), []);
        push::recover_pushes(&site.app).unwrap();
        assert_eq!(site.newest().unwrap().id, first.id);
    });
}

#[test]
fn pushes_followed_out_of_order_each_make_a_pipeline_and_the_ledger_ends_right() {
    on_both("pushing_order", |store| {
        let site = Site::new(store);
        let one = site.try_commit(&site.developer, "main", DEPLOY).unwrap();
        // Two more commits that nobody has followed yet.
        let (two, three) = (raw(&site, "two"), raw(&site, "three"));
        let by = &site.developer.by;
        let follow = |old: &str, new: &str| push::follow(&site.app, site.project, by, &[update(old, new)]).unwrap();
        assert_eq!(follow(&two, &three).len(), 1);
        assert_eq!(follow(&one, &two).len(), 1);
        assert_eq!(follow(&one, &two).len(), 0);
        assert_eq!(follow(&two, &three).len(), 0);
        push::recover_pushes(&site.app).unwrap();
        assert_eq!(site.newest().unwrap().iid, 3);
    });
}

#[test]
fn a_push_that_was_followed_and_taken_back_since_it_was_listed_is_not_followed_again() {
    on_both("pushing_listed", |store| {
        let site = Site::new(store);
        let (by, repositories) = (&site.developer.by, &site.app.repositories);
        let one = site.try_commit(&site.developer, "main", DEPLOY).unwrap();
        let two = raw(&site, "two");
        let moved = repositories.spool_intend("listed", by, site.project.0, &[update(&one, &two)]).unwrap();
        repositories.spool_confirm(moved).unwrap();
        let listed = repositories.spool_entries().unwrap();
        assert_eq!(push::settle(&site.app, &listed[0]).unwrap().len(), 1);
        assert_eq!(push::follow(&site.app, site.project, by, &[update(&two, &one)]).unwrap().len(), 1);
        assert_eq!(push::settle(&site.app, &listed[0]).unwrap(), []);
        assert_eq!(site.newest().unwrap().iid, 3);
        // Who pushes the same once more means it.
        assert_eq!(push::follow(&site.app, site.project, by, &[update(&one, &two)]).unwrap().len(), 1);
    });
}

#[test]
fn a_push_that_another_server_is_following_is_followed_once() {
    on_both("pushing_servers", |store| {
        let site = Site::new(store);
        let (project, one) = (site.project, site.try_commit(&site.developer, "main", DEPLOY).unwrap());
        let two = raw(&site, "two");
        let moved = update(&one, &two);
        let other = move |tx: &mut Tx<'_>| {
            tx.lock_row(LockTable::Projects, project.0)?;
            countersign_store::refs::set(tx, project, "refs/heads/main", Some(&two))?;
            Ok(Ending::done((), Event::new(Code::RefUpdated, Subject::of_project("Project", project.0, project))))
        };
        let follow = || push::follow(&site.app, project, &site.developer.by, &[moved]).unwrap();
        let (ended, made) = at_once(&site.app.store, NOW, other, follow);
        ended.unwrap();
        assert_eq!(made, []);
    });
}

/// A commit of one more file, made by git alone.
fn raw(site: &Site<'_>, file: &str) -> String {
    site.app.repositories.commit_actions(site.project.0, &adding(file, None)).unwrap().sha
}

/// A change of the configuration, made by git alone.
fn unseen() -> crate::git::CommitRequest {
    adding(".gitlab-ci.yml", Some(DEPLOY))
}

fn adding(file: &str, content: Option<&str>) -> crate::git::CommitRequest {
    let person = crate::git::Person { name: "x".into(), email: "x@y".into() };
    crate::git::CommitRequest {
        branch: "main".into(),
        start: None,
        message: "unseen".into(),
        author: person.clone(),
        committer: person,
        at: 0,
        actions: vec![crate::git::Action {
            kind: crate::git::ActionKind::Create,
            file_path: file.into(),
            previous_path: None,
            content: content.map(Into::into),
            execute_filemode: None,
            last_commit_id: None,
        }],
    }
}

#[test]
fn what_nobody_recorded_is_noted_at_a_start_and_begins_no_pipeline() {
    on_both("pushing_missed", |store| {
        let site = Site::new(store);
        let made = site.app.repositories.commit_actions(site.project.0, &unseen()).unwrap();
        push::recover_pushes(&site.app).unwrap();
        assert!(site.newest().is_none());
        let project = site.project;
        let known = move |tx: &mut Tx<'_>| Ok::<_, Failure>(countersign_store::refs::get(tx, project, &made.ref_name)?);
        assert_eq!(site.app.store.read_blocking(known).unwrap(), Some(made.sha));
    });
}

#[test]
fn a_commit_cut_short_after_its_ref_moved_is_followed_as_its_committer() {
    on_both("pushing_cut", |store| {
        let site = Site::new(store);
        let (project, user, repositories) = (site.project.0, id(&site.developer), &site.app.repositories);
        let by = &site.developer.by;
        let intend =
            |update: &RefUpdate| repositories.spool_intend("cut", by, project, std::slice::from_ref(update)).map(drop);
        let made = repositories.commit_announced(project, &unseen(), intend).unwrap();
        push::settle_spool(&site.app).unwrap();
        assert!(site.newest().is_none());
        push::recover_pushes(&site.app).unwrap();
        push::recover_pushes(&site.app).unwrap();
        let pipeline = site.newest().unwrap();
        assert_eq!((pipeline.iid, pipeline.user_id, pipeline.sha), (1, Some(user), made.sha));
        assert_eq!(repositories.spool_intents().unwrap(), []);
    });
}

#[test]
fn a_commit_cut_short_before_its_ref_moved_is_forgotten() {
    on_both("pushing_unmoved", |store| {
        let site = Site::new(store);
        site.commit(&site.developer, DEPLOY);
        let (project, repositories) = (site.project.0, &site.app.repositories);
        let tip = site.newest().unwrap().sha;
        let moved = update(&tip, &"1".repeat(40));
        let cut = repositories.spool_intend("cut", &site.developer.by, project, &[moved]).unwrap();
        // Perhaps it is another server's, which is at it.
        push::recover_pushes(&site.app).unwrap();
        assert_eq!(repositories.spool_intents().unwrap(), std::slice::from_ref(&cut));
        let written = std::fs::metadata(&cut.file).unwrap().modified().unwrap();
        let file = std::fs::File::options().write(true).open(&cut.file).unwrap();
        file.set_modified(written - Duration::from_secs(3601)).unwrap();
        push::recover_pushes(&site.app).unwrap();
        assert_eq!(repositories.spool_intents().unwrap(), []);
        assert_eq!(site.newest().unwrap().iid, 1);
    });
}

#[test]
fn a_deleted_branch_leaves_the_ledger_and_the_pipelines_commit_stays() {
    on_both("pushing_deleted", |store| {
        let site = Site::new(store);
        site.commit(&site.developer, DEPLOY);
        let sha = site.newest().unwrap().sha;
        let gone = update(&sha, crate::git::NO_OBJECT);
        let path = site.app.repositories.path(site.project.0);
        std::fs::remove_file(path.join("refs/heads/main")).unwrap();
        assert_eq!(push::follow(&site.app, site.project, &By::default(), &[gone]).unwrap(), []);
        push::recover_pushes(&site.app).unwrap();
        assert_eq!(site.newest().unwrap().iid, 1);
        assert!(site.app.repositories.commit(site.project.0, &sha).unwrap().is_some());
    });
}

/// A commit that no git client makes but any can push, on the branch `main`: its id.
fn forge(site: &Site<'_>, message: &[u8]) -> String {
    let tree = site.app.repositories.commit_actions(site.project.0, &unseen()).unwrap();
    let tree = site.app.repositories.ask(site.project.0, "rev-parse", &[&format!("{}^{{tree}}", tree.sha)]).unwrap();
    let tree = String::from_utf8(tree).unwrap();
    let head = format!("tree {}\nauthor A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n\n", tree.trim());
    let object = [head.as_bytes(), message].concat();
    let arguments = ["-t", "commit", "-w", "--stdin", "--literally"];
    let sha = site.app.repositories.ask_with(site.project.0, "hash-object", &arguments, &object).unwrap();
    let sha = String::from_utf8(sha).unwrap().trim().to_owned();
    site.app.repositories.ask(site.project.0, "update-ref", &["refs/heads/main", &sha]).unwrap();
    sha
}

/// What the hook would have written of a push of `main` to that commit.
fn record(site: &Site<'_>, project: i64, sha: &str) -> std::path::PathBuf {
    let (by, old) = (serde_json::to_string(&site.developer.by).unwrap(), crate::git::NO_OBJECT);
    let text = format!("project {project}\nby {by}\n{old} {sha} refs/heads/main\nend\n");
    let file = site.app.config.data_dir.join(format!("spool/{project}-forged"));
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn a_message_with_nul_bytes_and_without_end_is_kept_as_far_as_it_goes() {
    on_both("pushing_nul", |store| {
        let site = Site::new(store);
        let sha = forge(&site, &[b"Ti\0tle\n\n".as_slice(), &vec![b'x'; 1 << 20]].concat());
        record(&site, site.project.0, &sha);
        push::settle_spool(&site.app).unwrap();
        assert_eq!(site.app.repositories.spool_entries().unwrap(), []);
        assert_eq!(site.newest().unwrap().sha, sha);
        let project = site.project;
        let kept = move |tx: &mut Tx<'_>| Ok::<_, Failure>(countersign_store::commits::get(tx, project, &sha)?);
        let kept = site.app.store.read_blocking(kept).unwrap().unwrap();
        assert_eq!((kept.title.as_str(), kept.message.len()), ("Title", 64 * 1024));
    });
}

#[test]
fn a_commit_too_large_to_be_read_begins_no_pipeline_and_leaves_the_spool() {
    on_both("pushing_large", |store| {
        let mut site = Site::new(store);
        let sha = forge(&site, &vec![b'x'; 200_000]);
        let settings = GitSettings { output_limit: 100_000, ..GitSettings::default() };
        site.app.repositories = Repositories::new(&site.app.config.data_dir, settings).unwrap();
        record(&site, site.project.0, &sha);
        push::settle_spool(&site.app).unwrap();
        assert_eq!(site.app.repositories.spool_entries().unwrap(), []);
        assert!(site.newest().is_none());
        let (project, name) = (site.project, "refs/heads/main");
        let known = move |tx: &mut Tx<'_>| Ok::<_, Failure>(countersign_store::refs::get(tx, project, name)?);
        assert_eq!(site.app.store.read_blocking(known).unwrap(), Some(sha));
    });
}

#[test]
fn nul_bytes_in_the_configuration_keep_no_push_in_the_spool() {
    on_both("pushing_yaml_nul", |store| {
        let site = Site::new(store);
        let parts = [
            "\"a\\0\": {script: x}",
            "a: {script: x, tags: [\"t\\0\"]}",
            "a: {script: x, stage: \"s\\0\"}",
            "a: {script: \"x\\0\", variables: {V: \"v\\0\"}}",
            "a: {script: x, environment: {name: production, url: \"https://e.example/\\0\"}}",
            "a: {script: x, environment: {name: \"p\\0\"}}",
            "a: {script: x, nonsense: \"\\0\"}",
            "variables: {V: \"\\0\"}\na: {script: x, environment: {name: p, url: \"https://e.example/$V\"}}",
        ];
        for yaml in parts {
            site.try_commit(&site.developer, "main", yaml).unwrap_or_else(|why| panic!("{yaml}: {why}"));
        }
        assert_eq!(site.app.repositories.spool_entries().unwrap(), []);
    });
}

#[test]
fn the_worker_follows_each_projects_pushes_for_itself() {
    on_both("pushing_worker", |store| {
        let mut site = Site::new(store);
        let slow = site.world.project(&site.maintainer, "slow", None);
        site.app.repositories.create(slow.0, "main").unwrap();
        let sha = forge(&site, b"Fast");
        record(&site, slow.0, &"1".repeat(40));
        record(&site, site.project.0, &sha);
        // Git takes for ever, but only in the other project.
        let script = site.app.config.data_dir.join("git");
        let text = format!("#!/bin/sh\ncase \"$*\" in */{}.git*) exec sleep 20;; esac\nexec git \"$@\"\n", slow.0);
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let settings = GitSettings { program: script, time_limit: Duration::from_secs(5), ..GitSettings::default() };
        site.app.repositories = Repositories::new(&site.app.config.data_dir, settings).unwrap();
        let (project, world_store) = (site.project, site.app.store.clone());
        let app = std::sync::Arc::new(site.app);
        let begun = Duration::from_secs(4);
        let found = wait(async move {
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let worker = tokio::spawn(crate::worker::work(std::sync::Arc::clone(&app), async { drop(stopped.await) }));
            let filter = move |tx: &mut Tx<'_>| Ok::<_, Failure>(countersign_store::refs::has_branches(tx, project)?);
            let look = async {
                while !world_store.read(filter).await.unwrap() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let found = tokio::time::timeout(begun, look).await;
            drop(stop);
            worker.await.unwrap();
            found
        });
        assert!(found.is_ok(), "one project's push waits for another's");
    });
}

#[test]
fn a_push_is_judged_by_the_rights_that_hold_when_it_is() {
    on_both("pushing_rights", |store| {
        let site = Site::new(store);
        let project = site.project;
        let judged_of = |who: &Actor| {
            let updates = [update(crate::git::NO_OBJECT, &"1".repeat(40))];
            match git_access::judge(&site.app, who, project, &updates) {
                PushVerdict::Accepted { .. } => "accepted".to_owned(),
                PushVerdict::Refused(reasons) => {
                    reasons.into_iter().map(|(name, why)| format!("{name} {why}")).collect()
                }
            }
        };
        let judged = || judged_of(&site.developer);
        assert_eq!(judged(), "accepted");
        let ended = Actor { by: By { token: Some(TokenId(99)), ..By::default() }, ..site.developer.clone() };
        assert!(judged_of(&ended).contains("Your token or your account ended"), "{}", judged_of(&ended));
        let (target, developer) = (in_project(project), id(&site.developer));
        let remove = move |tx: &mut Tx<'_>, by: &Actor| members::remove(tx, by, &target, developer, false, NOW);
        site.write(&site.maintainer, remove).unwrap();
        assert!(judged().starts_with("refs/heads/main You may not push"), "{}", judged());
        site.world.join(&in_project(project), &site.developer, Level::Developer);
        assert_eq!(judged(), "accepted");
        let block = move |tx: &mut Tx<'_>, by: &Actor| users::change_state(tx, by, developer, Change::Block, NOW);
        site.write(&site.world.root, block).unwrap();
        assert!(judged().starts_with("refs/heads/main "), "{}", judged());
    });
}

#[test]
fn the_first_branch_becomes_the_default_one_unless_that_came_with_it() {
    on_both("pushing_default", |store| {
        let site = Site::new(store);
        let project = site.project;
        let default = || {
            let get = move |tx: &mut Tx<'_>| Ok::<_, Failure>(countersign_store::projects::get(tx, project)?);
            site.app.store.read_blocking(get).unwrap().unwrap().default_branch
        };
        site.try_commit(&site.developer, "trunk", DEPLOY).unwrap();
        assert_eq!(default(), "trunk");
        let head = site.app.repositories.path(project.0).join("HEAD");
        assert_eq!(std::fs::read_to_string(head).unwrap().trim(), "ref: refs/heads/trunk");
        let rules = move |tx: &mut Tx<'_>| Ok::<_, Failure>(countersign_store::protected_refs::rules(tx, project)?);
        assert!(store.read_blocking(rules).unwrap().protects(Named::branch("trunk")));
        let made = site.app.repositories.commit_actions(
            project.0,
            &crate::git::CommitRequest {
                start: Some(crate::git::Start::Branch("trunk".into())),
                ..adding("more", None)
            },
        );
        let moved = update(crate::git::NO_OBJECT, &made.unwrap().sha);
        push::follow(&site.app, project, &site.developer.by, &[moved]).unwrap();
        assert_eq!(default(), "trunk");
    });
}

#[test]
fn the_default_branch_that_comes_second_in_one_push_stays_the_default() {
    on_both("pushing_both", |store| {
        let site = Site::new(store);
        let project = site.project;
        let sha = forge(&site, b"Both");
        site.app.repositories.ask(project.0, "update-ref", &["refs/heads/dev", &sha]).unwrap();
        let dev = RefUpdate { name: "refs/heads/dev".into(), ..update(crate::git::NO_OBJECT, &sha) };
        let both = [dev, update(crate::git::NO_OBJECT, &sha)];
        push::follow(&site.app, project, &site.developer.by, &both).unwrap();
        let get = move |tx: &mut Tx<'_>| Ok::<_, Failure>(countersign_store::projects::get(tx, project)?);
        assert_eq!(site.app.store.read_blocking(get).unwrap().unwrap().default_branch, "main");
    });
}

#[test]
fn the_first_commit_of_a_project_is_in_the_spool_until_it_was_followed() {
    on_both("pushing_readme", |store| {
        let site = Site::new(store);
        let (project, user) = (site.project, id(&site.maintainer));
        let read = move |tx: &mut Tx<'_>| {
            let project = countersign_store::projects::get(tx, project)?.unwrap();
            Ok::<_, Failure>((project, countersign_store::users::get(tx, user)?.unwrap()))
        };
        let (row, author) = site.app.store.read_blocking(read).unwrap();
        // The database goes between the commit and what follows it.
        site.app.store.close();
        assert!(
            crate::projects::readme(&site.app, &row, (&author, site.maintainer.by.clone()), crate::fixture::NOW)
                .is_err()
        );
        let left = site.app.repositories.spool_entries().unwrap();
        assert_eq!(left.iter().map(|push| (push.project, push.by.user)).collect::<Vec<_>>(), [(project.0, Some(user))]);
        assert_eq!(site.app.repositories.branch_tip(project.0, "main").unwrap(), Some(left[0].updates[0].new.clone()));
    });
}
