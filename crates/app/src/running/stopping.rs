//! Environments that jobs stop, and those that stop by themselves.

use super::whole::token;
use super::{Actor, JobId, NOW, Pipeline, Result, Site, Timestamp, on_both, refusal, user, wait};
use crate::fixture::{id, in_project};
use crate::update_job::{Ended, Heard, finish};
use crate::{environments, protected_refs, users};
use countersign_domain::access::Level;
use countersign_domain::environment::{AutoStop, State, StaysUp};
use countersign_domain::event::{By, Code};
use countersign_domain::job::{FailureReason, Status};
use countersign_domain::outcome::Ending;
use countersign_domain::protected_ref::{Kind, Named, NewProtectedRef, Right};
use countersign_store::Intent;
use countersign_store::environments::{self as rows, Environment};
use countersign_store::testing::{at_once, recorded};

const DAY: i64 = 24 * 3_600_000;

/// Deploys to `review/one`, which a job stops, for a day.
const REVIEW: &str = "deploy:\n  script: [x]\n  environment: {name: review/one, on_stop: end, auto_stop_in: 1 day}\n\
                      end:\n  script: [x]\n  when: manual\n  environment: {name: review/one, action: stop}\n";

impl Site<'_> {
    fn environment(&self, name: &str) -> Environment {
        let (project, name) = (self.project, name.to_owned());
        let read = move |tx: &mut crate::Tx<'_>| Ok::<_, crate::Failure>(rows::by_name(tx, project, &name)?);
        self.app.store.read_blocking(read).unwrap().unwrap()
    }

    fn state(&self, name: &str) -> State {
        self.environment(name).state
    }

    fn stop(&self, by: &Actor, name: &str, force: bool) -> Result<State> {
        let (at, id) = (self.at(), self.environment(name).id);
        let stop = move |tx: &mut crate::Tx<'_>, by: &Actor| environments::stop(tx, by, &at, (id, force), NOW);
        self.write(by, stop).map(|stopped| stopped.state)
    }

    /// Runs the job of that name, which must be next.
    fn run(&self, of: &Pipeline, name: &str, code: i64) -> JobId {
        let job = self.named(of.id, name).id;
        self.claims(job);
        self.ends(job, code);
        job
    }

    /// A runner takes that job, which must be next.
    fn claims(&self, job: JobId) {
        let runner = self.runner(&[&job.to_string()]);
        assert_eq!(self.claim(&runner, &token(job)), Some(job));
    }

    /// A pipeline whose deployment went well.
    fn deployed(&self, yaml: &str) -> Pipeline {
        let of = self.pipeline(&self.developer, yaml);
        self.run(&of, "deploy", 0);
        of
    }

    fn passes(&self, now: Timestamp) {
        wait(environments::sweep(&self.app, now, false)).unwrap();
    }

    /// Protects `main` anew: that level pushes and merges, and so runs its jobs.
    fn protect_main(&self, level: i64) {
        let at = self.at();
        let levels = vec![(Right::Push, Some(level), vec![]), (Right::Merge, Some(level), vec![])];
        let asked = NewProtectedRef { name: "main".into(), allow_force_push: false, levels };
        let lift = {
            let at = at.clone();
            move |tx: &mut crate::Tx<'_>, by: &Actor| protected_refs::unprotect(tx, by, &at, Named::branch("main"), NOW)
        };
        self.write(&self.world.root, lift).unwrap();
        let protect =
            move |tx: &mut crate::Tx<'_>, by: &Actor| protected_refs::protect(tx, by, &at, Kind::Branch, &asked, NOW);
        self.write(&self.world.root, protect).unwrap();
    }

    fn set_auto_stop(&self, name: &str, auto_stop: AutoStop) {
        let (at, id) = (self.at(), self.environment(name).id);
        let changes = environments::Changes { auto_stop: Some(auto_stop), ..environments::Changes::default() };
        let update = move |tx: &mut crate::Tx<'_>, by: &Actor| environments::update(tx, by, &at, id, &changes, NOW);
        self.write(&self.maintainer, update).unwrap();
    }
}

