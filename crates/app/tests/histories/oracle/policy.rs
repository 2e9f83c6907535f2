//! Changes of protections, people and places.

use super::{Entry, Group, No, Oracle, Party, Project, Right, Shield, Spot, User};
use crate::world::ADMIN;

/// A request to change a protection.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Count(usize),
    ByHand(bool),
    AddRule(Entry),
    /// The rule at that place names another party.
    ChangeRule(usize, Party),
    /// The rule at that place asks for so many approvals.
    Require(usize, usize),
    DropRule(usize),
    AddDeploy(Entry),
    DropDeploy(usize),
}

impl Oracle {
    fn place_of(&self, spot: Spot, name: &str) -> Option<usize> {
        self.shields.iter().position(|s| s.spot == spot && s.name == name)
    }

    fn check_party(&self, party: Party, spot: Spot, rule: bool) -> Result<(), No> {
        let bot = matches!(party, Party::User(user) if rule && self.people[user].bot);
        if bot || !self.assignable(party, spot) { Err(422) } else { Ok(()) }
    }

    /// Protects an environment.
    pub(crate) fn protect(&mut self, by: User, new: &Shield) -> Result<(), No> {
        self.role(by, new.spot, 40)?;
        for (list, rule) in [(&new.deploy, false), (&new.rules, true)] {
            for entry in list {
                self.check_party(entry.party, new.spot, rule)?;
            }
            if repeats(list) {
                return Err(400);
            }
        }
        if self.place_of(new.spot, new.name).is_some() {
            return Err(409);
        }
        self.shields.push(new.clone());
        self.reassess();
        Ok(())
    }

    /// Changes a protection.
    pub(crate) fn edit(&mut self, by: User, spot: Spot, name: &str, edit: &Edit) -> Result<(), No> {
        self.role(by, spot, 40)?;
        let at = self.place_of(spot, name).ok_or(404_u16)?;
        let mut after = self.shields[at].clone();
        match *edit {
            Edit::Count(count) => after.count = count,
            Edit::ByHand(by_hand) => after.by_hand = by_hand,
            Edit::AddRule(entry) => {
                self.check_party(entry.party, spot, true)?;
                after.rules.push(entry);
            }
            Edit::ChangeRule(rule, party) => {
                if after.rules[rule].party != party {
                    self.check_party(party, spot, true)?;
                }
                after.rules[rule].party = party;
            }
            Edit::Require(rule, required) => after.rules[rule].required = required,
            Edit::DropRule(rule) => drop(after.rules.remove(rule)),
            Edit::AddDeploy(entry) => {
                self.check_party(entry.party, spot, false)?;
                after.deploy.push(entry);
            }
            Edit::DropDeploy(entry) => drop(after.deploy.remove(entry)),
        }
        if repeats(&after.rules) || repeats(&after.deploy) {
            return Err(400);
        }
        self.shields[at] = after;
        self.reassess();
        Ok(())
    }

    /// Takes a protection off.
    pub(crate) fn unprotect(&mut self, by: User, spot: Spot, name: &str) -> Result<(), No> {
        self.role(by, spot, 40)?;
        let at = self.place_of(spot, name).ok_or(404_u16)?;
        self.shields.remove(at);
        self.reassess();
        Ok(())
    }

    pub(crate) fn join(&mut self, spot: Spot, user: User, right: Right) {
        self.members.insert((spot, user), right);
        self.reassess();
    }

    /// Ends a membership; of a group, also those in everything below, unless they are kept.
    pub(crate) fn leave(&mut self, spot: Spot, user: User, keep_below: bool) {
        self.members.remove(&(spot, user));
        if let (Spot::Group(group), false) = (spot, keep_below) {
            let (parents, homes) = (self.clone(), self.homes.clone());
            self.members.retain(|(at, member), _| {
                let below = match *at {
                    Spot::Group(other) => parents.upwards(other).contains(&group),
                    Spot::Project(project) => parents.upwards(homes[project]).contains(&group),
                };
                *member != user || !below
            });
        }
        self.reassess();
    }

    pub(crate) fn set_share(&mut self, spot: Spot, group: Group, right: Option<Right>) {
        match right {
            Some(right) => drop(self.shares.insert((spot, group), right)),
            None => drop(self.shares.remove(&(spot, group))),
        }
        self.reassess();
    }

    pub(crate) fn move_project(&mut self, project: Project, to: Group) {
        self.homes[project] = to;
        self.reassess();
    }

    pub(crate) fn acts(&self, user: User) -> bool {
        !self.people[user].blocked && !self.people[user].bot
    }

    /// Moves a group. One that comes to the top belongs to the administrator who moves it, unless it has an owner of its own.
    pub(crate) fn move_group(&mut self, group: Group, to: Option<Group>) {
        self.parents[group] = to;
        let spot = Spot::Group(group);
        let owned = self
            .members
            .iter()
            .any(|((at, user), right)| *at == spot && right.level == 50 && self.lives(right) && self.acts(*user));
        if to.is_none() && !owned {
            self.members.insert((spot, ADMIN), Right { level: 50, until: None });
        }
        self.reassess();
    }

    pub(crate) fn set_blocked(&mut self, user: User, blocked: bool) {
        self.people[user].blocked = blocked;
        self.reassess();
    }

    pub(crate) fn set_lenient(&mut self, spot: Spot, on: bool) {
        self.lenient.retain(|s| *s != spot);
        if on {
            self.lenient.push(spot);
        }
        self.reassess();
    }
}

fn repeats(entries: &[Entry]) -> bool {
    (1..entries.len()).any(|i| entries[..i].iter().any(|e| e.party == entries[i].party))
}
