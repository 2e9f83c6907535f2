//! Pushes are followed once, however they become known.

use super::{DEPLOY, Site, on_both};
use crate::fixture::id;
use crate::git::{Push, RefUpdate};
use crate::{Failure, Tx, push};

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
            user: id(&site.developer).0,
            updates: vec![update(crate::git::NO_OBJECT, &one)],
        };
        assert_eq!(push::follow(&site.app, site.project, Some(id(&site.developer)), &seen.updates).unwrap(), []);
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
        let raw = |text: &str| {
            let request = crate::git::CommitRequest {
                branch: "main".into(),
                start: None,
                message: text.into(),
                author: crate::git::Person { name: "x".into(), email: "x@y".into() },
                committer: crate::git::Person { name: "x".into(), email: "x@y".into() },
                at: 0,
                actions: vec![crate::git::Action {
                    kind: crate::git::ActionKind::Create,
                    file_path: text.into(),
                    previous_path: None,
                    content: None,
                    execute_filemode: None,
                    last_commit_id: None,
                }],
            };
            site.app.repositories.commit_actions(site.project.0, &request).unwrap().sha
        };
        let (two, three) = (raw("two"), raw("three"));
        let user = Some(id(&site.developer));
        let follow = |old: &str, new: &str| push::follow(&site.app, site.project, user, &[update(old, new)]).unwrap();
        assert_eq!(follow(&two, &three).len(), 1);
        assert_eq!(follow(&one, &two).len(), 1);
        assert_eq!(follow(&one, &two).len(), 0);
        assert_eq!(follow(&two, &three).len(), 0);
        push::recover_pushes(&site.app).unwrap();
        assert_eq!(site.newest().unwrap().iid, 3);
    });
}

/// A change of the configuration, made by git alone.
fn unseen() -> crate::git::CommitRequest {
    crate::git::CommitRequest {
        branch: "main".into(),
        start: None,
        message: "unseen".into(),
        author: crate::git::Person { name: "x".into(), email: "x@y".into() },
        committer: crate::git::Person { name: "x".into(), email: "x@y".into() },
        at: 0,
        actions: vec![crate::git::Action {
            kind: crate::git::ActionKind::Create,
            file_path: ".gitlab-ci.yml".into(),
            previous_path: None,
            content: Some(DEPLOY.into()),
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
        let intend = |update: &RefUpdate| repositories.spool_intend("cut", user.0, project, update).map(drop);
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
        repositories.spool_intend("cut", id(&site.developer).0, project, &update(&tip, &"1".repeat(40))).unwrap();
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
        assert_eq!(push::follow(&site.app, site.project, None, &[gone]).unwrap(), []);
        push::recover_pushes(&site.app).unwrap();
        assert_eq!(site.newest().unwrap().iid, 1);
        assert!(site.app.repositories.commit(site.project.0, &sha).unwrap().is_some());
    });
}
