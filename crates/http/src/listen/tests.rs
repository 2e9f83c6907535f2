//! Connections as clients see them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Limits, run};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(200);
const REQUEST: &[u8] = b"GET /address HTTP/1.1\r\nhost: a\r\n\r\n";

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

async fn start(limits: Limits, router: Router) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(run(listener, router, limits, async { stopped.await.unwrap_or_default() }));
    Running { address, stop, server }
}

fn router() -> Router {
    Router::new().route("/address", get(|ConnectInfo(at): ConnectInfo<SocketAddr>| async move { format!("<{at}>") }))
}

async fn read_to(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let mut bytes = [0; 1024];
        let n = timeout(LONG, stream.read(&mut bytes)).await.expect("an answer").unwrap();
        assert!(n > 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..n]).unwrap());
    }
    text
}

#[tokio::test]
async fn a_header_that_is_never_finished_is_closed() {
    let running = start(Limits { connections: 2, header: SHORT, ..Limits::USUAL }, router()).await;
    for sent in ["", "GET /address HTTP/1.1\r\nhost:"] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        timeout(LONG, stream.read_to_end(&mut rest)).await.expect("the server closes").unwrap();
    }
}

/// A connection whose first request was answered.
async fn kept(running: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    read_to(&mut stream, ">").await;
    stream
}

#[tokio::test]
async fn a_kept_connection_may_rest_for_longer_than_a_header_may_take() {
    let running = start(Limits { header: SHORT, ..Limits::USUAL }, router()).await;
    let mut stream = kept(&running).await;
    tokio::time::sleep(3 * SHORT).await;
    stream.write_all(REQUEST).await.unwrap();
    read_to(&mut stream, ">").await;
    // The header of a later request is timed as the first one is, from its first byte on.
    stream.write_all(b"GET /address HT").await.unwrap();
    assert_eq!(timeout(LONG, stream.read(&mut [0; 8])).await.expect("the server closes").unwrap(), 0);
}

#[tokio::test]
async fn a_kept_connection_does_not_rest_for_ever() {
    let running = start(Limits { header: LONG, idle: SHORT, ..Limits::USUAL }, router()).await;
    let mut stream = kept(&running).await;
    assert_eq!(timeout(LONG, stream.read(&mut [0; 8])).await.expect("the server closes").unwrap(), 0);
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_broken_off() {
    let (held, mut dropped) = tokio::sync::mpsc::channel::<()>(1);
    let flood = get(move || {
        let held = held.clone();
        async move {
            let pieces = futures_util::stream::repeat_with(move || {
                let _lives_as_long_as_the_answer = &held;
                Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[0; 65_536]))
            });
            axum::body::Body::from_stream(pieces)
        }
    });
    let limits = Limits { stall: SHORT, connections: 1, ..Limits::USUAL };
    let running = start(limits, router().route("/flood", flood)).await;
    let mut lazy = TcpStream::connect(running.address).await.unwrap();
    lazy.write_all(b"GET /flood HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    // There is room for one connection only, so that this one is served when the other was closed.
    kept(&running).await;
    drop(running);
    assert!(timeout(LONG, dropped.recv()).await.is_ok_and(|end| end.is_none()), "the answer is still being made");
}

#[tokio::test]
async fn handlers_see_the_client_and_the_connection_is_kept() {
    let running = start(Limits::USUAL, router()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let own = format!("<{}>", stream.local_addr().unwrap());
    for _ in 0..2 {
        stream.write_all(REQUEST).await.unwrap();
        assert!(read_to(&mut stream, ">").await.ends_with(&own));
    }
}

#[tokio::test]
async fn a_connection_too_many_waits_for_room() {
    let running = start(Limits { connections: 1, header: LONG, ..Limits::USUAL }, router()).await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    first.write_all(REQUEST).await.unwrap();
    read_to(&mut first, ">").await;
    let mut second = TcpStream::connect(running.address).await.unwrap();
    second.write_all(REQUEST).await.unwrap();
    assert!(timeout(SHORT, second.readable()).await.is_err(), "there was no room yet");
    drop(first);
    read_to(&mut second, ">").await;
}

#[tokio::test]
async fn the_end_finishes_the_request_at_hand_and_closes_idle_connections() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begins, goes_on) = (Arc::clone(&begun), Arc::clone(&go_on));
    let slow = get(move || async move {
        begins.notify_one();
        goes_on.notified().await;
        "<done>"
    });
    let running = start(Limits::USUAL, router().route("/slow", slow)).await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    idle.write_all(REQUEST).await.unwrap();
    read_to(&mut idle, ">").await;
    let mut busy = TcpStream::connect(running.address).await.unwrap();
    busy.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    begun.notified().await;
    running.stop.send(()).unwrap();
    assert_eq!(timeout(LONG, idle.read(&mut [0; 8])).await.expect("the server closes").unwrap(), 0);
    assert!(!running.server.is_finished());
    go_on.notify_one();
    assert!(read_to(&mut busy, "<done>").await.starts_with("HTTP/1.1 200"));
    timeout(LONG, running.server).await.expect("the server ends").unwrap();
}
