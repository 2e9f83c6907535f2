//! Which votes count for what, by trying every assignment there is.

use super::{Deployment, Entry, Group, Oracle, Party, Shield, User};
use crate::world;

/// A demand for approvals: a rule, or the unified count of a protection.
#[derive(Debug, Clone)]
pub(crate) struct Demand<'w> {
    pub(crate) required: usize,
    pub(crate) shield: &'w Shield,
    pub(crate) entries: &'w [Entry],
    unified: bool,
}

fn demands_of(shield: &Shield) -> Vec<Demand<'_>> {
    if !shield.rules.is_empty() {
        let demand = |rule| {
            let entries: &[Entry] = std::slice::from_ref(rule);
            Demand { required: entries[0].required, shield, entries, unified: false }
        };
        return shield.rules.iter().map(demand).collect();
    }
    let unified = Demand { required: shield.count, shield, entries: &shield.deploy, unified: true };
    if shield.count > 0 { vec![unified] } else { vec![] }
}

impl Oracle {
    /// A group's whole address.
    pub(crate) fn full_path(&self, group: Group) -> String {
        let line = self.upwards(group).into_iter().rev();
        line.map(|g| world::GROUPS[g].path).collect::<Vec<_>>().join("/")
    }

    /// How a party is called.
    pub(crate) fn names(&self, party: Party) -> Vec<String> {
        match party {
            Party::User(user) => vec![world::full_name(user), world::USERS[user].username.into()],
            Party::Group(group) => vec![world::GROUPS[group].name.into(), self.full_path(group)],
            Party::Role(30) => vec!["Developers + Maintainers".into()],
            Party::Role(40) => vec!["Maintainers".into()],
            Party::Role(_) => vec!["Administrators".into()],
        }
    }

    /// Whether a name calls a demand.
    pub(crate) fn is_called(&self, name: &str, demand: &Demand<'_>) -> bool {
        demand.entries.iter().any(|e| self.names(e.party).iter().any(|n| n == name))
    }

    /// All demands on a deployment.
    pub(crate) fn demands(&self, of: &Deployment) -> Vec<Demand<'_>> {
        self.shields_of(&of.aim).into_iter().flat_map(demands_of).collect()
    }

    fn barred_from(&self, user: User, of: &Deployment, demand: &Demand<'_>) -> bool {
        of.barred.contains(&user) && !self.lenient.contains(&demand.shield.spot)
    }

    fn matches(&self, user: User, of: &Deployment, demand: &Demand<'_>) -> bool {
        let counted = demand.entries.iter().any(|e| self.counts(user, e, demand.shield.spot));
        counted && !self.people[user].bot && !self.barred_from(user, of, demand)
    }

    /// Whether an administrator can fill a demand over the rules: not one whose party is gone.
    fn overrides(&self, user: User, of: &Deployment, demand: &Demand<'_>) -> bool {
        let person = &self.people[user];
        let gone = !demand.unified && demand.entries.iter().any(|e| !self.assignable(e.party, demand.shield.spot));
        person.admin && !person.blocked && !gone && !self.barred_from(user, of, demand)
    }

    /// Whether a person's vote under a name can fill a demand.
    pub(crate) fn fits(&self, user: User, named: Option<&str>, of: &Deployment, demand: &Demand<'_>) -> bool {
        named.is_none_or(|name| self.is_called(name, demand))
            && (self.matches(user, of, demand) || self.overrides(user, of, demand))
    }

    /// Whether some assignment of votes fills every slot of every demand.
    pub(crate) fn approved(&self, of: &Deployment) -> bool {
        let demands = self.demands(of);
        let votes: Vec<_> = of.ballots.iter().filter(|b| b.yes).collect();
        let slots: Vec<&Demand<'_>> = demands.iter().flat_map(|d| std::iter::repeat_n(d, d.required)).collect();
        if slots.len() > votes.len() {
            return false;
        }
        let fits = |slot: &&Demand<'_>| -> Vec<bool> {
            votes.iter().map(|v| self.fits(v.user, v.named.as_deref(), of, slot)).collect()
        };
        let table: Vec<Vec<bool>> = slots.iter().map(fits).collect();
        fill(&table, &mut vec![false; votes.len()])
    }

    /// Whether approval is asked for at all.
    pub(crate) fn asks(&self, of: &Deployment) -> bool {
        !self.demands(of).is_empty()
    }
}

/// Tries to give each slot a vote of its own.
fn fill(table: &[Vec<bool>], used: &mut Vec<bool>) -> bool {
    let Some((slot, rest)) = table.split_first() else { return true };
    for vote in 0..used.len() {
        if slot[vote] && !used[vote] {
            used[vote] = true;
            if fill(rest, used) {
                return true;
            }
            used[vote] = false;
        }
    }
    false
}
