//! One git process talking to one client: fed, read, timed, and killed when nobody listens any more.

use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use countersign_app::git::kill_group;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin};
use tokio::sync::mpsc;

use super::Failure;
use super::body::Input;
use super::room::Place;
use super::watch::Watch;

/// How much of git's standard error is kept, in bytes.
const STDERR_LIMIT: u64 = 8 * 1024;

/// How much is read from git at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// What git answers, piece by piece; it ends after `on_end` has run.
pub(super) type Output = mpsc::Receiver<Result<Bytes, Failure>>;

/// A git process about to be started.
pub(super) struct Conversation {
    command: Command,
    input: Input,
    time: Duration,
    place: Place,
    on_end: Option<Box<dyn FnOnce() + Send>>,
    watch: Option<Watch>,
}

/// Kills the process group unless it has ended by itself.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            kill_group(leader);
        }
    }
}

impl Conversation {
    /// Prepares to run `command` on `input` for at most `time`, in that place among all processes.
    pub(super) fn new(command: Command, input: Input, time: Duration, place: Place) -> Self {
        Self { command, input, time, place, on_end: None, watch: None }
    }

    /// Lets git finish once it has all input, even when the client has gone, and then calls `on_end` if git ended well.
    pub(super) fn until_done(mut self, on_end: Box<dyn FnOnce() + Send>) -> Self {
        self.on_end = Some(on_end);
        self
    }

    /// Asks, as long as git gets more, whether the push may go on.
    pub(super) fn watched(mut self, watch: Watch) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Starts git. The conversation goes on in a task of its own.
    pub(super) fn start(self) -> Result<Output, Failure> {
        let mut command = tokio::process::Command::from(self.command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let child = command.spawn().map_err(|error| {
            tracing::error!(%error, "git cannot be started");
            Failure::Unavailable
        })?;
        let (sender, receiver) = mpsc::channel(4);
        let (input, time, place, on_end) = ((self.input, self.watch), self.time, self.place, self.on_end);
        tokio::spawn(async move {
            let talk = converse(child, input, &sender, on_end);
            let ended = tokio::time::timeout(time, talk).await.unwrap_or(Err(Failure::TimeLimit));
            drop(place);
            if let Err(failure) = ended {
                tracing::debug!(%failure, "a git conversation ended early");
                // Nobody needs to hear it when the client has gone.
                let _ = sender.send(Err(failure)).await;
            }
        });
        Ok(receiver)
    }
}

async fn converse(
    mut child: Child,
    (input, watch): (Input, Option<Watch>),
    sender: &mpsc::Sender<Result<Bytes, Failure>>,
    on_end: Option<Box<dyn FnOnce() + Send>>,
) -> Result<(), Failure> {
    let mut group = Group(child.id());
    let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(Failure::Unavailable);
    };
    let outlives = on_end.is_some();
    let withdrawn = OnceLock::new();
    let work = async {
        let feed = feed(input, stdin, (watch, &withdrawn));
        tokio::try_join!(feed, pump(stdout, sender, (outlives, &withdrawn)), complaints(stderr))
    };
    let ((), sent, said) = tokio::select! {
        done = work => done?,
        () = sender.closed(), if !outlives => return Err(Failure::Gone),
    };
    let status = child.wait().await.map_err(|e| Failure::BrokenOff(e.to_string()))?;
    group.0 = None;
    if let Some(report) = withdrawn.into_inner() {
        tracing::info!("a push was withdrawn while it arrived");
        // Nobody needs to hear it when the client has gone.
        let _ = sender.send(Ok(report)).await;
    } else if !status.success() {
        tracing::info!(%status, stderr = said, "git ended a conversation with an error");
        return if sent { Ok(()) } else { Err(Failure::Refused(said)) };
    }
    if let Some(on_end) = on_end
        && let Err(error) = tokio::task::spawn_blocking(on_end).await
    {
        tracing::error!(%error, "what follows a push failed; its spool entry remains");
    }
    Ok(())
}

/// Hands the request to git. When git has heard enough, the rest is read and dropped, so that the client
/// gets to read the answer. A push that may not go on breaks off there: the report that says so takes the place of what
/// git answers.
async fn feed(
    mut input: Input,
    mut stdin: ChildStdin,
    (mut watch, withdrawn): (Option<Watch>, &OnceLock<Bytes>),
) -> Result<(), Failure> {
    while let Some(bytes) = input.next().await? {
        if let Some(watch) = &mut watch
            && let Some(report) = watch.withdrawn().await?
        {
            withdrawn.get_or_init(|| report);
            drop(stdin);
            return input.drain().await;
        }
        if stdin.write_all(&bytes).await.is_err() {
            drop(stdin);
            return input.drain().await;
        }
    }
    Ok(())
}

/// Hands git's answer to the client; true when there was any.
async fn pump(
    mut stdout: impl AsyncRead + Unpin,
    sender: &mpsc::Sender<Result<Bytes, Failure>>,
    (outlives, withdrawn): (bool, &OnceLock<Bytes>),
) -> Result<bool, Failure> {
    let mut sent = false;
    loop {
        let mut buffer = BytesMut::with_capacity(CHUNK);
        let count = stdout.read_buf(&mut buffer).await.map_err(|e| Failure::BrokenOff(e.to_string()))?;
        if count == 0 {
            return Ok(sent);
        }
        sent = true;
        if withdrawn.get().is_some() {
            continue;
        }
        if sender.send(Ok(buffer.freeze())).await.is_err() && !outlives {
            return Err(Failure::Gone);
        }
    }
}

/// The beginning of what git says on standard error.
async fn complaints(mut stderr: impl AsyncRead + Unpin) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    // What could be read is all there is to say; a failure to read more changes nothing.
    let _ = (&mut stderr).take(STDERR_LIMIT).read_to_end(&mut bytes).await;
    let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}
