//! Git over smart HTTP: clones, fetches and pushes, streamed between the client and the `git` program.
//!
//! Who may do what is decided before these functions are called; [`GitAccess`] carries the result.

mod body;
mod child;
mod failure;
mod packet;
mod push;
mod reply;
mod room;
mod routes;
#[cfg(test)]
mod tests;
mod watch;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use countersign_app::git::Git;
pub(crate) use countersign_app::git::{PushIdentity, RefUpdate};
pub(crate) use countersign_app::git_access::PushVerdict;

use body::Input;
use child::Conversation;
use failure::Failure;
pub(crate) use room::{Client, Room};
pub(crate) use routes::{routes, shown_secret};
use watch::{Check, Watch};

/// What an authorised client may do with one repository.
#[derive(Debug, Clone)]
pub(crate) struct GitAccess {
    /// The bare repository.
    pub(crate) repository: PathBuf,
    /// Who pushes; none when the client may only read.
    pub(crate) push: Option<PushIdentity>,
    /// Whether the hidden refs of pipelines are shown: only to a running job.
    pub(crate) pipeline_refs: bool,
}

/// How much a git client may send, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GitLimits {
    /// Most bytes of one fetch request, after decompression.
    pub(crate) fetch_request: u64,
    /// Most bytes of the ref updates that precede a pushed pack; the pack has its own limit.
    pub(crate) push_commands: u64,
    /// Longest time one request may take.
    pub(crate) time: Duration,
    /// Longest silence of a client in the middle of a request.
    pub(crate) idle: Duration,
    /// Longest wait for room, in front of as many processes as may run at once.
    pub(crate) queue: Duration,
    /// Most refs that one push may move.
    pub(crate) updates: usize,
    /// How old the judgement of a push may be when git gets another piece of it.
    pub(crate) judged: Duration,
}

impl Default for GitLimits {
    fn default() -> Self {
        Self {
            fetch_request: 16 * 1024 * 1024,
            push_commands: 4 * 1024 * 1024,
            time: Duration::from_secs(3600),
            idle: Duration::from_secs(60),
            queue: crate::room::PATIENCE,
            updates: 1000,
            judged: Duration::from_secs(1),
        }
    }
}

/// What serves git clients.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    /// The program.
    pub(crate) git: Git,
    /// How much of it clients may use.
    pub(crate) limits: GitLimits,
    /// Where its processes run.
    pub(crate) room: Room,
    /// For whom.
    pub(crate) client: Client,
}

/// The two conversations a git client can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Clone and fetch.
    UploadPack,
    /// Push.
    ReceivePack,
}

impl Service {
    /// The service that `info/refs?service=…` asks for; none when it is unknown or missing (the "dumb" protocol).
    pub(crate) fn requested(uri: &Uri) -> Option<Self> {
        let value = uri.query()?.split('&').find_map(|pair| pair.strip_prefix("service="))?;
        [Self::UploadPack, Self::ReceivePack].into_iter().find(|service| service.name() == value)
    }

    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }
}

/// Answers `GET …/info/refs?service=…`: what there is to fetch, or to push onto.
pub(crate) async fn info_refs(host: &Host, access: &GitAccess, request: Request) -> Response {
    // The body, which a GET does not have, must not be held while waiting.
    let (head, _) = request.into_parts();
    let answer = async {
        let service = Service::requested(&head.uri).ok_or(Failure::DumbProtocol)?;
        repository_exists(access)?;
        let protocol = packet::protocol(&head.headers);
        let command = match service {
            Service::UploadPack => {
                let mut command = host.git.upload_pack(&access.repository, access.pipeline_refs, true);
                command.env("GIT_PROTOCOL", protocol.unwrap_or_default());
                command
            }
            Service::ReceivePack => host.git.receive_pack(&access.repository, pusher(access)?, &[], true),
        };
        // Version 2 begins without the service line; a push never speaks version 2.
        let announced = service == Service::ReceivePack || !packet::is_version_2(protocol);
        let first = if announced { packet::announcement(service.name()) } else { Vec::new() };
        let output = host.conversation(service, command, Input::empty(host.limits.idle)).await?.start()?;
        reply::stream(output, first, &format!("application/x-{}-advertisement", service.name())).await
    };
    answer.await.unwrap_or_else(|failure| failure.response())
}

