//! A deployment as a sheet of paper: what would ship, where to, and a line to sign for every approval that is asked for.

use super::view::{Face, Moment, below, short};
use countersign_app::deployments::Item;
use countersign_domain::approval::{AskKey, Say, Verdict, Vote};
use countersign_domain::deployment::Status;
use countersign_domain::ids::{EntryId, VoteId};
use countersign_domain::job::Status as JobStatus;
use countersign_domain::pipeline::Status as PipelineStatus;
use countersign_domain::time::Timestamp;

/// A deployment on a page. Templates find it as `card`.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    /// Where its own page is.
    pub(crate) href: String,
    /// The full path of its project.
    pub(crate) project: String,
    /// Its number in the project.
    pub(crate) iid: i64,
    /// The environment.
    pub(crate) environment: String,
    /// The environment's tier, unless it is called so.
    pub(crate) tier: Option<&'static str>,
    /// How it stands.
    pub(crate) status: Badge,
    /// What would ship, in a line.
    pub(crate) title: String,
    /// Who wrote that.
    pub(crate) author: Option<String>,
    /// The first characters of the commit's id.
    pub(crate) sha: String,
    /// The branch or tag.
    pub(crate) ref_name: String,
    /// Who triggered it.
    pub(crate) by: Option<Face>,
    /// Whether an outside tool made it.
    pub(crate) outside: bool,
    /// Since when it stands so.
    pub(crate) since: Moment,
    /// The lines to sign.
    pub(crate) slots: Vec<Slot>,
    /// How many are open, and for whom: `1 of QA, 2 of Security`; empty if none is.
    pub(crate) waits_for: String,
    /// What holds it up, and who can clear that.
    pub(crate) reasons: Vec<Held>,
    /// What the reader may say, if anything.
    pub(crate) ballot: Option<Ballot>,
    /// Why the reader may say nothing.
    pub(crate) barred: Option<String>,
}

/// A state, as a word and a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Badge {
    /// The word.
    pub(crate) word: &'static str,
    /// The colour, as style sheets call it.
    pub(crate) tone: &'static str,
}

impl Badge {
    /// That of a deployment's status.
    pub(crate) fn of(status: Status) -> Badge {
        let tone = match status {
            Status::Success => "yes",
            Status::Failed => "no",
            Status::Blocked => "wait",
            Status::Running => "run",
            Status::Created | Status::Canceled | Status::Skipped => "",
        };
        Badge { word: status.as_str(), tone }
    }

    /// That of a job's status.
    pub(crate) fn of_job(status: JobStatus) -> Badge {
        let tone = match status {
            JobStatus::Success => "yes",
            JobStatus::Failed => "no",
            JobStatus::Manual | JobStatus::Scheduled | JobStatus::WaitingForResource => "wait",
            JobStatus::Running | JobStatus::Canceling => "run",
            JobStatus::Created | JobStatus::Pending | JobStatus::Canceled | JobStatus::Skipped => "",
        };
        Badge { word: status.as_str(), tone }
    }

    /// That of a pipeline's status.
    pub(crate) fn of_pipeline(status: PipelineStatus) -> Badge {
        let tone = match status {
            PipelineStatus::Success => "yes",
            PipelineStatus::Failed => "no",
            PipelineStatus::Manual | PipelineStatus::Scheduled | PipelineStatus::WaitingForResource => "wait",
            PipelineStatus::Running | PipelineStatus::Canceling => "run",
            PipelineStatus::Created | PipelineStatus::Pending | PipelineStatus::Canceled | PipelineStatus::Skipped => {
                ""
            }
        };
        Badge { word: status.as_str(), tone }
    }
}

/// One line to sign.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// `signed`, `refused`, `mine`, `open` or `stuck`.
    pub(crate) state: &'static str,
    /// Who signed, if somebody did.
    pub(crate) signer: Option<String>,
    /// For whom.
    pub(crate) party: String,
    /// When it was signed.
    pub(crate) at: Option<Moment>,
    /// What was said.
    pub(crate) comment: Option<String>,
}

/// Something that holds a deployment up.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// What.
    pub(crate) what: String,
    /// Who or what can clear it.
    pub(crate) clears: String,
}

/// What the reader may say.
#[derive(Debug, Clone)]
pub(crate) struct Ballot {
    /// Where to.
    pub(crate) action: String,
    /// What is decided on.
    pub(crate) version: String,
    /// The names to choose among.
    pub(crate) names: Vec<String>,
    /// Whether it would only count by the reader being an administrator.
    pub(crate) over_the_rules: bool,
    /// What the reader said before.
    pub(crate) said: Option<&'static str>,
}

