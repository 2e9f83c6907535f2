//! Requests for jobs are held until there is one.

use super::{DEPLOY, NOW, Site, on_both, wait};
use crate::fixture::in_project;
use crate::projects::{self, Changes};
use crate::request_job::{Requested, request_job};
use crate::worker::runners;
use countersign_domain::access::Level;
use countersign_domain::ids::GroupId;
use countersign_domain::token;
use countersign_store::runners::{self as rows, NewRunner};
use countersign_wire::runner::JobRequest;
use futures_util::future::join_all;
use std::time::Duration;
use tokio::sync::watch;

fn asked(secret: &str) -> JobRequest {
    JobRequest { token: secret.into(), system_id: "s_1".into(), ..JobRequest::default() }
}

fn add_runner(site: &Site<'_>, secret: &'static str, group: Option<GroupId>, paused: bool) {
    let add = move |tx: &mut crate::Tx<'_>| {
        let new = NewRunner {
            runner_type: if group.is_some() { "group_type" } else { "instance_type" },
            group_id: group,
            project_id: None,
            token_hash: token::hash(secret),
            description: "",
            tags: &[],
            run_untagged: true,
            paused,
            locked: false,
            maximum_timeout: Some(60),
            ref_protected: false,
            maintenance_note: None,
            created_by: None,
        };
        Ok(rows::insert(tx, &new, NOW)?)
    };
    site.app.store.housekeeping_blocking(add).unwrap();
}

fn request(site: &Site<'_>, secret: &str) -> Requested {
    wait(async {
        let (_runs, stopped) = watch::channel(false);
        tokio::select! {
            answer = request_job(&site.app, asked(secret), None) => answer.unwrap(),
            () = runners::work(&site.app, stopped) => unreachable!("nobody stopped it"),
        }
    })
}

#[test]
fn a_request_is_held_until_the_bell_rings_or_the_time_is_up() {
    on_both("requesting", |store| {
        let mut site = Site::new(store);
        site.app.config.hold_requests_ms = 50;
        add_runner(&site, "glrt-1", None, false);
        assert!(matches!(request(&site, "glrt-unknown"), Requested::Unknown));
        assert!(matches!(request(&site, "glrt-1"), Requested::Nothing));
        site.app.config.hold_requests_ms = 60_000;
        let site = site;
        std::thread::scope(|scope| {
            let held = scope.spawn(|| match request(&site, "glrt-1") {
                Requested::Job(job) => job.runner_info.timeout,
                _ => 0,
            });
            std::thread::sleep(Duration::from_millis(100));
            site.commit(&site.developer, DEPLOY);
            assert_eq!(held.join().unwrap(), 60);
        });
        let known = |tx: &mut crate::Tx<'_>| {
            let runner = rows::by_token(tx, token::hash("glrt-1"))?.unwrap();
            Ok::<_, crate::Failure>(rows::features(tx, runner.id, NOW)?)
        };
        assert_eq!(site.app.store.read_blocking(known).unwrap().len(), 1);
        site.app.wake.close();
        assert!(matches!(request(&site, "glrt-1"), Requested::Nothing));
    });
}

#[test]
fn who_asks_again_before_anything_came_is_not_looked_up() {
    on_both("requesting_quiet", |store| {
        let mut site = Site::new(store);
        site.app.config.hold_requests_ms = 0;
        add_runner(&site, "glrt-1", None, false);
        assert!(matches!(request(&site, "glrt-1"), Requested::Nothing));
        let before = site.app.store.statements();
        for _ in 0..10 {
            assert!(matches!(request(&site, "glrt-1"), Requested::Nothing));
        }
        assert!(matches!(request(&site, "glrt-other"), Requested::Unknown));
        let looked = site.app.store.statements() - before;
        assert!(looked <= 2, "{looked} statements although nothing came");
        site.commit(&site.developer, DEPLOY);
        assert!(matches!(request(&site, "glrt-1"), Requested::Job(_)));
        site.ask(&site.developer, "main", &[]).unwrap();
        site.app.wake.runners();
        assert!(matches!(request(&site, "glrt-1"), Requested::Job(_)));
        let id = |tx: &mut crate::Tx<'_>| {
            let runner = rows::by_token(tx, token::hash("glrt-1"))?.unwrap();
            Ok::<_, crate::Failure>(rows::delete(tx, runner.id).map(|_| runner.id)?)
        };
        assert!(matches!(request(&site, "glrt-1"), Requested::Nothing));
        let id = site.app.store.housekeeping_blocking(id).unwrap();
        site.app.wake.runner(id);
        assert!(matches!(request(&site, "glrt-1"), Requested::Unknown));
    });
}