#[test]
fn stopping_an_environment_runs_its_job_and_lasts_as_long_as_that() {
    on_both("stop_job", |store| {
        let site = Site::new(store);
        let of = site.deployed(REVIEW);
        assert_eq!(site.stop(&site.developer, "review/one", false).unwrap(), State::Stopping);
        assert_eq!(site.named(of.id, "end").status, Status::Pending);
        assert_eq!(site.stop(&site.developer, "review/one", false).unwrap(), State::Stopping, "again changes nothing");
        // It fails: nothing is being stopped any more.
        site.run(&of, "end", 1);
        assert_eq!(site.state("review/one"), State::Available);
        // Once more, which is another job; it goes well.
        assert_eq!(site.stop(&site.developer, "review/one", false).unwrap(), State::Stopping);
        site.run(&of, "end", 0);
        assert_eq!(site.state("review/one"), State::Stopped);
        assert_eq!(site.environment("review/one").auto_stop_at, None);
        assert_eq!(recorded(&site.app.store, Code::EnvironmentStopping), 2);
        // What is deployed anew is available, and with force it stops without its job.
        let of = site.deployed(&format!("{REVIEW}# 2\n"));
        assert_eq!(site.state("review/one"), State::Available);
        assert_eq!(site.stop(&site.developer, "review/one", true).unwrap(), State::Stopped);
        assert_eq!(site.named(of.id, "end").status, Status::Manual);
    });
}

#[test]
fn a_stop_job_that_is_canceled_or_may_not_run_leaves_the_environment_available() {
    on_both("stop_job_canceled", |store| {
        let site = Site::new(store);
        let of = site.deployed(REVIEW);
        site.stop(&site.developer, "review/one", false).unwrap();
        site.cancel(&site.developer, site.named(of.id, "end").id).unwrap();
        assert_eq!(site.state("review/one"), State::Available);
        site.stop(&site.developer, "review/one", false).unwrap();
        assert_eq!(site.stop(&site.maintainer, "review/one", true).unwrap(), State::Stopped, "force does not wait");
        site.run(&of, "end", 0);
        assert_eq!(site.state("review/one"), State::Stopped);
    });
}

#[test]
fn whoever_may_not_play_the_stop_job_does_not_stop_the_environment() {
    on_both("stop_job_denied", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.maintainer)], 0);
        let yaml = REVIEW.replace("review/one", "production");
        site.commit(&site.maintainer, &yaml);
        let of = site.newest().unwrap();
        site.run(&of, "deploy", 0);
        assert!(refusal(site.stop(&site.developer, "production", false)).contains("deploy.not_allowed"));
        assert_eq!((site.state("production"), site.named(of.id, "end").status), (State::Available, Status::Manual));
        assert_eq!(site.stop(&site.maintainer, "production", false).unwrap(), State::Stopping);
        // Whoever stops it loses that right before a runner asks: the job waits for somebody, and nothing is stopping.
        block(&site, &site.maintainer);
        let runner = site.runner(&[]);
        assert_eq!(site.claim(&runner, "glcbt-t"), None);
        assert_eq!((site.state("production"), site.named(of.id, "end").status), (State::Available, Status::Manual));
    });
}

#[test]
fn what_nobody_used_for_long_stops_by_its_jobs_and_stays_for_whoever_may_not_play_them() {
    on_both("stop_stale", |store| {
        let site = Site::new(store);
        let stale = || {
            let (at, now) = (site.at(), NOW.plus_ms(30 * DAY));
            let stop = move |tx: &mut crate::Tx<'_>, by: &Actor| {
                environments::stop_stale(tx, by, &at, NOW.plus_ms(10 * DAY), now)
            };
            site.write(&site.maintainer, stop).unwrap();
        };
        let jobless = site.pipeline(&site.developer, "deploy:\n  script: [x]\n  environment: review/jobless\n");
        site.run(&jobless, "deploy", 0);
        let of = site.deployed(REVIEW);
        // Its stop job is of a branch for which nobody may run jobs.
        site.protect_main(0);
        stale();
        assert_eq!((site.state("review/jobless"), site.state("review/one")), (State::Stopped, State::Available));
        site.protect_main(30);
        stale();
        assert_eq!((site.state("review/one"), site.named(of.id, "end").status), (State::Stopping, Status::Pending));
        stale();
        site.run(&of, "end", 0);
        assert_eq!(site.state("review/one"), State::Stopped);
        assert_eq!(recorded(&site.app.store, Code::EnvironmentStopping), 1);
    });
}

