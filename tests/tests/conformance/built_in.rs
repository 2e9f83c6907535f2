//! The built-in runner as a client: what it says, and what it makes of the answers (sections 2, 3 and 6 to 9).

use countersign_tests::coordinator::{Answer, Call, Coordinator, JOB_TOKEN, TOKEN, job};
use std::time::Duration;

/// CRC-32/IEEE, bit by bit, so that nothing of the runner's own is trusted.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

fn usual(_: &Call) -> Option<Answer> {
    None
}

/// Answers calls of one kind, as long as `when` says so, with that status and `Job-Status`.
fn with(
    what: &'static str,
    when: fn(&Call) -> bool,
    status: u16,
    job: &'static str,
) -> impl Fn(&Call) -> Option<Answer> {
    move |call| (call.what == what && when(call)).then(|| (status, vec![("Job-Status", job.to_owned())]))
}

/// Whether this is the last word about the job.
fn is_last(call: &Call) -> bool {
    call.state() != "running"
}

#[tokio::test]
async fn it_verifies_asks_takes_up_streams_and_ends() {
    let it = Coordinator::start(job(&["echo one $HUSH", "echo two"], &["echo after $CI_JOB_STATUS"]), usual).await;
    let last = it.end().await;
    let calls = it.calls();
    let kinds: Vec<&str> = calls.iter().map(|call| call.what.as_str()).collect();
    assert_eq!(kinds[..3], ["POST runners/verify", "POST jobs/request", "PUT jobs/101"], "{kinds:?}");
    for call in &calls[..2] {
        let said = call.json();
        assert_eq!((call.header("runner-token"), &said["token"]), (TOKEN, &TOKEN.into()));
        assert_eq!((call.header("content-type"), call.header("accept")), ("application/json", "application/json"));
        let system = said["system_id"].as_str().unwrap_or_default();
        let (kind, rest) = system.split_at(2.min(system.len()));
        assert!(["s_", "r_"].contains(&kind) && rest.len() == 12, "{system}");
        assert!(said["info"]["features"]["trace_reset"] == true && said["info"]["executor"] == "shell", "{said}");
    }
    let acknowledged = &calls[2];
    assert_eq!((acknowledged.header("job-token"), acknowledged.state().as_str()), (JOB_TOKEN, "running"));
    assert!(acknowledged.json()["output"].is_object() && acknowledged.json()["token"] == JOB_TOKEN);
    let mut held = 0;
    for piece in it.of("PATCH jobs/101/trace") {
        assert_eq!((piece.header("job-token"), piece.header("content-type")), (JOB_TOKEN, "text/plain"));
        assert!(piece.query.contains("debug_trace="), "{}", piece.query);
        let (first, length) = (held, piece.body.len());
        held += length;
        assert_eq!(piece.header("content-range"), format!("{first}-{}", held - 1));
    }
    let (log, said) = (it.log(), last.json());
    assert!(log.contains("one [MASKED]") && log.contains("after success") && !log.contains("hushhush"), "{log}");
    assert_eq!(
        (said["state"].as_str(), said["output"]["bytesize"].as_u64()),
        (Some("success"), Some(log.len() as u64))
    );
    assert_eq!(said["output"]["checksum"], format!("crc32:{:08x}", crc32(log.as_bytes())));
    assert!(said.get("exit_code").is_none() && said.get("failure_reason").is_none(), "{said}");
    // It asks again, and says nothing more of the job.
    it.call("POST jobs/request", |call| call.before >= 2).await;
    assert_eq!(it.of("PUT jobs/101").len(), 2);
}

#[tokio::test]
async fn it_says_why_a_job_failed() {
    let it = Coordinator::start(job(&["exit 3"], &[]), usual).await;
    let said = it.end().await.json();
    assert_eq!(
        (&said["state"], &said["failure_reason"], &said["exit_code"]),
        (&"failed".into(), &"script_failure".into(), &3.into())
    );
}

#[tokio::test]
async fn it_sends_the_log_again_after_412() {
    let script = with("PUT jobs/101", |call| is_last(call) && call.before == 1, 412, "running");
    let it = Coordinator::start(job(&["echo all of it"], &[]), script).await;
    let last = it.call("PUT jobs/101", |call| is_last(call) && call.before == 2).await;
    let pieces = it.of("PATCH jobs/101/trace");
    let from_the_start = pieces.iter().filter(|piece| piece.header("content-range").starts_with("0-")).count();
    assert_eq!(from_the_start, 2, "{pieces:?}");
    assert!(it.log().contains("all of it"));
    assert_eq!(last.json()["output"]["bytesize"].as_u64(), Some(it.log().len() as u64));
}

