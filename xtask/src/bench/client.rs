//! A small HTTP/1.1 client: one connection, kept alive, with replies read into one buffer. A comfortable client would
//! take more of the machine than the server that is measured.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use bytes::Buf;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How many bytes are read at a time.
const CHUNK: usize = 16 * 1024;

/// A request as it goes over the wire.
pub(crate) fn request(method: &str, path: &str, token: &str, body: Option<&Value>) -> Vec<u8> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let headers = [("PRIVATE-TOKEN", token), ("Content-Type", "application/json")];
    let headers = if body.is_empty() { &headers[..1] } else { &headers };
    [&head_with(method, path, headers, body.len()), body.as_bytes()].concat()
}

/// A request with those headers, but without its body, which may be anything and is that long.
pub(crate) fn head_with(method: &str, path: &str, headers: &[(&str, &str)], body: usize) -> Vec<u8> {
    let mut text = format!("{method} /api/v4/{path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if body > 0 {
        text.push_str(&format!("Content-Length: {body}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// One reply, as it lies in the buffer of its connection.
pub(crate) struct Reply<'c> {
    /// The status.
    pub(crate) status: u16,
    /// The status line and the headers, without the empty line.
    pub(crate) head: &'c [u8],
    /// The body.
    pub(crate) body: &'c [u8],
}

impl Reply<'_> {
    /// The body as JSON, if the status is the one expected.
    ///
    /// # Errors
    /// Another status, or no JSON: what the server said.
    pub(crate) fn expect(&self, status: u16) -> Result<Value> {
        if self.status != status {
            bail!("status {} where {status} was expected: {}", self.status, String::from_utf8_lossy(self.body));
        }
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(self.body).context("the reply is not JSON")
    }
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there.
    pub(crate) async fn connect(address: SocketAddr) -> Result<Client> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("nobody listens at {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, buffer: Vec::with_capacity(CHUNK) })
    }

    /// Sends a request and reads the whole reply.
    ///
    /// # Errors
    /// The connection broke, or the reply is none that a server of ours gives.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<Reply<'_>> {
        self.send_parts(request, &[]).await
    }

    /// As [`Client::send`], with a request of which the body lies elsewhere.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub(crate) async fn send_parts(&mut self, head: &[u8], body: &[u8]) -> Result<Reply<'_>> {
        self.stream.write_all_buf(&mut Buf::chain(head, body)).await?;
        self.buffer.clear();
        let (head, total) = loop {
            self.buffer.reserve(CHUNK);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            let Some(head) = head_end(&self.buffer) else { continue };
            let total = head + 4 + body_length(&self.buffer[..head])?;
            if self.buffer.len() >= total {
                break (head, total);
            }
        };
        let status = self.buffer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        let status = status.context("the reply has no status")?;
        Ok(Reply { status, head: &self.buffer[..head], body: &self.buffer[head + 4..total] })
    }
}

/// Where the headers end.
fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n")
}

/// The length of the body that the headers announce; 0 without one.
fn body_length(head: &[u8]) -> Result<usize> {
    const NAME: &[u8] = b"content-length:";
    for line in head.split(|byte| *byte == b'\n') {
        if line.len() > NAME.len() && line[..NAME.len()].eq_ignore_ascii_case(NAME) {
            let number = std::str::from_utf8(&line[NAME.len()..])?.trim();
            return number.parse().context("the length of the body is no number");
        }
        if line.len() > 18 && line[..18].eq_ignore_ascii_case(b"transfer-encoding:") {
            bail!("the reply comes in chunks, which this client does not read");
        }
    }
    Ok(0)
}

/// A connection on which one person sets things up.
pub(crate) struct Api {
    client: Client,
    token: String,
}

impl Api {
    /// Connects as whoever the token belongs to.
    ///
    /// # Errors
    /// Nobody listens there.
    pub(crate) async fn connect(address: SocketAddr, token: &str) -> Result<Api> {
        Ok(Api { client: Client::connect(address).await?, token: token.to_owned() })
    }

    /// Makes a request whose reply must have that status.
    ///
    /// # Errors
    /// Any other status, with what the server said.
    pub(crate) async fn call(&mut self, method: &str, path: &str, body: Option<&Value>, status: u16) -> Result<Value> {
        let request = request(method, path, &self.token, body);
        self.client.send(&request).await?.expect(status).with_context(|| format!("{method} {path}"))
    }

    /// Creates something: POST, and 201.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub(crate) async fn create(&mut self, path: &str, body: &Value) -> Result<Value> {
        self.call("POST", path, Some(body), 201).await
    }

    /// Creates something and returns its id.
    ///
    /// # Errors
    /// As [`Api::call`], or the reply has no id.
    pub(crate) async fn create_id(&mut self, path: &str, body: &Value) -> Result<i64> {
        id(&self.create(path, body).await?)
    }
}

/// The id in a reply.
///
/// # Errors
/// There is none.
pub(crate) fn id(reply: &Value) -> Result<i64> {
    reply["id"].as_i64().with_context(|| format!("the reply has no id: {reply}"))
}

#[cfg(test)]
mod tests {
    use super::{body_length, head_end, request};

    #[test]
    fn reads_where_a_reply_ends() {
        let reply = b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\nX: y\r\n\r\nbody";
        let head = head_end(reply).unwrap_or_default();
        assert_eq!(&reply[head..], b"\r\n\r\nbody");
        assert_eq!(body_length(&reply[..head]).ok(), Some(12));
        assert_eq!(body_length(b"HTTP/1.1 204 No Content").ok(), Some(0));
        assert!(body_length(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked").is_err());
    }

    #[test]
    fn writes_the_body_with_its_length() {
        let text = request("POST", "x", "t", Some(&serde_json::json!({"a": 1})));
        assert!(text.ends_with(b"Content-Length: 7\r\n\r\n{\"a\":1}"));
    }
}
