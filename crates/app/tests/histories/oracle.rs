//! What is true after a history: a second, naive reading of the rules (semantics, sections 1 to 4) over plain maps.
//!
//! It shares nothing with the code under test, not even its types: people, groups and projects are small numbers,
//! levels are the numbers on the wire, and states are words.

pub(crate) mod access;
pub(crate) mod approval;
pub(crate) mod forward;
pub(crate) mod jobs;
pub(crate) mod outside;
pub(crate) mod policy;
pub(crate) mod turns;
pub(crate) mod votes;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) type User = usize;
pub(crate) type Group = usize;
pub(crate) type Project = usize;
/// The status code a refusal gets.
pub(crate) type No = u16;

/// Where memberships, invitations and protections live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spot {
    Group(Group),
    Project(Project),
}

#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) admin: bool,
    pub(crate) bot: bool,
    pub(crate) blocked: bool,
}

/// A membership or invitation: its level, and the day from which it is dead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Right {
    pub(crate) level: i64,
    pub(crate) until: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    User(User),
    Group(Group),
    Role(i64),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) party: Party,
    pub(crate) ancestors_too: bool,
    /// For rules.
    pub(crate) required: usize,
}

/// A protection.
#[derive(Debug, Clone)]
pub(crate) struct Shield {
    pub(crate) spot: Spot,
    /// An environment's name on a project, a tier on a group.
    pub(crate) name: &'static str,
    pub(crate) deploy: Vec<Entry>,
    pub(crate) rules: Vec<Entry>,
    pub(crate) count: usize,
    pub(crate) by_hand: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Ballot {
    pub(crate) user: User,
    pub(crate) yes: bool,
    pub(crate) named: Option<String>,
}

/// The environment somebody or something deploys to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aim {
    pub(crate) project: Project,
    pub(crate) name: &'static str,
    pub(crate) asked: Option<&'static str>,
    /// Whether the asked tier could not be stored.
    pub(crate) refused: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) aim: Aim,
    pub(crate) job: Option<usize>,
    pub(crate) status: &'static str,
    /// The triggerer; after a retry also the pipeline's creator.
    pub(crate) barred: Vec<User>,
    pub(crate) ballots: Vec<Ballot>,
    pub(crate) ended_for_good: bool,
    pub(crate) claimed: bool,
    /// The commit it ships.
    pub(crate) sha: usize,
    /// How many deployments had ended when it did.
    pub(crate) ended: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) pipeline: usize,
    pub(crate) project: Project,
    pub(crate) stage: i64,
    pub(crate) status: &'static str,
    pub(crate) manual: bool,
    pub(crate) always: bool,
    pub(crate) optional: bool,
    /// Whether it was written as optional: while it waits for approval it is not, nor until it is started then.
    pub(crate) written: bool,
    /// Who triggered it: the pipeline's creator, or who retried it.
    pub(crate) triggerer: User,
    /// Who started it: the triggerer, or who played it.
    pub(crate) starter: User,
    pub(crate) aim: Option<Aim>,
    pub(crate) deployment: Option<usize>,
    pub(crate) retried: bool,
    pub(crate) rejected: bool,
    /// Whether it failed because something later was deployed.
    pub(crate) overtaken: bool,
    /// What it does with its environment, if it names one.
    pub(crate) action: &'static str,
    /// Whether it named a protected environment when a runner got it: then no other ever does.
    pub(crate) gated: bool,
    /// How often a runner got it.
    pub(crate) claims: usize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Pipeline {
    pub(crate) creator: User,
    /// The commit it runs for.
    pub(crate) sha: usize,
}

/// Everything.
#[derive(Debug, Clone)]
pub(crate) struct Oracle {
    pub(crate) day: i64,
    pub(crate) people: Vec<Person>,
    pub(crate) parents: Vec<Option<Group>>,
    pub(crate) homes: Vec<Group>,
    pub(crate) members: BTreeMap<(Spot, User), Right>,
    pub(crate) shares: BTreeMap<(Spot, Group), Right>,
    /// Where whoever triggered a deployment may approve it.
    pub(crate) lenient: Vec<Spot>,
    pub(crate) shields: Vec<Shield>,
    /// The stored tiers.
    pub(crate) environments: BTreeMap<(Project, &'static str), &'static str>,
    /// The environments that are stopped.
    pub(crate) stopped: BTreeSet<(Project, &'static str)>,
    pub(crate) deployments: Vec<Deployment>,
    /// The projects that let outdated deployments run, and those that allow no rollback.
    pub(crate) backward: BTreeSet<Project>,
    pub(crate) no_rollback: BTreeSet<Project>,
    /// How many deployments have ended.
    pub(crate) endings: usize,
    pub(crate) pipelines: Vec<Pipeline>,
    pub(crate) jobs: Vec<Job>,
}

impl Deployment {
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.status, "created" | "blocked")
    }
}

impl Job {
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.status, "success" | "failed" | "canceled" | "skipped")
    }

    /// Whether it waits to be played without anything waiting for it.
    pub(crate) fn is_ignored(&self) -> bool {
        self.status == "manual" && self.optional
    }
}
