//! The runner protocol's calls over HTTP. Tokens travel in headers and bodies, never in URLs or logs.

use std::error::Error as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use countersign_wire::runner::{Artifact, Info, Job, JobRequest, UpdateJob, VerifyReply, VerifyRequest};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, RequestBuilder, Response, StatusCode, Url, header, redirect};

use tokio::io::AsyncWriteExt;

use crate::cursor::{Answer, again_after};
use crate::error::Error;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a call may take.
const CALL: Duration = Duration::from_secs(60);

/// How long a request for a job may take; servers hold it for up to 50 seconds.
const LONG_POLL: Duration = Duration::from_secs(120);

/// How long a file may take to be sent.
const TRANSFER: Duration = Duration::from_secs(60 * 60);

/// The header that marks the state of the server's queue.
const LAST_UPDATE: &str = "X-GitLab-Last-Update";

/// One runner's connection to its server.
pub(crate) struct Client {
    http: reqwest::Client,
    /// The server's URL, ending with a slash.
    server: Url,
    token: String,
    system_id: String,
    info: Info,
    last_update: Mutex<String>,
}

/// The answer to the question whether the runner's token is valid.
pub(crate) enum Verified {
    /// It is, for the runner with this id.
    Valid(i64),
    /// It is not.
    Refused,
    /// The server could not say, for this reason.
    Unclear(String),
}

/// The answer to a request for a job.
pub(crate) enum Polled {
    /// A job to run.
    Job(Box<Job>),
    /// No job now.
    Nothing,
    /// No usable answer, for this reason.
    Failed(String),
}

/// A file to leave with the server.
pub(crate) struct Upload<'a> {
    /// Where it is.
    pub(crate) path: &'a Path,
    /// What it is to be called.
    pub(crate) filename: &'a str,
    /// What it is for.
    pub(crate) artifact: &'a Artifact,
}

impl Upload<'_> {
    async fn form(&self) -> std::io::Result<Form> {
        let file = tokio::fs::File::open(self.path).await?;
        let length = file.metadata().await?.len();
        let part = Part::stream_with_length(Body::from(file), length).file_name(self.filename.to_owned());
        Ok(Form::new().part("file", part))
    }
}