#[tokio::test]
async fn it_goes_on_where_416_says() {
    // The first piece is refused as if only five bytes of something earlier were held, then all of it is wanted.
    let script = |call: &Call| {
        (call.what == "PATCH jobs/101/trace" && call.before < 2).then(|| {
            let held = if call.before == 0 { "0-5" } else { "0-0" };
            (416, vec![("Job-Status", "running".to_owned()), ("Range", held.to_owned())])
        })
    };
    let it = Coordinator::start(job(&["echo a line that is long enough"], &[]), script).await;
    it.end().await;
    let pieces = it.of("PATCH jobs/101/trace");
    let firsts: Vec<&str> = pieces.iter().filter_map(|piece| piece.header("content-range").split('-').next()).collect();
    assert_eq!(firsts[..3], ["0", "5", "0"], "{firsts:?}");
    assert!(it.log().contains("a line that is long enough"));
}

#[tokio::test]
async fn it_ends_with_grace_when_canceling() {
    let script = with("PATCH jobs/101/trace", |_| true, 202, "canceling");
    let it = Coordinator::start(
        job(&["echo begun", "sleep 60", "touch $MARKS/over"], &["touch $MARKS/after-$CI_JOB_STATUS"]),
        script,
    )
    .await;
    let said = it.end().await.json();
    assert_eq!((&said["state"], &said["failure_reason"]), (&"failed".into(), &"job_canceled".into()));
    assert!(it.marked("after-canceled") && !it.marked("over"));
}

#[tokio::test]
async fn it_drops_a_job_that_was_canceled_or_taken_away() {
    for (status, word) in [(202, "canceled"), (202, "failed"), (403, "running")] {
        let script = with("PATCH jobs/101/trace", |_| true, status, word);
        let it =
            Coordinator::start(job(&["echo begun", "sleep 60", "touch $MARKS/over"], &["touch $MARKS/after"]), script)
                .await;
        it.call("POST jobs/request", |call| call.before >= 3).await;
        let words = it.of("PUT jobs/101");
        assert!(words.len() <= 2 && it.of("PATCH jobs/101/trace").len() <= 2, "{status} {word}: {words:?}");
        assert!(!it.marked("over") && !it.marked("after"), "{status} {word}");
    }
}

#[tokio::test]
async fn it_does_not_begin_what_it_may_not_take_up() {
    for (status, word, more) in
        [(403, "pending", 0), (404, "", 0), (200, "canceled", 0), (200, "failed", 0), (200, "canceling", 1)]
    {
        let script = move |call: &Call| {
            let answer = || (status, vec![("Job-Status", word.to_owned())]);
            (call.what == "PUT jobs/101" && call.before == 0).then(answer)
        };
        let it = Coordinator::start(job(&["touch $MARKS/begun"], &["touch $MARKS/after"]), script).await;
        it.call("POST jobs/request", |call| call.before >= 2).await;
        let words = it.of("PUT jobs/101");
        assert_eq!(words.len(), 1 + more, "{status} {word}: {words:?}");
        if more == 1 {
            let said = words[1].json();
            assert_eq!((&said["state"], &said["failure_reason"]), (&"failed".into(), &"job_canceled".into()));
        }
        assert!(!it.marked("begun") && !it.marked("after"), "{status} {word}");
    }
}

#[tokio::test]
async fn it_runs_a_job_whose_taking_up_was_not_answered() {
    let script = with("PUT jobs/101", |call| call.before == 0, 500, "");
    let it = Coordinator::start(job(&["touch $MARKS/begun"], &[]), script).await;
    assert_eq!(it.end().await.state(), "success");
    assert!(it.marked("begun"));
}

#[tokio::test]
async fn it_repeats_its_last_word_until_it_is_taken() {
    // 202 asks for patience, 500 is trouble; both are asked again.
    let script = |call: &Call| {
        let answer = |status| {
            (status, vec![("Job-Status", "running".to_owned()), ("X-GitLab-Trace-Update-Interval", "1".to_owned())])
        };
        match call.before {
            1 | 2 if call.what == "PUT jobs/101" => Some(answer(202)),
            3 if call.what == "PUT jobs/101" => Some(answer(500)),
            _ => None,
        }
    };
    let it = Coordinator::start(job(&["true"], &[]), script).await;
    it.call("PUT jobs/101", |call| call.before == 4).await;
    it.call("POST jobs/request", |call| call.before >= 2).await;
    let words = it.of("PUT jobs/101");
    assert!(words.len() == 5 && words[1..].iter().all(|call| call.state() == "success"), "{words:?}");
}

/// Half a minute of silence, and a word that it still runs.
#[tokio::test]
async fn it_says_that_a_silent_job_still_runs() {
    let it = Coordinator::start(job(&["sleep 45"], &[]), usual).await;
    it.call("PUT jobs/101", |call| call.before == 0).await;
    let begun = tokio::time::Instant::now();
    let word = it.call("PUT jobs/101", |call| call.before == 1).await;
    assert_eq!(word.state(), "running");
    let (silent, least) = (begun.elapsed(), Duration::from_secs(25));
    assert!(silent > least && silent < Duration::from_secs(44), "{silent:?}");
}
