//! Which votes count for what, by trying every assignment there is.

use super::{Ballot, Entry, Party, Shield, World};

/// A demand for approvals: a rule, or the unified count of a protection.
#[derive(Debug, Clone)]
pub(crate) struct Demand<'w> {
    /// The rule's id, or the protection's for a unified count.
    pub(crate) id: i64,
    pub(crate) unified: bool,
    pub(crate) required: u32,
    shield: &'w Shield,
    entries: Vec<Entry>,
}

/// What becomes of an attempt to vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    NotAPerson,
    Repeated,
    Own,
    NotEligible,
    UnknownName,
    NotYours,
    Accepted,
}

/// How a party is called: two names at most.
pub(crate) fn names(party: Party) -> Vec<String> {
    match party {
        Party::User(user) => vec![format!("User {user}"), format!("user{user}")],
        Party::Group(group) => vec![format!("Group {group}"), format!("path/g{group}")],
        Party::Role(30) => vec!["Developers + Maintainers".into()],
        Party::Role(40) => vec!["Maintainers".into()],
        Party::Role(_) => vec!["Administrators".into()],
    }
}

impl Demand<'_> {
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.entries.iter().any(|e| names(e.party).iter().any(|n| n == name))
    }
}

impl World {
    /// All demands: rules by id, then unified counts by protection.
    pub(crate) fn demands(&self) -> Vec<Demand<'_>> {
        let mut rules = vec![];
        let mut unified = vec![];
        for shield in self.shields.iter().filter(|_| self.deploys) {
            for (entry, required) in &shield.rules {
                let entries = vec![*entry];
                rules.push(Demand { id: entry.id, unified: false, required: *required, shield, entries });
            }
            if shield.rules.is_empty() && shield.count > 0 {
                let entries = shield.deploy.clone();
                unified.push(Demand { id: shield.id, unified: true, required: shield.count, shield, entries });
            }
        }
        rules.sort_by_key(|d| d.id);
        unified.sort_by_key(|d| d.id);
        rules.extend(unified);
        rules
    }

    fn barred_from(&self, user: usize, demand: &Demand<'_>) -> bool {
        (self.initiators.is_empty() || self.initiators.contains(&user)) && !demand.shield.triggerer_may_approve
    }

    /// Whether a person matches a demand as an ordinary voter.
    pub(crate) fn matches(&self, user: usize, demand: &Demand<'_>) -> bool {
        let counted = demand.entries.iter().any(|e| self.counts(user, e, demand.shield.spot));
        counted && !self.people[user].bot && !self.barred_from(user, demand)
    }

    fn overrides(&self, user: usize, demand: &Demand<'_>) -> bool {
        let person = &self.people[user];
        let orphaned = !demand.unified
            && demand.entries.iter().any(|e| e.orphaned || !self.assignable(e.party, demand.shield.spot));
        person.admin && !person.bot && !person.blocked && !orphaned && !self.barred_from(user, demand)
    }

    /// Whether a person's vote under a name can fill a demand.
    pub(crate) fn fits(&self, user: usize, named: Option<&str>, demand: &Demand<'_>) -> bool {
        let spoken_for = match named {
            None | Some("") => true,
            Some(name) => demand.is_called(name),
        };
        spoken_for && (self.matches(user, demand) || self.overrides(user, demand))
    }

    /// The standing approvals in order of time.
    pub(crate) fn approvals(&self) -> Vec<&Ballot> {
        let mut yes: Vec<&Ballot> = self.ballots.iter().filter(|b| b.yes).collect();
        yes.sort_by_key(|b| (b.at, b.id));
        yes
    }

    /// Whether some assignment of votes fills every slot of every demand.
    pub(crate) fn approved(&self) -> bool {
        let demands = self.demands();
        let slots: Vec<&Demand<'_>> =
            demands.iter().flat_map(|d| std::iter::repeat_n(d, d.required as usize)).collect();
        let votes = self.approvals();
        slots.len() <= votes.len() && self.fill(&slots, &votes, &mut vec![false; votes.len()])
    }

    fn fill(&self, slots: &[&Demand<'_>], votes: &[&Ballot], used: &mut Vec<bool>) -> bool {
        let Some((slot, rest)) = slots.split_first() else { return true };
        for (i, vote) in votes.iter().enumerate() {
            if used[i] || !self.fits(vote.user, vote.named.as_deref(), slot) {
                continue;
            }
            used[i] = true;
            if self.fill(rest, votes, used) {
                return true;
            }
            used[i] = false;
        }
        false
    }

    /// The canonical assignment: of all largest ones, that in which the earliest vote has the lowest demand (nothing
    /// being the highest), then the second, and so on. One place per approval in order of time.
    pub(crate) fn canonical(&self) -> Vec<Option<usize>> {
        let demands = self.demands();
        let fits: Vec<Vec<usize>> = self
            .approvals()
            .iter()
            .map(|v| (0..demands.len()).filter(|d| self.fits(v.user, v.named.as_deref(), &demands[*d])).collect())
            .collect();
        let mut room: Vec<u32> = demands.iter().map(|d| d.required).collect();
        let mut best = None;
        search(&fits, &mut room, &mut vec![], &mut best);
        best.unwrap_or_default()
    }

    /// The number of slots that stay open whatever one assigns.
    pub(crate) fn pending(&self) -> u64 {
        let wanted: u64 = self.demands().iter().map(|d| u64::from(d.required)).sum();
        wanted - self.canonical().iter().flatten().count() as u64
    }

    /// What becomes of an attempt to vote on this deployment while it is blocked.
    pub(crate) fn attempt(&self, user: usize, yes: bool, named: Option<&str>) -> Answer {
        let person = &self.people[user];
        if person.bot || person.blocked {
            return Answer::NotAPerson;
        }
        let answer = self.first_attempt(user, named);
        let speaks = |of: &Ballot| match of.named.as_deref() {
            None | Some("") => true,
            Some(name) => self.demands().iter().any(|d| d.is_called(name)),
        };
        match self.ballots.iter().find(|b| b.user == user && b.yes == yes) {
            // One under a name that is gone gives way to another, if there can be one.
            Some(same) if speaks(same) || answer != Answer::Accepted => Answer::Repeated,
            _ => answer,
        }
    }

    fn first_attempt(&self, user: usize, named: Option<&str>) -> Answer {
        let person = &self.people[user];
        let demands = self.demands();
        let triggered = self.initiators.contains(&user);
        let administers = person.admin && !triggered;
        if !administers && !demands.iter().any(|d| self.fits(user, None, d)) {
            let barred = demands.iter().any(|d| self.barred_from(user, d));
            return if barred { Answer::Own } else { Answer::NotEligible };
        }
        match named {
            None | Some("") => Answer::Accepted,
            Some(name) if !demands.iter().any(|d| d.is_called(name)) => Answer::UnknownName,
            Some(_) if administers || demands.iter().any(|d| self.fits(user, named, d)) => Answer::Accepted,
            Some(_) => Answer::NotYours,
        }
    }
}

/// Tries every assignment, lowest demands first, and keeps the first of the largest.
fn search(
    fits: &[Vec<usize>],
    room: &mut Vec<u32>,
    sofar: &mut Vec<Option<usize>>,
    best: &mut Option<Vec<Option<usize>>>,
) {
    let size = |a: &[Option<usize>]| a.iter().flatten().count();
    if sofar.len() == fits.len() {
        if best.as_ref().is_none_or(|b| size(sofar) > size(b)) {
            *best = Some(sofar.clone());
        }
        return;
    }
    for &demand in &fits[sofar.len()] {
        if room[demand] > 0 {
            room[demand] -= 1;
            sofar.push(Some(demand));
            search(fits, room, sofar, best);
            sofar.pop();
            room[demand] += 1;
        }
    }
    sofar.push(None);
    search(fits, room, sofar, best);
    sofar.pop();
}