impl Client {
    /// A client for the server at `url`.
    ///
    /// # Errors
    /// The URL is not an HTTP URL, or TLS cannot be set up.
    pub(crate) fn new(url: &str, token: String, system_id: String, info: Info) -> Result<Self, Error> {
        let server = server_url(url)?;
        // A second installation in the same process is refused and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("countersign-runner/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT);
        if server.scheme() == "http" {
            // Without TLS no root certificates are needed, and a small container may have none.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| Error::Client(describe(error)))?;
        Ok(Self { http, server, token, system_id, info, last_update: Mutex::default() })
    }

    /// The server's URL, ending with a slash.
    pub(crate) fn server(&self) -> &Url {
        &self.server
    }

    /// Asks whether the runner's token is valid.
    pub(crate) async fn verify(&self) -> Verified {
        let body =
            VerifyRequest { token: self.token.clone(), system_id: self.system_id.clone(), info: self.info.clone() };
        let call = self.call(Method::POST, "runners/verify", CALL).header("RUNNER-TOKEN", &self.token).json(&body);
        match call.send().await {
            Ok(reply) if reply.status() == StatusCode::OK => match reply.json::<VerifyReply>().await {
                Ok(reply) if reply.id > 0 => Verified::Valid(reply.id),
                Ok(_) => Verified::Unclear("the reply names no runner".to_owned()),
                Err(error) => Verified::Unclear(describe(error)),
            },
            Ok(reply) if reply.status() == StatusCode::FORBIDDEN => Verified::Refused,
            Ok(reply) => Verified::Unclear(format!("status {}", reply.status())),
            Err(error) => Verified::Unclear(describe(error)),
        }
    }

    /// Asks for a job; the server may take its time.
    pub(crate) async fn request_job(&self) -> Polled {
        let body = JobRequest {
            info: self.info.clone(),
            token: self.token.clone(),
            system_id: self.system_id.clone(),
            last_update: self.last_update.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        let call = self.call(Method::POST, "jobs/request", LONG_POLL).header("RUNNER-TOKEN", &self.token).json(&body);
        let reply = match call.send().await {
            Ok(reply) => reply,
            Err(error) => return Polled::Failed(describe(error)),
        };
        if let Some(mark) = text_header(&reply, LAST_UPDATE) {
            *self.last_update.lock().unwrap_or_else(PoisonError::into_inner) = mark;
        }
        match reply.status() {
            StatusCode::CREATED => match reply.json::<Job>().await {
                Ok(job) if job.id > 0 => Polled::Job(Box::new(job)),
                Ok(_) => Polled::Failed("the job has no id".to_owned()),
                Err(error) => Polled::Failed(format!("the job cannot be read: {}", describe(error))),
            },
            StatusCode::NO_CONTENT => Polled::Nothing,
            StatusCode::FORBIDDEN => Polled::Failed("the server refuses this runner's token".to_owned()),
            status => Polled::Failed(format!("status {status}")),
        }
    }

    /// Reports the state of a job, with this runner's description. `None` if there was no answer.
    pub(crate) async fn update(&self, id: i64, update: UpdateJob) -> Option<Answer> {
        let update = UpdateJob { info: self.info.clone(), ..update };
        let call = self.call(Method::PUT, &format!("jobs/{id}"), CALL).header("JOB-TOKEN", &update.token);
        answer(id, call.json(&update)).await
    }

    /// Sends a piece of a job's log. `None` if there was no answer.
    pub(crate) async fn patch_trace(&self, id: i64, token: &str, range: &str, bytes: Vec<u8>) -> Option<Answer> {
        let call = self
            .call(Method::PATCH, &format!("jobs/{id}/trace"), CALL)
            .query(&[("debug_trace", "false")])
            .header("JOB-TOKEN", token)
            .header(header::CONTENT_RANGE, range)
            .header(header::CONTENT_TYPE, "text/plain")
            .body(bytes);
        answer(id, call).await
    }

    /// Leaves a file of a job with the server; a server that is busy, or not there, is asked again.
    ///
    /// # Errors
    /// Says why it did not take it.
    pub(crate) async fn upload(&self, id: i64, token: &str, upload: &Upload<'_>) -> Result<(), String> {
        repeated(|| self.upload_once(id, token, upload)).await
    }

    async fn upload_once(&self, id: i64, token: &str, upload: &Upload<'_>) -> Result<(), Miss> {
        let form = upload.form().await.map_err(Miss::here)?;
        let call = self
            .call(Method::POST, &format!("jobs/{id}/artifacts"), TRANSFER)
            .query(&[
                ("artifact_type", &upload.artifact.artifact_type),
                ("artifact_format", &upload.artifact.artifact_format),
            ])
            .header("JOB-TOKEN", token)
            .multipart(form);
        let reply = call.send().await.map_err(Miss::unanswered)?;
        if reply.status() == StatusCode::CREATED {
            return Ok(());
        }
        let miss = Miss::answered(&reply);
        Err(Miss { why: format!("{}: {}", miss.why, reply.text().await.unwrap_or_default()), ..miss })
    }

    /// Fetches the file of a job, into a new file at `path`; a server that is busy, or not there, is asked again.
    ///
    /// # Errors
    /// Says why it is not to be had.
    pub(crate) async fn download(&self, id: i64, token: &str, path: &Path) -> Result<(), String> {
        repeated(|| self.download_once(id, token, path)).await
    }

    async fn download_once(&self, id: i64, token: &str, path: &Path) -> Result<(), Miss> {
        let call = self.call(Method::GET, &format!("jobs/{id}/artifacts"), TRANSFER).header("JOB-TOKEN", token);
        let mut reply = call.send().await.map_err(Miss::unanswered)?;
        if reply.status() != StatusCode::OK {
            return Err(Miss::answered(&reply));
        }
        let mut file = tokio::fs::File::create(path).await.map_err(Miss::here)?;
        while let Some(piece) = reply.chunk().await.map_err(Miss::unanswered)? {
            file.write_all(&piece).await.map_err(Miss::here)?;
        }
        file.flush().await.map_err(Miss::here)
    }

    fn call(&self, method: Method, path: &str, limit: Duration) -> RequestBuilder {
        let url = format!("{}api/v4/{path}", self.server);
        self.http.request(method, url).timeout(limit).header(header::ACCEPT, "application/json")
    }
}

/// Why a file did not come across.
struct Miss {
    why: String,
    /// Whether it may come across later.
    passing: bool,
    /// The server's status, if it answered.
    status: Option<u16>,
    /// After how many seconds the server wants to be asked again.
    retry_after: Option<u64>,
}

impl Miss {
    /// For a reason on this machine.
    fn here(error: std::io::Error) -> Self {
        Self { why: error.to_string(), passing: false, status: None, retry_after: None }
    }

    /// The server did not answer, or not to the end.
    fn unanswered(error: reqwest::Error) -> Self {
        Self { why: describe(error), passing: true, status: None, retry_after: None }
    }

    /// The server answered otherwise.
    fn answered(reply: &Response) -> Self {
        let retry_after = text_header(reply, "Retry-After").and_then(|text| text.trim().parse().ok());
        let status = reply.status();
        Self { why: format!("status {status}"), passing: true, status: Some(status.as_u16()), retry_after }
    }
}

/// Does something until it succeeds or its failure is final.
async fn repeated<F: Future<Output = Result<(), Miss>>>(call: impl Fn() -> F) -> Result<(), String> {
    let mut tried = 0;
    loop {
        let Err(miss) = call().await else { return Ok(()) };
        tried += 1;
        match again_after(miss.status, miss.retry_after, tried).filter(|_| miss.passing) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(miss.why),
        }
    }
}

/// Sends a report about a job and keeps of the reply what counts.
async fn answer(id: i64, call: RequestBuilder) -> Option<Answer> {
    match call.send().await {
        Ok(reply) => Some(Answer {
            status: reply.status().as_u16(),
            job_status: text_header(&reply, "Job-Status"),
            range: text_header(&reply, "Range"),
            interval: text_header(&reply, "X-GitLab-Trace-Update-Interval").and_then(|text| text.trim().parse().ok()),
        }),
        Err(error) => {
            tracing::warn!(job = id, why = describe(error), "the server did not answer a report");
            None
        }
    }
}

fn text_header(reply: &Response, name: &str) -> Option<String> {
    reply.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// An error with its causes, without the URL.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// Reads the server's URL; a trailing `/ci`, from old settings, is dropped as other runners do.
fn server_url(text: &str) -> Result<Url, Error> {
    let trimmed = text.trim().trim_end_matches('/');
    let trimmed = trimmed.strip_suffix("/ci").unwrap_or(trimmed);
    let url = Url::parse(&format!("{trimmed}/")).map_err(|error| error.to_string()).and_then(|url| {
        if !matches!(url.scheme(), "http" | "https") {
            Err("it must begin with http:// or https://".to_owned())
        } else if !url.username().is_empty() || url.password().is_some() {
            Err("it must not hold a user name or password".to_owned())
        } else if url.query().is_some() || url.fragment().is_some() {
            Err("it must not have a query or a fragment".to_owned())
        } else {
            Ok(url)
        }
    });
    let shown = || if text.contains('@') { "(hidden)".to_owned() } else { text.to_owned() };
    url.map_err(|why| Error::Url { url: shown(), why })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use countersign_wire::runner::{Artifact, Info};

    use super::{Client, Upload, Verified, server_url};
    use crate::small_server::serve;

    #[test]
    fn the_servers_url_is_read_as_runners_do() {
        let read = |text| server_url(text).map(String::from).map_err(|error| error.to_string());
        assert_eq!(read("http://x.test:8080").unwrap(), "http://x.test:8080/");
        assert_eq!(read("https://x.test/prefix//").unwrap(), "https://x.test/prefix/");
        assert_eq!(read("https://x.test/ci").unwrap(), "https://x.test/");
        assert!(read("x.test").unwrap_err().contains("should look like"));
        assert!(read("ftp://x.test").unwrap_err().contains("http://"));
        assert!(!read("http://u:pass@x.test").unwrap_err().contains("pass@"));
        assert!(read("http://x.test/?a").is_err());
    }

    #[tokio::test]
    async fn an_unreachable_server_is_named_as_such_without_the_token() {
        let new = |url| Client::new(url, "glrt-secret".to_owned(), "r_0".to_owned(), Info::default());
        let Verified::Unclear(why) = new("http://127.0.0.1:9").unwrap().verify().await else { unreachable!() };
        assert!(!why.contains("secret") && !why.is_empty(), "{why}");
    }

    /// A client of a server that gives these answers, one after the other, and how many it has given.
    async fn client_of(answers: &'static [Option<u16>]) -> (Client, Arc<AtomicUsize>) {
        let given = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&given);
        let next = move |_: &str| {
            let answer = answers[count.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1)];
            answer.map(|status| (status, format!("body {status}").into_bytes()))
        };
        let url = serve(next).await;
        (Client::new(&url, "glrt-secret".to_owned(), "r_0".to_owned(), Info::default()).unwrap(), given)
    }

