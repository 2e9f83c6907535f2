//! Section 8: a runner sends the log of its job.

use crate::site::{Running, YAML};
use countersign_tests::{Server, each_engine};
use reqwest::Method;
use serde_json::json;

each_engine!(
    a_log_in_pieces,
    a_log_that_did_not_arrive_whole_is_asked_for_again,
    a_runner_that_never_agrees_is_asked_three_times,
    a_part_of_a_log_is_read_with_a_range,
);

async fn a_log_in_pieces(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    handed.acknowledge().await;
    assert_eq!(handed.trace(0, "one\n").await.status, 202);
    assert_eq!(handed.trace(4, "two\n").await.status, 202);
    for (first, piece) in [(0, "one\n"), (4, "two\n"), (2, "e\ntwo\nthree\n"), (9, "later\n"), (1_000_000, "gap")] {
        let reply = handed.trace(first, piece).await;
        assert_eq!((reply.status, reply.header("range")), (416, "0-8"), "{first}: {reply:?}");
    }
    assert_eq!(it.trace(handed.id).await, "one\ntwo\n");
    let client = handed.client();
    let path = format!("/jobs/{}/trace", handed.id);
    for range in ["", "x-y", "8", "12-8", "bytes 8-9/10", "8-99999999999999999999999"] {
        let request =
            client.request(Method::PATCH, &path).header("Content-Range", range).header("Content-Type", "text/plain");
        let reply = countersign_tests::client::finish(request.body("four\n"), range.into()).await.expect("an answer");
        assert!([400, 416].contains(&reply.status), "{range:?}: {reply:?}");
    }
    let mut size = 8;
    for _ in 0..3 {
        let piece = "x".repeat(1024 * 1024);
        assert_eq!(handed.trace(size, &piece).await.status, 202);
        size += piece.len();
    }
    assert_eq!(it.trace(handed.id).await.len(), size);
    handed.put("success", json!({})).await.ok(200);
    // The tail of a log may come after the end.
    assert_eq!(handed.trace(size, "tail\n").await.status, 202);
    assert!(it.trace(handed.id).await.ends_with("xtail\n"));
}

/// Section 7: 412 to the final word truncates the log, and the runner sends it again from its first byte.
async fn a_log_that_did_not_arrive_whole_is_asked_for_again(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    handed.acknowledge().await.ok(200);
    assert_eq!(handed.trace(0, "one\n").await.status, 202);
    let words = json!({"checksum": "crc32:cbf43926", "output": {"checksum": "crc32:cbf43926", "bytesize": 9}});
    let reply = handed.put("success", words.clone()).await;
    assert_eq!((reply.status, reply.header("job-status")), (412, "running"), "{reply:?}");
    assert_eq!(it.status(handed.id).await, "running");
    let reply = handed.trace(4, "56789").await;
    assert_eq!((reply.status, reply.header("range")), (416, "0-0"));
    // As long, but not the same.
    assert_eq!(handed.trace(0, "123456780").await.status, 202);
    assert_eq!(handed.put("success", words.clone()).await.status, 412);
    assert_eq!(handed.trace(0, "123456789").await.status, 202);
    handed.put("success", words.clone()).await.ok(200);
    assert_eq!((it.status(handed.id).await.as_str(), it.trace(handed.id).await.as_str()), ("success", "123456789"));
    // The word is delivered again: it is over, and stays as it is.
    let reply = handed.put("success", words).await;
    assert_eq!((reply.status, reply.header("job-status")), (403, "success"));
    assert_eq!(it.trace(handed.id).await, "123456789");
    // One that would not understand 412 is not asked.
    let lint = it.runner.take().await;
    lint.acknowledge().await.ok(200);
    assert_eq!(lint.trace(0, "one\n").await.status, 202);
    lint.put("success", json!({"info": {}, "output": {"bytesize": 9}})).await.ok(200);
    assert_eq!(it.trace(lint.id).await, "one\n");
}

/// Section 7: a final word that never fits ends all the same, with the most of the log that ever arrived.
async fn a_runner_that_never_agrees_is_asked_three_times(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    handed.acknowledge().await.ok(200);
    assert_eq!(handed.trace(0, "most of it\n").await.status, 202);
    for _ in 0..3 {
        assert_eq!(handed.put("failed", json!({"output": {"bytesize": 1_000_000}})).await.status, 412);
        assert_eq!(handed.trace(0, "less\n").await.status, 202);
    }
    handed.put("failed", json!({"output": {"bytesize": 1_000_000}})).await.ok(200);
    assert_eq!((it.status(handed.id).await.as_str(), it.trace(handed.id).await.as_str()), ("failed", "most of it\n"));
}

/// What runners sent is read back in parts, while the job runs and after.
async fn a_part_of_a_log_is_read_with_a_range(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    handed.acknowledge().await.ok(200);
    let path = it.world.project.of(&format!("/jobs/{}/trace", handed.id));
    let read = async |range: &str| {
        let request = it.world.owner.request(Method::GET, &path).header("Range", range);
        countersign_tests::client::finish(request, range.into()).await.expect("an answer")
    };
    assert_eq!(read("bytes=0-").await.status, 416, "nothing came yet");
    assert_eq!(handed.trace(0, "one\n").await.status, 202);
    for (range, status, text, told) in [
        ("bytes=0-", 206, "one\n", "bytes 0-3/4"),
        ("bytes=1-2", 206, "ne", "bytes 1-2/4"),
        ("bytes=-2", 206, "e\n", "bytes 2-3/4"),
        ("bytes=2-99", 206, "e\n", "bytes 2-3/4"),
        ("bytes=0-0,2-2", 200, "one\n", ""),
        ("lines=1-2", 200, "one\n", ""),
    ] {
        let reply = read(range).await;
        let seen = (reply.status, reply.text.as_str(), reply.header("content-range"));
        assert_eq!(seen, (status, text, told), "{range}");
        assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(reply.header("content-length"), text.len().to_string());
    }
    let beyond = read("bytes=4-").await;
    assert_eq!(beyond.header("content-range"), "bytes */4");
    beyond.refused(416);
    assert_eq!(handed.trace(4, "two\n").await.status, 202);
    assert_eq!(read("bytes=4-").await.text, "two\n");
    handed.put("success", json!({})).await.ok(200);
    assert_eq!(read("bytes=4-").await.text, "two\n");
    let request = it.world.outsider.request(Method::GET, &path).header("Range", "bytes=0-");
    countersign_tests::client::finish(request, "outsider".into()).await.expect("an answer").refused(404);
}
