//! What one person's approval would do to a blocked deployment: whether they may give it, and which line it would sign.

use super::cast::{Cast, Voted, cast, speaks, with};
use super::tally::{Ask, AskKey, Tally};
use super::{Verdict, Vote};
use crate::deployment::Status;
use crate::gate::Gate;
use crate::ids::UserId;
use crate::refusal::Result;
use crate::time::Timestamp;

/// What somebody who may vote on a deployment can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// The vote of theirs that stands, unless it was given under a name that no demand goes by any more.
    pub standing: Option<Vote>,
    /// The demand their approval would fill; none if all those are met that it could.
    pub fills: Option<AskKey>,
    /// Whether it would stand only by them being an administrator.
    pub over_the_rules: bool,
    /// The names of the open demands they could speak for, if there are several.
    pub names: Vec<String>,
}

impl Say {
    /// Whether the deployment waits for them.
    pub fn is_awaited(&self) -> bool {
        self.standing.is_none() && self.fills.is_some()
    }
}

/// What a person may say about a deployment.
///
/// # Errors
/// Why they may say nothing.
pub fn say(gate: &Gate, status: Status, voter: UserId, now: Timestamp) -> Result<Say> {
    let wish = Cast { voter, by_job: false, by_sudo: false, verdict: Verdict::Approved, represented_as: None, at: now };
    let asks = Ask::all(gate);
    let standing = gate.votes.iter().find(|v| v.voter == voter && speaks(v, &asks)).cloned();
    let over_the_rules = match cast(gate, status, &wish, None)? {
        Voted::Repeated(_) => return Ok(Say { standing, fills: None, over_the_rules: false, names: Vec::new() }),
        Voted::Counted { over_the_rules, .. } => over_the_rules,
    };
    let (after, id) = with(gate, &wish);
    let fills = Tally::of(&after).asks.iter().find(|filled| filled.votes.contains(&id)).map(|filled| filled.key);
    Ok(Say { standing, fills, over_the_rules, names: names(gate, voter) })
}

/// The names of the open demands that a person matches, if there are several.
fn names(gate: &Gate, voter: UserId) -> Vec<String> {
    let filled = Tally::of(gate).asks;
    let open = |key: AskKey| filled.iter().any(|f| f.key == key && (f.votes.len() as u64) < u64::from(f.required));
    let asks = Ask::all(gate);
    let mine = asks.iter().filter(|ask| open(ask.key) && ask.is_matched_by(gate, voter));
    let names: Vec<String> =
        mine.filter_map(|ask| ask.entries().first()).map(|entry| entry.description.clone()).collect();
    if names.len() > 1 { names } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::refusal::Refusal;
    use crate::testing::World;

    fn world() -> World {
        World::new()
            .groups(&["top", "qa", "sec"])
            .project("top/app")
            .members("top", &[("dev", 30), ("tess", 30)])
            .members("qa", &[("quin", 10), ("both", 10), ("tess", 10)])
            .members("sec", &[("sam", 10), ("both", 10)])
            .invite("top/app", "qa", 20)
            .invite("top/app", "sec", 20)
            .admin("root")
            .triggered_by(&["tess"])
            .protect("top/app", &["@dev", "@tess"], &[("qa", 1), ("sec", 1)])
    }

    fn of(world: &World, who: &str) -> Result<Say> {
        say(&world.only_gate(), Status::Blocked, world.u(who), Timestamp(9))
    }

    #[test]
    fn a_deployment_waits_for_those_whose_signature_fills_a_line() {
        let rows: [(&[&str], &str, bool); 7] = [
            (&[], "quin", true),
            (&[], "both", true),
            (&["quin"], "quin", false),
            (&["both"], "quin", true),
            (&["quin"], "both", true),
            (&["quin", "both"], "sam", false),
            (&["quin"], "sam", true),
        ];
        for (votes, who, awaited) in rows {
            assert_eq!(of(&world().approved_by(votes), who).unwrap().is_awaited(), awaited, "{votes:?} {who}");
        }
        for (who, why) in [("dev", Refusal::NotEligible), ("tess", Refusal::OwnDeployment)] {
            assert_eq!(of(&world(), who), Err(why), "{who}");
        }
        let released = say(&world().only_gate(), Status::Created, world().u("quin"), Timestamp(9));
        assert_eq!(released, Err(Refusal::NotBlocked(Status::Created)));
    }

    #[test]
    fn whoever_signed_for_what_is_called_otherwise_now_is_asked_again() {
        let said = of(&world().approved_by(&["quin as Testers"]), "quin").unwrap();
        assert!(said.standing.is_none() && said.is_awaited());
        let said = of(&world().approved_by(&["quin as QA"]), "quin").unwrap();
        assert!(said.standing.is_some() && !said.is_awaited());
    }

    #[test]
    fn names_are_given_to_choose_among_where_several_lines_are_open() {
        assert_eq!(of(&world(), "both").unwrap().names.len(), 2);
        assert!(of(&world(), "quin").unwrap().names.is_empty());
        assert!(of(&world().approved_by(&["quin"]), "both").unwrap().names.is_empty());
    }

    #[test]
    fn administrators_can_sign_over_the_rules_and_are_told_so() {
        let said = of(&world(), "root").unwrap();
        assert!(said.over_the_rules && said.is_awaited());
        assert!(!of(&world(), "quin").unwrap().over_the_rules);
    }
}
