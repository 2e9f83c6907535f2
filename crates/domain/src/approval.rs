//! Approvals: who may vote and as whom, how votes fill the rules, and what a vote does (semantics, section 4).

mod cast;
mod matching;
mod say;
mod summary;
mod tally;

pub use cast::{Cast, Next, Voted, cast, check_withdraw, repeated};
pub use say::{Say, say};
pub use summary::{Reason, RuleSummary, Summary};
pub use tally::{Ask, AskKey, Filled, Tally};

use crate::ids::{UserId, VoteId};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest comment, in characters.
pub const MAX_COMMENT: usize = 255;

/// Whether a comment may be kept with a vote.
///
/// # Errors
/// It is longer than [`MAX_COMMENT`].
pub fn check_comment(comment: &str) -> Result<(), Refusal> {
    let length = comment.chars().count();
    if length <= MAX_COMMENT {
        return Ok(());
    }
    let text = format!("comment is too long: {length} characters, and at most {MAX_COMMENT} are kept");
    Err(Refusal::BadRequest("approval.comment_too_long", text))
}

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

#[cfg(test)]
mod tests {
    use super::{MAX_COMMENT, check_comment};

    #[test]
    fn comments_have_a_length_in_characters() {
        assert_eq!(check_comment(&"ü".repeat(MAX_COMMENT)), Ok(()));
        let why = check_comment(&"ü".repeat(MAX_COMMENT + 1)).expect_err("too long");
        assert_eq!(why.code(), "approval.comment_too_long");
        assert!(format!("{:?}", why.text()).contains("256 characters, and at most 255"), "{:?}", why.text());
    }
}
