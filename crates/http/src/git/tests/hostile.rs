//! Requests no git client sends, and clients that go away.

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use tokio::io::AsyncReadExt;

use super::*;

/// Sends one request straight to the handler.
async fn send(
    server: &Server,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> (StatusCode, Vec<u8>) {
    let mut request = Request::builder().method(method).uri(format!("/group/project.git/{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = handle(State(server.clone()), request.body(body.into()).unwrap()).await;
    let status = response.status();
    (status, to_bytes(response.into_body(), 1 << 20).await.unwrap_or_default().to_vec())
}

const FETCH: (&str, &str) = ("content-type", "application/x-git-upload-pack-request");
const PUSH: (&str, &str) = ("content-type", "application/x-git-receive-pack-request");

#[tokio::test]
async fn advertisements_have_the_right_headers() {
    let server = Server::start().await;
    for service in ["git-upload-pack", "git-receive-pack"] {
        let uri = format!("/group/project.git/info/refs?service={service}");
        let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
        let response = handle(State(server.clone()), request).await;
        assert_eq!(response.headers()["content-type"], format!("application/x-{service}-advertisement"));
        assert_eq!(response.headers()["cache-control"], "no-cache, max-age=0, must-revalidate");
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        assert!(body.starts_with(&packet::announcement(service)));
    }
    let version = [("git-protocol", "version=2")];
    let (_, body) = send(&server, "GET", "info/refs?service=git-upload-pack", &version, Body::empty()).await;
    assert!(body.starts_with(b"000eversion 2\n"));
    let (status, _) = send(&server, "GET", "info/refs", &[], Body::empty()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = send(&server, "GET", "info/refs?service=git-evil", &[], Body::empty()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    server.repositories.delete(1).unwrap();
    let (status, _) = send(&server, "GET", "info/refs?service=git-upload-pack", &[], Body::empty()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nonsense_is_the_senders_fault() {
    let server = Server::start().await;
    let zeros = "0".repeat(40);
    let command = format!("{zeros} {} refs/heads/x\0 report-status", "1".repeat(40));
    let bodies: [&[u8]; 6] = [b"nonsense", b"", b"0001", b"0009abc", b"\xff\xfe", &packet::line(command.as_bytes())];
    for body in bodies {
        let (status, text) = send(&server, "POST", "git-receive-pack", &[PUSH], body.to_vec()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body:?} {text:?}");
    }
    let (status, text) = send(&server, "POST", "git-upload-pack", &[FETCH], "nonsense").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{text:?}");
    for (path, kind) in [("git-upload-pack", FETCH), ("git-receive-pack", PUSH)] {
        let (status, _) = send(&server, "POST", path, &[kind], "0000").await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = send(&server, "POST", path, &[("content-type", "text/plain")], "0000").await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let (status, _) = send(&server, "POST", path, &[kind, ("content-encoding", "br")], "0000").await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let (status, _) = send(&server, "POST", path, &[kind, ("content-encoding", "gzip")], "not gzip").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
    let pack = [packet::line(command.as_bytes()).as_slice(), packet::FLUSH, b"PACKnonsense"].concat();
    let (status, text) = send(&server, "POST", "git-receive-pack", &[PUSH], pack).await;
    assert!(status == StatusCode::OK && String::from_utf8_lossy(&text).contains("ng refs/heads/x"), "{text:?}");
    assert!(server.repositories.is_empty(1).unwrap());
}

#[tokio::test]
async fn a_compressed_bomb_is_stopped_at_the_limit() {
    let server = Server::start().await;
    server.change(|rules| rules.limits.fetch_request = 1 << 20);
    let mut packed = Vec::new();
    let mut packer = async_compression::tokio::bufread::GzipEncoder::new(tokio::io::BufReader::new(
        tokio::io::repeat(b'0').take(50 << 20),
    ));
    packer.read_to_end(&mut packed).await.unwrap();
    assert!(packed.len() < 100_000);
    let (status, text) = send(&server, "POST", "git-upload-pack", &[FETCH, ("content-encoding", "gzip")], packed).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{text:?}");
}

#[tokio::test]
async fn a_silent_client_is_not_waited_for() {
    let server = Server::start().await;
    server.change(|rules| rules.limits.idle = Duration::from_millis(100));
    for (path, kind) in [("git-upload-pack", FETCH), ("git-receive-pack", PUSH)] {
        let silence = Body::from_stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
        let (status, _) = send(&server, "POST", path, &[kind], silence).await;
        assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    }
    server
        .change(|rules| (rules.limits.idle, rules.limits.time) = (Duration::from_secs(9), Duration::from_millis(100)));
    let silence = Body::from_stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
    let (status, _) = send(&server, "POST", "git-upload-pack", &[FETCH], silence).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

/// A place for one process.
async fn place() -> crate::git::room::Place {
    Room::of(1, 1).enter(Service::ReceivePack, Client::person(1), Duration::ZERO).await.unwrap()
}

/// Stands in for git: never ends, and neither does its child, which writes all the time.
fn endless(sign_of_life: &Path) -> std::process::Command {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "(while :; do echo x >> \"$0\"; sleep 0.02; done) & sleep 60"]).arg(sign_of_life);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_slow_to_arrive_is_judged_by_the_rules_at_its_end() {
    let server = Server::start().await;
    server.change(|rules| rules.limits.judged = Duration::ZERO);
    let sha = server.commit("One").await;
    let mut pack = tokio::process::Command::new("git");
    pack.current_dir(server.work("")).args(["pack-objects", "--all", "--stdout", "-q"]);
    let pack = pack.stdin(std::process::Stdio::null()).output().await.unwrap().stdout;
    let (front, rest) = pack.split_at(pack.len() - 20);
    let command = format!("{} {sha} refs/heads/main\0 report-status", "0".repeat(40));
    let front = [packet::line(command.as_bytes()).as_slice(), packet::FLUSH, front].concat();
    for (verdict, expected) in [
        (
            PushVerdict::Refused(vec![("refs/heads/main".into(), "not any more".into())]),
            "ng refs/heads/main not any more",
        ),
        (
            PushVerdict::Accepted { only_grow: vec!["refs/heads/main".into()] },
            "ng refs/heads/main What is protected changed",
        ),
        (PushVerdict::Accepted { only_grow: vec![] }, "ok refs/heads/main"),
    ] {
        server.seen.lock().unwrap().clear();
        server.change(|rules| rules.verdict = PushVerdict::Accepted { only_grow: vec![] });
        let (pieces, body) = tokio::sync::mpsc::channel::<bytes::Bytes>(1);
        let body = futures_util::stream::unfold(body, async |mut body| Some((body.recv().await?, body)));
        let body = Body::from_stream(futures_util::StreamExt::map(body, Ok::<_, std::io::Error>));
        let asking = server.clone();
        let answer = tokio::spawn(async move { send(&asking, "POST", "git-receive-pack", &[PUSH], body).await });
        pieces.send(front.clone().into()).await.unwrap();
        while server.seen.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.change(|rules| rules.verdict = verdict);
        pieces.send(rest.to_vec().into()).await.unwrap();
        drop(pieces);
        let text = String::from_utf8_lossy(&answer.await.unwrap().1).into_owned();
        assert!(text.contains(expected), "{text}");
        assert_eq!(server.repositories.is_empty(1).unwrap(), expected.starts_with("ng"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn git_dies_with_its_client() {
    let dir = tempfile::tempdir().unwrap();
    let sign = dir.path().join("sign");
    let minute = Duration::from_secs(60);
    let output = Conversation::new(endless(&sign), Input::empty(minute), minute, place().await).start().unwrap();
    let written = || std::fs::metadata(&sign).map_or(0, |meta| meta.len());
    while written() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(output);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = written();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(written(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_finished_for_a_client_that_has_gone() {
    let done = Arc::new(AtomicUsize::new(0));
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "cat >/dev/null; sleep 0.3; echo ok"]);
    let counter = done.clone();
    let nine = Duration::from_secs(9);
    let talk = Conversation::new(command, Input::empty(nine), nine, place().await);
    let talk = talk.until_done(Box::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    }));
    drop(talk.start().unwrap());
    let finished = async {
        while done.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(8), finished).await.unwrap();
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_more_than_there_is_room_for_is_told_to_come_back() {
    let server = Server::start().await;
    server.change(|rules| rules.limits.queue = Duration::from_millis(100));
    let places = [
        server.room.enter(Service::UploadPack, Client::person(1), Duration::ZERO).await.unwrap(),
        server.room.enter(Service::UploadPack, Client::person(2), Duration::ZERO).await.unwrap(),
    ];
    let uri = "/group/project.git/info/refs?service=git-upload-pack";
    let ask = async || {
        let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
        handle(State(server.clone()), request).await
    };
    let refused = ask().await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "5");
    let text = to_bytes(refused.into_body(), 1000).await.unwrap();
    assert!(text.starts_with(b"The server is busy"), "{text:?}");
    // Fetches do not keep pushes out.
    server.commit("One").await;
    let (pushed, text) = server.push(&["main"]).await;
    assert!(pushed, "{text}");
    drop(places);
    for _ in 0..5 {
        let answer = ask().await;
        assert_eq!(answer.status(), StatusCode::OK);
        to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_its_share_is_told_to_come_back_and_keeps_nobody_else_waiting() {
    let server = Server::start().await;
    server.change(|rules| rules.limits.queue = Duration::from_millis(100));
    let uri = "/group/project.git/info/refs?service=git-upload-pack";
    let ask = async || {
        let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
        handle(State(server.clone()), request).await.status()
    };
    // Half of two places, of the one who asks.
    let held = server.room.enter(Service::UploadPack, Client::person(7), Duration::ZERO).await.unwrap();
    assert_eq!(ask().await, StatusCode::SERVICE_UNAVAILABLE);
    assert!(server.room.enter(Service::UploadPack, Client::person(1), Duration::ZERO).await.is_ok());
    drop(held);
    assert_eq!(ask().await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_nobody_reads_ends_with_its_process() {
    use tokio::io::AsyncWriteExt;
    let server = Server::start().await;
    write(&server.work("large"), &noise(24 << 20));
    let sha = server.commit("Large").await;
    assert!(server.push(&["main"]).await.0);
    let want = packet::line(format!("want {sha}\n").as_bytes());
    let body = [&want, packet::FLUSH, &packet::line(b"done\n")].concat();
    let address = server.url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let mut lazy = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /group/project.git/git-upload-pack HTTP/1.1\r\nhost: a\r\n{}: {}\r\ncontent-length: {}\r\n\r\n",
        FETCH.0,
        FETCH.1,
        body.len()
    );
    lazy.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
    let mut first = [0; 15];
    lazy.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    assert!(server.room.enter(Service::UploadPack, Client::person(1), Duration::ZERO).await.is_ok());
    // Both places are free again although the client has not gone.
    let room = server.room.clone();
    let both = async {
        let one = room.enter(Service::UploadPack, Client::person(1), Duration::from_secs(60)).await.unwrap();
        (one, room.enter(Service::UploadPack, Client::person(2), Duration::from_secs(60)).await.unwrap())
    };
    drop(both.await);
    drop(lazy);
}
