//! The logs of jobs that are over are packed after a while, and removed when their time is over.

use super::{NOW, Site, on_both, wait};
use crate::traces::{self, Traces, patch};
use crate::update_job::update_job;
use countersign_domain::ids::JobId;
use countersign_domain::time::Timestamp;
use countersign_store::runners::Runner;
use countersign_wire::runner::{JobState, UpdateJob};

const MINUTE: i64 = 60 * 1000;
const DAY: i64 = 24 * 60 * MINUTE;

/// A job that wrote its name into its log and ended at `end`.
fn run(site: &Site<'_>, runner: &Runner, name: &str, end: Timestamp) -> JobId {
    site.pipeline(&site.developer, &format!("{name}:\n  script: [echo]\n"));
    let token = format!("glcbt-{name}");
    let id = site.claim(runner, &token).unwrap();
    let log = (0, bytes::Bytes::copy_from_slice(name.as_bytes()));
    wait(patch(&site.app, id, &token, log, NOW)).unwrap().unwrap();
    let said = UpdateJob { state: JobState::Success, ..UpdateJob::default() };
    wait(update_job(&site.app, id, &token, &said, end)).unwrap();
    id
}

/// The log of a job, and whether it is packed.
fn log(site: &Site<'_>, job: JobId) -> (String, bool) {
    let of = site.job(job).project_id;
    let text = Traces::of(&site.app.config).read(of, job, 0).unwrap();
    let packed = site.app.config.data_dir.join(format!("traces/{of}/{job}.log.gz"));
    (String::from_utf8(text).unwrap(), packed.is_file())
}

#[test]
fn logs_are_packed_ten_minutes_after_their_jobs_and_removed_when_asked() {
    on_both("keeping_logs", |store| {
        let mut site = Site::new(store);
        let runner = site.runner(&[]);
        let first = run(&site, &runner, "first", NOW);
        let second = run(&site, &runner, "second", NOW.plus_ms(DAY));
        site.pipeline(&site.developer, "third:\n  script: [echo]\n");
        let running = site.claim(&runner, "glcbt-third").unwrap();
        wait(patch(&site.app, running, "glcbt-third", (0, "third".into()), NOW)).unwrap().unwrap();
        let sweep = |site: &Site<'_>, after| wait(traces::sweep(&site.app, NOW.plus_ms(after))).unwrap();
        sweep(&site, 10 * MINUTE - 1);
        assert_eq!(log(&site, first), ("first".into(), false));
        sweep(&site, 10 * MINUTE);
        assert_eq!((log(&site, first), log(&site, second)), (("first".into(), true), ("second".into(), false)));
        sweep(&site, 365 * DAY);
        assert_eq!(log(&site, second), ("second".into(), true));
        assert_eq!(log(&site, running), ("third".into(), false), "it still runs");
        site.app.config.logs_live_ms = Some(400 * DAY);
        sweep(&site, 400 * DAY);
        assert_eq!((log(&site, first), log(&site, second)), (("".into(), false), ("second".into(), true)));
        sweep(&site, 401 * DAY);
        assert_eq!((log(&site, second), log(&site, running)), (("".into(), false), ("third".into(), false)));
    });
}
