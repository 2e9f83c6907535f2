//! Pushes are followed once, however they become known.

use super::{DEPLOY, Site, on_both};
use crate::fixture::id;
use crate::git::{Push, RefUpdate};
use crate::push;

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

#[test]
fn what_no_hook_recorded_is_found_at_a_start_and_its_jobs_wait_for_somebody() {
    on_both("pushing_missed", |store| {
        let site = Site::new(store);
        let request = crate::git::CommitRequest {
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
        };
        site.app.repositories.commit_actions(site.project.0, &request).unwrap();
        assert!(site.newest().is_none());
        push::recover_pushes(&site.app).unwrap();
        push::recover_pushes(&site.app).unwrap();
        let pipeline = site.newest().unwrap();
        assert_eq!((pipeline.iid, pipeline.user_id), (1, None));
        let job = site.jobs(pipeline.id).remove(0);
        assert_eq!(job.status.as_str(), "manual");
        site.play(&site.developer, job.id, &[]).unwrap();
        assert_eq!(site.job(job.id).status.as_str(), "pending");
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
