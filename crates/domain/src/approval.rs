//! Approvals: who may vote and as whom, how votes fill the rules, and what a vote does (semantics, section 4).

mod cast;
mod matching;
mod say;
mod summary;
mod tally;

pub use cast::{Cast, Next, Voted, cast, check_withdraw};
pub use say::{Say, say};
pub use summary::{Reason, RuleSummary, Summary};
pub use tally::{Ask, AskKey, Filled, Tally};

use crate::ids::{UserId, VoteId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest comment, in characters.
pub const MAX_COMMENT: usize = 255;

/// What a voter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Yes.
    Approved,
    /// No; one suffices.
    Rejected,
}

impl Verdict {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Approved => "approved",
            Verdict::Rejected => "rejected",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Verdict> {
        [Verdict::Approved, Verdict::Rejected].into_iter().find(|v| v.as_str() == text)
    }
}

/// A standing vote. A person has at most one on a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// Its id; ids grow with time.
    pub id: VoteId,
    /// Who voted.
    pub voter: UserId,
    /// What they said.
    pub verdict: Verdict,
    /// Why, in their words.
    pub comment: Option<String>,
    /// The rule they spoke for: its description, full path or username.
    pub represented_as: Option<String>,
    /// When.
    pub at: Timestamp,
}
