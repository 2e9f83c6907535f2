//! The two programs git clients talk to, with what each of them may show and accept.

use std::path::Path;
use std::process::Command;

use countersign_domain::event::By;

use super::{Git, history};

/// Who pushes, for the spool the hook writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushIdentity {
    /// The person, as the audit names them.
    pub by: By,
    /// The project whose repository it is.
    pub project_id: i64,
    /// Names this push; 1 to 64 letters, digits and hyphens.
    pub push_id: String,
}

impl Git {
    /// `git upload-pack --stateless-rpc`: serves clones and fetches.
    ///
    /// Branches and tags are shown, and the hidden refs of pipelines only where `pipeline_refs` says so.
    pub fn upload_pack(&self, repository: &Path, pipeline_refs: bool, advertise: bool) -> Command {
        let mut command = self.trusting_command(repository);
        hide(&mut command, "uploadpack", pipeline_refs);
        for setting in ["uploadpack.allowFilter=true", "uploadpack.allowTipSHA1InWant=false", "pack.threads=1"] {
            command.arg("-c").arg(setting);
        }
        command.args(["upload-pack", "--strict", "--stateless-rpc"]);
        finish(command, repository, advertise)
    }

    /// `git receive-pack --stateless-rpc`: accepts a push to branches and tags.
    ///
    /// The history of the branches in `only_grow`, by their full names, is not rewritten. The spool receives the updates
    /// under `identity`.
    pub fn receive_pack(
        &self,
        repository: &Path,
        identity: &PushIdentity,
        only_grow: &[String],
        advertise: bool,
    ) -> Command {
        let mut command = self.trusting_command(repository);
        hide(&mut command, "receive", false);
        for setting in [
            "receive.denyCurrentBranch=ignore",
            "receive.fsckObjects=true",
            "receive.fsck.badTimezone=ignore",
            "receive.autogc=false",
            "receive.updateServerInfo=false",
            "receive.advertisePushOptions=false",
        ] {
            command.arg("-c").arg(setting);
        }
        command.arg("-c").arg(format!("receive.maxInputSize={}", self.settings().push_limit));
        let (strict, names) = history::setting(only_grow);
        command.arg("-c").arg(format!("receive.denyNonFastForwards={strict}"));
        command
            .env("COUNTERSIGN_PUSH_ID", &identity.push_id)
            .env("COUNTERSIGN_PROJECT_ID", identity.project_id.to_string())
            .env("COUNTERSIGN_BY", serde_json::to_string(&identity.by).unwrap_or_default())
            .env(history::NAMES, names);
        command.args(["receive-pack", "--stateless-rpc"]);
        finish(command, repository, advertise)
    }
}

/// Hides every ref but branches and tags; a later setting wins over an earlier one.
fn hide(command: &mut Command, service: &str, pipeline_refs: bool) {
    let shown = ["refs", "!refs/heads", "!refs/tags"].into_iter().chain(pipeline_refs.then_some("!refs/pipelines"));
    for pattern in shown {
        command.arg("-c").arg(format!("{service}.hideRefs={pattern}"));
    }
}

fn finish(mut command: Command, repository: &Path, advertise: bool) -> Command {
    if advertise {
        command.arg("--advertise-refs");
    }
    command.arg("--").arg(repository);
    command
}