impl Card {
    /// That of a deployment, seen at `now`.
    pub(crate) fn of(item: &Item, now: Timestamp) -> Card {
        let of = &item.case.deployment;
        let href = below(&item.project, &format!("deployments/{}", of.iid));
        let title = item.commit.as_ref().map(|c| c.title.clone()).filter(|title| !title.is_empty());
        let tier = of.environment_tier.as_str();
        let blocked = of.status == Status::Blocked;
        let reasons = if blocked { item.summary.reasons() } else { Vec::new() };
        let barred = item.say.as_ref().err().filter(|_| blocked).map(|why| why.reason());
        Card {
            project: item.project.full_path.clone(),
            iid: of.iid,
            environment: of.environment_name.clone(),
            tier: (tier != of.environment_name).then_some(tier),
            status: Badge::of(of.status),
            title: title.unwrap_or_else(|| format!("{} at {}", of.ref_name, short(&of.sha))),
            author: item.commit.as_ref().map(|c| c.author_name.clone()),
            sha: short(&of.sha),
            ref_name: of.ref_name.clone(),
            by: of.user_id.and_then(|id| item.people.get(&id)).map(Face::of),
            outside: of.job_id.is_none(),
            since: Moment::of(of.updated_at, now),
            slots: slots(item, now),
            waits_for: String::new(),
            reasons: reasons.into_iter().map(|r| Held { what: r.message, clears: r.cleared_by }).collect(),
            ballot: item.say.as_ref().ok().map(|say| ballot(say, &href, &item.version)),
            barred,
            href,
        }
        .counted()
    }

    /// The same with what it waits for, told by its lines.
    fn counted(mut self) -> Card {
        let mut open: Vec<(String, usize)> = Vec::new();
        for slot in self.slots.iter().filter(|slot| slot.signer.is_none()) {
            match open.iter_mut().find(|(party, _)| *party == slot.party) {
                Some((_, count)) => *count += 1,
                None => open.push((slot.party.clone(), 1)),
            }
        }
        let parts: Vec<String> = open.iter().map(|(party, count)| format!("{count} of {party}")).collect();
        self.waits_for = parts.join(", ");
        self
    }
}

fn ballot(say: &Say, href: &str, version: &str) -> Ballot {
    Ballot {
        action: format!("{href}/approval"),
        version: version.to_owned(),
        names: say.names.clone(),
        over_the_rules: say.over_the_rules,
        said: say.standing.as_ref().map(|vote| vote.verdict.as_str()),
    }
}

/// The lines to sign: those of each rule, then those of the unified counts, then whoever refused.
fn slots(item: &Item, now: Timestamp) -> Vec<Slot> {
    let mut mine = item.say.as_ref().ok().filter(|say| say.standing.is_none()).and_then(|say| say.fills);
    let mut slots = Vec::new();
    for rule in &item.summary.rules {
        let own = mine.take_if(|key| *key == AskKey::Rule(EntryId(rule.id))).is_some();
        let stuck = rule.orphaned || rule.unassignable;
        slots.extend(lines(item, (&rule.description, rule.required, &rule.votes), (own, stuck), now));
    }
    for (required, votes) in &item.summary.unified {
        let own = mine.take_if(|key| matches!(key, AskKey::Unified(_))).is_some();
        slots.extend(lines(item, ("anyone allowed to deploy", *required, votes), (own, false), now));
    }
    let refused = item.case.gate.votes.iter().filter(|vote| vote.verdict == Verdict::Rejected);
    slots.extend(refused.map(|vote| signed(item, vote, "refused", vote.represented_as.as_deref().unwrap_or(""), now)));
    slots
}

fn lines(
    item: &Item,
    (party, required, votes): (&str, u32, &[VoteId]),
    (mut own, stuck): (bool, bool),
    now: Timestamp,
) -> Vec<Slot> {
    let by_id = |id: &VoteId| item.case.gate.votes.iter().find(|vote| vote.id == *id);
    let mut lines: Vec<Slot> =
        votes.iter().filter_map(by_id).map(|vote| signed(item, vote, "signed", party, now)).collect();
    for _ in lines.len()..required as usize {
        let state = match (stuck, std::mem::take(&mut own)) {
            (true, _) => "stuck",
            (false, true) => "mine",
            (false, false) => "open",
        };
        lines.push(Slot { state, signer: None, party: party.to_owned(), at: None, comment: None });
    }
    lines
}

fn signed(item: &Item, vote: &Vote, state: &'static str, party: &str, now: Timestamp) -> Slot {
    let signer = item.people.get(&vote.voter).map_or_else(|| "somebody deleted".to_owned(), |user| user.name.clone());
    let comment = vote.comment.clone().filter(|text| !text.is_empty());
    Slot { state, signer: Some(signer), party: party.to_owned(), at: Some(Moment::of(vote.at, now)), comment }
}