/// Requests of many runners wait; one job comes, twice. Everybody is sent home in the end.
#[test]
fn one_job_calls_one_of_many_requests() {
    const MANY: usize = 40;
    on_both("requesting_many", |store| {
        let site = Site::new(store);
        let secrets: Vec<&'static str> = (0..MANY).map(|n| &*format!("glrt-{n}").leak()).collect();
        secrets.iter().for_each(|secret| add_runner(&site, secret, None, false));
        let app = &site.app;
        let story = async {
            while app.wake.standing().len() < MANY {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let before = app.store.statements();
            app.wake.runners();
            tokio::time::sleep(Duration::from_millis(50)).await;
            let looked = app.store.statements() - before;
            assert!(looked < 10, "{looked} statements although nothing came");
            site.commit(&site.developer, DEPLOY);
            while app.wake.standing().len() > MANY - 1 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            site.ask(&site.developer, "main", &[]).unwrap();
            // Nobody rang, as if another server had put it into the queue.
            while app.wake.standing().len() > MANY - 2 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!(app.wake.standing().len(), MANY - 2);
            app.wake.close();
        };
        let answers = wait(async {
            let (_runs, stopped) = watch::channel(false);
            let waiting = join_all(secrets.iter().map(|secret| request_job(app, asked(secret), None)));
            tokio::select! {
                (answers, ()) = async { tokio::join!(waiting, story) } => answers,
                () = runners::work(app, stopped) => unreachable!("nobody stopped it"),
            }
        });
        let jobs = answers.into_iter().filter(|answer| matches!(answer.as_ref().unwrap(), Requested::Job(_)));
        assert_eq!(jobs.count(), 2);
    });
}

#[test]
fn a_runner_of_a_group_serves_what_lies_below_it_and_a_paused_one_nothing() {
    on_both("requesting_group", |store| {
        let mut site = Site::new(store);
        let root = site.world.root.clone();
        let above = site.world.group(&root, "above", None);
        let below = site.world.group(&root, "below", Some(above));
        let beside = site.world.group(&root, "beside", None);
        site.project = site.world.project(&root, "inside", Some(below));
        site.world.join(&in_project(site.project), &site.developer, Level::Developer);
        site.world.open_to_developers(site.project);
        site.app.repositories.create(site.project.0, "main").unwrap();
        site.app.config.hold_requests_ms = 10;
        site.commit(&site.developer, DEPLOY);
        add_runner(&site, "glrt-beside", Some(beside), false);
        add_runner(&site, "glrt-paused", Some(above), true);
        add_runner(&site, "glrt-above", Some(above), false);
        assert!(matches!(request(&site, "glrt-beside"), Requested::Nothing));
        assert!(matches!(request(&site, "glrt-paused"), Requested::Nothing));
        let serve = |instance: bool, groups: bool| {
            let (at, changes) = (
                site.at(),
                Changes {
                    shared_runners_enabled: Some(instance),
                    group_runners_enabled: Some(groups),
                    ..Changes::default()
                },
            );
            site.write(&root, move |tx, by| projects::update(tx, by, &at, &changes, NOW)).unwrap();
            // It would be noticed some seconds later anyway.
            site.app.wake.runners();
        };
        add_runner(&site, "glrt-instance", None, false);
        serve(false, false);
        for unwanted in ["glrt-above", "glrt-instance"] {
            assert!(matches!(request(&site, unwanted), Requested::Nothing), "{unwanted}");
        }
        serve(false, true);
        assert!(matches!(request(&site, "glrt-instance"), Requested::Nothing));
        assert!(matches!(request(&site, "glrt-above"), Requested::Job(_)));
        site.commit(&site.developer, &format!("{DEPLOY}# again\n"));
        serve(true, false);
        assert!(matches!(request(&site, "glrt-above"), Requested::Nothing));
        assert!(matches!(request(&site, "glrt-instance"), Requested::Job(_)));
    });
}

#[test]
fn a_job_claimed_before_its_commit_was_kept_can_still_be_fetched() {
    on_both("requesting_unkept", |store| {
        let site = Site::new(store);
        add_runner(&site, "glrt-1", None, false);
        site.commit(&site.developer, DEPLOY);
        assert!(matches!(request(&site, "glrt-1"), Requested::Job(_)));
        // Made in the database alone, as in the instant before its commit is kept.
        let pipeline = site.ask(&site.developer, "main", &[]).unwrap();
        assert!(!site.app.repositories.keeps(site.project.0, pipeline.0));
        let Requested::Job(job) = request(&site, "glrt-1") else { panic!("no job") };
        assert_eq!(job.job_info.pipeline_id, pipeline.0);
        assert!(site.app.repositories.keeps(site.project.0, pipeline.0));
    });
}