    #[tokio::test]
    async fn a_file_comes_across_although_the_server_says_later() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let (client, given) = client_of(&[Some(503), None, Some(429), Some(408), Some(200)]).await;
        client.download(7, "t", &path).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "body 200");
        assert_eq!(given.load(Ordering::Relaxed), 5);
        let upload = Upload { path: &path, filename: "a.zip", artifact: &Artifact::default() };
        let (client, given) = client_of(&[Some(429), Some(408), Some(500), Some(201)]).await;
        client.upload(7, "t", &upload).await.unwrap();
        assert_eq!(given.load(Ordering::Relaxed), 4);
    }

    #[tokio::test]
    async fn a_file_that_is_refused_is_not_asked_for_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "x").unwrap();
        let upload = Upload { path: &path, filename: "a.zip", artifact: &Artifact::default() };
        let (client, given) = client_of(&[Some(403), Some(413), Some(503)]).await;
        assert!(client.download(7, "t", &path).await.unwrap_err().contains("403"));
        let why = client.upload(7, "t", &upload).await.unwrap_err();
        assert!(why.contains("413") && why.ends_with("body 413"), "{why}");
        assert_eq!(given.load(Ordering::Relaxed), 2);
        assert!(client.download(7, "t", &path).await.unwrap_err().contains("503"));
        assert_eq!(given.load(Ordering::Relaxed), 8, "it is not asked for ever");
    }
}