/// Answers `POST …/git-upload-pack`: one round of a clone or fetch.
pub(crate) async fn upload_pack(host: &Host, access: &GitAccess, request: Request) -> Response {
    let answer = async {
        repository_exists(access)?;
        expect_type(request.headers(), Service::UploadPack)?;
        let mut command = host.git.upload_pack(&access.repository, access.pipeline_refs, false);
        command.env("GIT_PROTOCOL", packet::protocol(request.headers()).unwrap_or_default());
        let input = Input::new(request, host.limits.fetch_request, host.limits.idle)?;
        let output = host.conversation(Service::UploadPack, command, input).await?.start()?;
        reply::stream(output, Vec::new(), "application/x-git-upload-pack-result").await
    };
    answer.await.unwrap_or_else(|failure| failure.response())
}

/// Answers `POST …/git-receive-pack`: a push.
///
/// `check` sees the ref updates before git does and may refuse them, all or none; it is asked again while the push
/// arrives. `on_pushed` runs after git has ended well and before the client hears the end of the answer, so what it makes
/// is there when `git push` returns. It also runs when the client has gone meanwhile. Both run on a thread that may block.
pub(crate) async fn receive_pack(
    host: &Host,
    access: &GitAccess,
    request: Request,
    check: impl Fn(&[RefUpdate]) -> PushVerdict + Send + Sync + 'static,
    on_pushed: impl FnOnce() + Send + 'static,
) -> Response {
    let limits = &host.limits;
    let answer = async {
        repository_exists(access)?;
        let identity = pusher(access)?;
        expect_type(request.headers(), Service::ReceivePack)?;
        let most = host.git.settings().push_limit.saturating_add(limits.push_commands);
        let mut input = Input::new(request, most, limits.idle)?;
        let commands = tokio::time::timeout(limits.time, push::read_commands(&mut input, limits.push_commands));
        let commands = commands.await.map_err(|_| Failure::TimeLimit)??;
        let kind = "application/x-git-receive-pack-result";
        if commands.updates.is_empty() {
            // Git asks with an empty push whether it may, before it sends a large one.
            return Ok(reply::whole(Vec::new(), kind));
        }
        let (check, judged): (Check, _) = (Arc::new(check), countersign_app::now());
        let only_grow = match push::judge(&commands, limits.updates, check.clone()).await? {
            PushVerdict::Accepted { only_grow } => only_grow,
            PushVerdict::Refused(reasons) => {
                // A client that is still sending would not read an answer that comes too early.
                tokio::time::timeout(limits.time, input.drain()).await.map_err(|_| Failure::TimeLimit)??;
                return Ok(reply::whole(push::refusal(&commands, &reasons), kind));
            }
        };
        let command = host.git.receive_pack(&access.repository, identity, &only_grow, false);
        let conversation = host.conversation(Service::ReceivePack, command, input).await?;
        let watch = Watch { commands, check, only_grow, judged, every: limits.judged };
        let conversation = conversation.until_done(Box::new(on_pushed)).watched(watch);
        reply::stream(conversation.start()?, Vec::new(), kind).await
    };
    answer.await.unwrap_or_else(|failure| failure.response())
}

impl Host {
    /// A conversation with that command, for which there is room.
    async fn conversation(&self, of: Service, command: Command, input: Input) -> Result<Conversation, Failure> {
        let place = self.room.enter(of, self.client, self.limits.queue).await?;
        Ok(Conversation::new(command, input, self.limits.time, place))
    }
}

fn repository_exists(access: &GitAccess) -> Result<(), Failure> {
    if access.repository.join("HEAD").is_file() { Ok(()) } else { Err(Failure::NoRepository) }
}

fn pusher(access: &GitAccess) -> Result<&PushIdentity, Failure> {
    access.push.as_ref().ok_or(Failure::ReadOnly)
}

/// Only git sends this type; a form on a foreign web page cannot.
fn expect_type(headers: &HeaderMap, service: Service) -> Result<(), Failure> {
    let expected = format!("application/x-{}-request", service.name());
    let given = headers.get(axum::http::header::CONTENT_TYPE);
    if given.is_some_and(|value| value == expected.as_str()) { Ok(()) } else { Err(Failure::WrongType(expected)) }
}
