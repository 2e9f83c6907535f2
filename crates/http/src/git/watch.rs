//! A push is judged again while it arrives: who pushes may lose the right to meanwhile, and rules may change.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use countersign_app::git::RefUpdate;
use countersign_app::git_access::PushVerdict;
use countersign_domain::time::Timestamp;

use super::Failure;
use super::push::{self, Commands};

/// Judges ref updates by what holds at that moment; may block.
pub(super) type Check = Arc<dyn Fn(&[RefUpdate]) -> PushVerdict + Send + Sync>;

/// What a push moves, and how it was judged last.
pub(super) struct Watch {
    /// What it wants.
    pub(super) commands: Commands,
    /// Judges it.
    pub(super) check: Check,
    /// The branches whose history git was told not to let it rewrite.
    pub(super) only_grow: Vec<String>,
    /// When it was judged last.
    pub(super) judged: Timestamp,
    /// How old that may be when git gets more of it.
    pub(super) every: Duration,
}

impl Watch {
    /// Asked before git gets another piece, and so before it gets the end of a pack, without which it moves no ref: the
    /// report that refuses the push, if it may not go on.
    pub(super) async fn withdrawn(&mut self) -> Result<Option<Bytes>, Failure> {
        let now = countersign_app::now();
        let age = Duration::from_millis(now.since(self.judged).unsigned_abs());
        if age < self.every {
            return Ok(None);
        }
        let reasons = match push::ask(&self.commands, self.check.clone()).await? {
            PushVerdict::Refused(reasons) => reasons,
            PushVerdict::Accepted { only_grow } if only_grow.iter().all(|name| self.only_grow.contains(name)) => {
                self.judged = now;
                return Ok(None);
            }
            PushVerdict::Accepted { .. } => {
                let why = "What is protected changed while this was pushed; push it again.";
                self.commands.updates.iter().map(|update| (update.name.clone(), why.to_owned())).collect()
            }
        };
        Ok(Some(push::refusal(&self.commands, &reasons).into()))
    }
}
