//! Requests byte by byte, for what no client library sends.

use crate::Server;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub struct RawReply {
    /// The status.
    pub status: u16,
    /// The head as it came.
    pub head: String,
    /// The body as it came.
    pub body: String,
}

/// Sends a request line, header lines and a body as they are; `Host`, `Connection: close` and, for a body,
/// `Content-Length` are added.
///
/// # Panics
/// There was no answer.
pub async fn send(server: &Server, line: &str, headers: &[&str], body: &[u8]) -> RawReply {
    let address = server.url.trim_start_matches("http://");
    let mut request = format!("{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    if !body.is_empty() {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let mut bytes = [request.as_bytes(), b"\r\n", body].concat();
    // The server may answer, and hang up, before it has read all of it.
    let _ = stream.write_all(&bytes).await;
    bytes.clear();
    let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut bytes)).await;
    let _ = read.expect("the server answers in time");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no status in {text:?}"));
    RawReply { status, head: head.to_owned(), body: body.to_owned() }
}
