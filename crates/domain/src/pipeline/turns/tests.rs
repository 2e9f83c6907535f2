//! Whose turn it is.

use super::*;
use JobStatus::*;

fn job(id: i64, stage: i64, status: JobStatus) -> Job {
    Job { id: JobId(id), stage, status, when: When::OnSuccess, allow_failure: false, needs: None }
}

fn allowed(mut job: Job) -> Job {
    job.allow_failure = true;
    job
}

fn when(mut job: Job, when: When) -> Job {
    job.when = when;
    job
}

fn needing(mut job: Job, needs: &[i64]) -> Job {
    job.needs = Some(needs.iter().map(|id| JobId(*id)).collect());
    job
}

fn run(ids: &[i64]) -> Vec<Turn> {
    ids.iter().map(|id| Turn::Run(JobId(*id))).collect()
}

fn skip(id: i64) -> Turn {
    Turn::Skip(JobId(id))
}

#[test]
fn stages_follow_each_other_and_a_blocked_job_holds_them_up() {
    assert_eq!(turns(&[job(1, 0, Created), job(2, 0, Created), job(3, 1, Created)]), run(&[1, 2]));
    assert_eq!(turns(&[job(1, 0, Success), job(2, 0, Running), job(3, 1, Created)]), []);
    assert_eq!(turns(&[job(1, 0, Success), job(3, 1, Created)]), run(&[3]));
    assert_eq!(turns(&[job(1, 0, Manual), job(3, 1, Created)]), []);
    assert_eq!(turns(&[job(1, 0, Scheduled), job(3, 1, Created)]), []);
    assert_eq!(turns(&[job(1, 0, WaitingForResource), job(3, 1, Created)]), []);
    assert_eq!(turns(&[allowed(job(1, 0, Manual)), job(3, 1, Created)]), run(&[3]));
    assert_eq!(turns(&[allowed(job(1, 0, Failed)), job(3, 1, Created)]), run(&[3]));
    assert_eq!(turns(&[job(3, 1, Created), job(1, 0, Success)]), run(&[3]), "in any order");
}

#[test]
fn after_a_failure_only_jobs_that_always_run_or_wait_for_it_do() {
    let jobs = [
        job(1, 0, Failed),
        job(2, 1, Created),
        when(job(3, 1, Created), When::Manual),
        when(job(4, 2, Created), When::Always),
        when(job(5, 2, Created), When::OnFailure),
        when(job(6, 2, Created), When::Delayed),
    ];
    assert_eq!(turns(&jobs), [skip(2), skip(3), run(&[4])[0], run(&[5])[0], skip(6)]);
    assert_eq!(turns(&[when(job(1, 0, Created), When::Manual)]), [Turn::Offer(JobId(1))]);
}

#[test]
fn without_a_failure_jobs_that_wait_for_one_are_skipped() {
    let on_failure = || when(job(2, 1, Created), When::OnFailure);
    assert_eq!(turns(&[job(1, 0, Success), on_failure()]), [skip(2)]);
    assert_eq!(turns(&[allowed(job(1, 0, Failed)), on_failure()]), [skip(2)]);
    assert_eq!(turns(&[job(1, 0, Canceled), on_failure()]), [skip(2)]);
    assert_eq!(turns(&[job(1, 0, Canceled), job(3, 0, Failed), on_failure()]), run(&[2]));
}

#[test]
fn a_job_with_needs_waits_for_these_and_not_for_stages() {
    let slow = || job(9, 0, Running);
    assert_eq!(turns(&[slow(), needing(job(2, 5, Created), &[])]), run(&[2]));
    assert_eq!(turns(&[slow(), job(1, 0, Success), needing(job(2, 1, Created), &[1])]), run(&[2]));
    assert_eq!(turns(&[slow(), job(1, 0, Pending), needing(job(2, 1, Created), &[1])]), []);
    assert_eq!(turns(&[slow(), job(1, 0, Success), needing(job(2, 1, Created), &[1, 9])]), []);
    assert_eq!(turns(&[slow(), needing(job(2, 1, Created), &[9]), job(3, 2, Created)]), [], "stages wait for all");
    assert_eq!(turns(&[needing(job(2, 0, Created), &[1]), job(1, 0, Created)]), run(&[1]));
}

#[test]
fn what_is_needed_must_have_run_well() {
    let after = |needed: Job, how: When| turns(&[needed, when(needing(job(2, 1, Created), &[1]), how)]);
    for ended in [job(1, 0, Failed), job(1, 0, Canceled), job(1, 0, Skipped), allowed(job(1, 0, Manual))] {
        for how in [When::OnSuccess, When::Manual, When::Delayed] {
            assert_eq!(after(ended.clone(), how), [skip(2)], "{ended:?} {how:?}");
        }
        assert_eq!(after(ended.clone(), When::Always), run(&[2]), "{ended:?}");
        let failed = ended.status == Failed;
        assert_eq!(after(ended, When::OnFailure), if failed { run(&[2]) } else { vec![skip(2)] });
    }
    assert_eq!(after(allowed(job(1, 0, Failed)), When::OnSuccess), run(&[2]));
    assert_eq!(turns(&[needing(job(2, 1, Created), &[1])]), [skip(2)], "a job that is gone");
}

#[test]
fn every_job_gets_a_turn_and_none_before_what_it_needs() {
    // A chain of needs in one stage, listed backwards, beside stages.
    let mut jobs: Vec<Job> = (1..=30).rev().map(|id| needing(job(id, 0, Created), &[id - 1])).collect();
    jobs.push(job(0, 0, Created));
    jobs.push(job(31, 1, Created));
    let mut order = Vec::new();
    loop {
        let turns = turns(&jobs);
        if turns.is_empty() {
            break;
        }
        for turn in turns {
            let Turn::Run(id) = turn else { panic!("{turn:?}") };
            jobs.iter_mut().find(|job| job.id == id).expect("a job").status = Success;
            order.push(id.0);
        }
    }
    assert_eq!(order, (0..=31).collect::<Vec<_>>());
}

#[test]
fn who_gets_another_chance() {
    let jobs = [
        job(1, 0, Failed),
        job(2, 1, Skipped),
        needing(job(3, 0, Skipped), &[1]),
        needing(job(5, 1, Skipped), &[4]),
        needing(job(4, 1, Skipped), &[3]),
        needing(job(6, 1, Skipped), &[7]),
        needing(job(8, 1, Success), &[1]),
    ];
    let sorted = |what| {
        let mut ids: Vec<i64> = to_renew(&jobs, JobId(1), what).into_iter().map(|id| id.0).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(Renewed::After(0)), [2, 3, 4, 5]);
    assert_eq!(sorted(Renewed::Needing), [3, 4, 5]);
    assert_eq!(sorted(Renewed::After(1)), [3, 4, 5]);
}
