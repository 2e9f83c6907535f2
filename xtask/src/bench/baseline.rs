//! The smallest server that gives the same reply: one axum handler with fixed headers and a fixed body. It is a process
//! of its own, as the server it is compared with.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CONTENT_LENGTH, DATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::get;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// The routes of what is compared.
const ROUTES: [&str; 4] = [
    "/api/v4/projects/{id}/deployments/{deployment_id}",
    "/api/v4/projects/{id}/deployments",
    "/api/v4/groups/{id}/members/all",
    "/api/v4/jobs/request",
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The reply: the head and body of one that the real server gave
    #[arg(long)]
    file: PathBuf,
}

/// Serves until it is killed; prints its address first.
///
/// # Errors
/// The file cannot be read, or there is no port to be had.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let reply = std::fs::read(&arguments.file).context("the reply cannot be read")?;
    let (status, headers, body) = parse(&reply).context("the file does not hold an HTTP reply")?;
    let reply = (status, headers, body);
    let asked = reply.clone();
    let handler = get(move || async move { reply }).post(move |_said: Bytes| async move { asked });
    let router = ROUTES.into_iter().fold(Router::new(), |router, path| router.route(path, handler.clone()));
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        axum::serve(listener, router).await?;
        Ok(())
    })
}

/// The status, the headers and the body of a reply; without those that every server writes itself.
fn parse(reply: &[u8]) -> Option<(StatusCode, HeaderMap, Bytes)> {
    let end = reply.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(reply.get(..end)?).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        if name != CONTENT_LENGTH && name != DATE {
            headers.append(name, HeaderValue::from_str(value.trim()).ok()?);
        }
    }
    Some((status, headers, Bytes::copy_from_slice(reply.get(end + 4..)?)))
}

/// A baseline server that runs until it is dropped.
pub(crate) struct Baseline {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    _child: Child,
}

impl Baseline {
    /// Starts one that gives the reply in that file.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn start(file: &Path) -> Result<Baseline> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bench-baseline").arg("--file").arg(file).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("the baseline server did not start")?;
        let output = child.stdout.take().context("the baseline server has no output")?;
        let line = BufReader::new(output).lines().next_line().await?.context("the baseline server ended")?;
        Ok(Baseline { address: line.trim().parse()?, _child: child })
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn gives_the_same_headers_but_those_every_server_writes() {
        let (status, headers, body) =
            parse(b"HTTP/1.1 201 Created\r\na: b\r\nDate: x\r\nContent-Length: 2\r\n\r\n{}").unwrap_or_default();
        assert_eq!(status, 201);
        assert_eq!(headers.len(), 1);
        assert_eq!(headers["a"], "b");
        assert_eq!(&body[..], b"{}");
        assert!(parse(b"nonsense").is_none());
    }
}