fn block(site: &Site<'_>, who: &Actor) {
    let whom = id(who);
    let block = move |tx: &mut crate::Tx<'_>, by: &Actor| {
        users::change_state(tx, by, whom, countersign_domain::user::Change::Block, NOW)
    };
    site.write(&site.world.root, block).unwrap();
}

#[test]
fn an_environment_stops_by_itself_once_its_time_has_come() {
    on_both("auto_stop", |store| {
        let site = Site::new(store);
        let of = site.deployed(REVIEW);
        let due = NOW.plus_ms(DAY);
        assert_eq!(site.environment("review/one").auto_stop_at, Some(due));
        site.passes(due.plus_ms(-1));
        assert_eq!(site.state("review/one"), State::Available);
        site.passes(due);
        let end = site.named(of.id, "end");
        assert_eq!(
            (site.state("review/one"), end.status, end.user_id),
            (State::Stopping, Status::Pending, Some(id(&site.developer)))
        );
        site.run(&of, "end", 0);
        assert_eq!(site.state("review/one"), State::Stopped);
        // Without a job it merely stops; `never` takes the time away again.
        let plain =
            |life: &str| format!("deploy: {{script: [x], environment: {{name: review/two, auto_stop_in: {life}}}}}\n");
        site.deployed(&plain("2 days"));
        assert_eq!(site.environment("review/two").auto_stop_at, Some(NOW.plus_ms(2 * DAY)));
        site.deployed(&plain("never"));
        assert_eq!(site.environment("review/two").auto_stop_at, None);
        site.deployed(&plain("1 hour"));
        site.passes(due);
        assert_eq!(site.state("review/two"), State::Stopped);
    });
}

#[test]
fn jobs_that_reach_into_an_environment_give_it_more_time_and_others_do_not() {
    on_both("auto_stop_renewed", |store| {
        let site = Site::new(store);
        site.deployed("deploy: {script: [x], environment: {name: review/one, auto_stop_in: 1 day}}\n");
        let yaml = |action: &str| {
            format!(
                "variables: {{LIFE: 5 days}}\ndeploy: {{script: [x], environment: {{name: review/one, action: {action}, auto_stop_in: $LIFE}}}}\n"
            )
        };
        let at = || site.environment("review/one").auto_stop_at.unwrap().since(NOW) / DAY;
        site.deployed(&yaml("verify"));
        assert_eq!(at(), 1);
        site.deployed(&yaml("access"));
        assert_eq!(at(), 5);
        site.deployed("deploy: {script: [x], environment: review/one}\n");
        assert_eq!(at(), 5, "who says nothing changes nothing");
        let of = site.pipeline(&site.developer, &yaml("prepare").replace("5 days", "soon"));
        let job = site.named(of.id, "deploy");
        assert_eq!((job.status, job.failure_reason), (Status::Failed, Some(FailureReason::EnvironmentCreation)));
    });
}

#[test]
fn an_environment_stays_that_whoever_deployed_there_may_not_stop_any_more() {
    on_both("auto_stop_denied", |store| {
        let site = Site::new(store);
        let of = site.deployed(REVIEW);
        let other = site.world.user("other");
        site.world.join(&in_project(site.project), &other, Level::Developer);
        block(&site, &site.developer);
        let due = NOW.plus_ms(DAY);
        let before = recorded(&site.app.store, Code::EnvironmentUpdated);
        for _ in 0..2 {
            site.passes(due);
            let stays = site.environment("review/one");
            assert_eq!((stays.state, stays.stays_up), (State::Available, Some(StaysUp::NotAllowed)));
        }
        wait(environments::sweep(&site.app, due, true)).unwrap();
        assert_eq!(recorded(&site.app.store, Code::EnvironmentUpdated), before + 1, "said once");
        assert_eq!(site.named(of.id, "end").status, Status::Manual);
        // Somebody else deploys there: then they stop it.
        site.commit(&other, &format!("{REVIEW}# 2\n"));
        let of = site.newest().unwrap();
        site.run(&of, "deploy", 0);
        assert_eq!(site.environment("review/one").stays_up, None);
        site.passes(due);
        assert_eq!(site.named(of.id, "end").user_id, Some(id(&other)));
    });
}

#[test]
fn an_environment_that_only_a_job_may_stop_stays_without_one() {
    on_both("auto_stop_with_action", |store| {
        let site = Site::new(store);
        site.deployed("deploy: {script: [x], environment: {name: staging, auto_stop_in: 1 day}}\n");
        assert_eq!(site.environment("staging").auto_stop, AutoStop::WithAction);
        let due = NOW.plus_ms(DAY);
        site.passes(due);
        assert_eq!(
            (site.state("staging"), site.environment("staging").stays_up),
            (State::Available, Some(StaysUp::NoJob))
        );
        site.set_auto_stop("staging", AutoStop::Always);
        site.passes(due);
        assert_eq!(site.state("staging"), State::Stopped);
    });
}

#[test]
fn a_stop_beside_its_ending_job_or_another_stop_leaves_nothing_stopping() {
    on_both("stop_at_once", |store| {
        let site = Site::new(store);
        let of = site.deployed(REVIEW);
        site.stop(&site.developer, "review/one", false).unwrap();
        let end = site.named(of.id, "end").id;
        site.claims(end);
        // The job that stops it ends well while somebody asks for a stop.
        let (ended, stopped) = at_once(store, NOW, ending(end), || stops(&site));
        ended.unwrap();
        assert_eq!((stopped, site.state("review/one")), (State::Stopped, State::Stopped));
        // Two ask at once where no job stops it.
        let yaml = "deploy: {script: [x], environment: review/one}\n";
        site.deployed(yaml);
        let (stopping, at) = (recorded(store, Code::EnvironmentStopped), site.at());
        let (by, id) = (site.developer.clone(), site.environment("review/one").id);
        let stop = move |tx: &mut crate::Tx<'_>| environments::stop(tx, &by, &at, (id, false), NOW);
        let (one, other) = at_once(store, NOW, stop, || stops(&site));
        assert_eq!((one.unwrap().state, other), (State::Stopped, State::Stopped));
        assert_eq!(recorded(store, Code::EnvironmentStopped), stopping + 1);
    });
}

#[test]
fn two_stop_jobs_that_end_at_once_stop_their_environment() {
    on_both("stop_jobs_at_once", |store| {
        let site = Site::new(store);
        let first = site.deployed(REVIEW);
        let second = site.deployed(&format!("{REVIEW}# 2\n"));
        let jobs = [&first, &second].map(|of| site.named(of.id, "end").id);
        site.stop(&site.developer, "review/one", false).unwrap();
        site.play(&site.developer, jobs[0], &[]).unwrap();
        for job in jobs {
            site.claims(job);
        }
        let other = || site.app.store.write_blocking(By::default(), NOW, Intent::Decide, ending(jobs[1])).unwrap();
        at_once(store, NOW, ending(jobs[0]), other).0.unwrap();
        assert_eq!(site.state("review/one"), State::Stopped);
    });
}

/// That job ends well, as its runner says.
fn ending(job: JobId) -> impl Fn(&mut crate::Tx<'_>) -> Result<Ending<Heard>> + Send + Sync + 'static {
    let hash = countersign_domain::token::hash(&token(job));
    let well = Ended { failure: None, exit_code: Some(0), url: None };
    move |tx| finish(tx, job, &hash, &well, NOW)
}

/// Somebody stops `review/one` as a request does: beside other decisions.
fn stops(site: &Site<'_>) -> State {
    let (at, by, id) = (site.at(), site.developer.clone(), site.environment("review/one").id);
    let stop = move |tx: &mut crate::Tx<'_>| environments::stop(tx, &by, &at, (id, false), NOW);
    site.app.store.write_blocking(By::default(), NOW, Intent::Decide, stop).unwrap().state
}
