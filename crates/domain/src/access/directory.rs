//! The people, groups, memberships and invitations that one decision depends on.

use super::{Actor, Level, Standing, Via, Visibility};
use crate::ids::{GroupId, ProjectId, UserId};
use crate::time::Date;
use std::collections::{BTreeMap, BTreeSet};

/// A person or bot, as far as access is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// Whether they administer the instance.
    pub admin: bool,
    /// Whether they are a bot. Bots cannot approve.
    pub bot: bool,
    /// Whether they are active; all others count for nothing.
    pub active: bool,
    /// Whether they see of what is internal only what they belong to.
    pub external: bool,
}

/// Where memberships and invitations live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A group.
    Group(GroupId),
    /// A project.
    Project(ProjectId),
}

/// Where a project lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// In a group.
    Group(GroupId),
    /// In the personal namespace of a user, who has 50 on it.
    Personal(UserId),
}

/// A direct membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Its level.
    pub level: Level,
    /// The first date on which it is dead.
    pub expires_at: Option<Date>,
}

/// A group invited to a group or project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// The invited group.
    pub group: GroupId,
    /// The most its members get.
    pub level: Level,
    /// The first date on which it is dead.
    pub expires_at: Option<Date>,
}

/// Everything access depends on, as loaded for one decision: the people involved with all their memberships, and the
/// groups, projects and invitations concerned. What is not loaded gives no access.
#[derive(Debug, Clone)]
pub struct Directory {
    /// The date on which access is judged.
    pub today: Date,
    /// People by id.
    pub people: BTreeMap<UserId, Person>,
    /// The parent of each known group.
    pub parents: BTreeMap<GroupId, Option<GroupId>>,
    /// The home of each known project.
    pub homes: BTreeMap<ProjectId, Home>,
    /// The known projects that are archived.
    pub archived: BTreeSet<ProjectId>,
    /// Direct memberships.
    pub members: BTreeMap<(Place, UserId), Membership>,
    /// Invitations to each place.
    pub invitations: BTreeMap<Place, Vec<Invitation>>,
}

impl Directory {
    /// A directory of nobody, judged on `today`.
    pub fn new(today: Date) -> Directory {
        Directory {
            today,
            people: BTreeMap::new(),
            parents: BTreeMap::new(),
            homes: BTreeMap::new(),
            archived: BTreeSet::new(),
            members: BTreeMap::new(),
            invitations: BTreeMap::new(),
        }
    }

    /// The person, if known and active.
    pub fn active(&self, user: UserId) -> Option<&Person> {
        self.people.get(&user).filter(|p| p.active)
    }

    /// The group itself and its ancestors, nearest first; empty for a group that does not exist.
    pub fn lineage(&self, group: GroupId) -> Vec<GroupId> {
        let mut line = Vec::new();
        let mut next = Some(group);
        while let Some(at) = next {
            let Some(parent) = self.parents.get(&at) else { break };
            if line.contains(&at) {
                break;
            }
            line.push(at);
            next = *parent;
        }
        line
    }

    /// Whether `group` lies below `ancestor`, at any depth.
    pub fn is_below(&self, group: GroupId, ancestor: GroupId) -> bool {
        group != ancestor && self.lineage(group).contains(&ancestor)
    }

    /// The groups above a project, nearest first.
    pub fn groups_above(&self, project: ProjectId) -> Vec<GroupId> {
        match self.homes.get(&project) {
            Some(Home::Group(group)) => self.lineage(*group),
            _ => Vec::new(),
        }
    }

    /// The level of a direct, living membership of an active person.
    pub fn direct(&self, user: UserId, place: Place) -> Level {
        if self.active(user).is_none() {
            return Level::None;
        }
        let member = self.members.get(&(place, user));
        member.filter(|m| !dead(m.expires_at, self.today)).map_or(Level::None, |m| m.level)
    }

    /// The highest direct membership in a group or its ancestors.
    pub fn inherited(&self, user: UserId, group: GroupId) -> Level {
        let levels = self.lineage(group).into_iter().map(|g| self.direct(user, Place::Group(g)));
        levels.max().unwrap_or(Level::None)
    }

    /// The living invitations to a place.
    pub fn living_invitations(&self, place: Place) -> impl Iterator<Item = &Invitation> {
        let all = self.invitations.get(&place).into_iter().flatten();
        all.filter(|i| !dead(i.expires_at, self.today))
    }

    /// The directory as somebody is told of it who stands like that towards the place it was loaded for: without the
    /// invitations that they are not told of. Whoever has access by nothing else has none in it.
    pub fn told(mut self, standing: &Standing, sees: impl Fn(GroupId) -> bool) -> Directory {
        for invitations in self.invitations.values_mut() {
            invitations.retain(|i| standing.shows_invitation(sees(i.group)));
        }
        self
    }

    /// Effective access on a group: direct, inherited, or by an invitation of a group (its *direct* members only) to
    /// this group or an ancestor.
    pub fn on_group(&self, user: UserId, group: GroupId) -> Level {
        let line = self.lineage(group);
        let invited = line.iter().flat_map(|g| self.living_invitations(Place::Group(*g)));
        let invited = invited.map(|i| i.level.min(self.direct(user, Place::Group(i.group))));
        invited.chain([self.inherited(user, group)]).max().unwrap_or(Level::None)
    }

    /// Effective access on a project: direct, of its group, or by an invitation of a group (direct or inherited
    /// members) to it. Minimal access gives nothing on projects.
    pub fn on_project(&self, user: UserId, project: ProjectId) -> Level {
        let home = match self.homes.get(&project) {
            None => return Level::None,
            Some(Home::Group(group)) => self.on_group(user, *group),
            Some(Home::Personal(owner)) if *owner == user && self.active(user).is_some() => Level::Owner,
            Some(Home::Personal(_)) => Level::None,
        };
        let place = Place::Project(project);
        let invited = self.living_invitations(place).map(|i| i.level.min(self.inherited(user, i.group)));
        let level = invited.chain([self.direct(user, place), home]).max().unwrap_or(Level::None);
        if level < Level::Guest { Level::None } else { level }
    }

    /// How the actor stands towards a place.
    pub fn standing(&self, actor: &Actor, place: Place, visibility: Visibility) -> Standing {
        // A job's token is a key to its own project: elsewhere it opens what is open to everybody.
        let astray = matches!(actor.via, Via::Job(_, own) if place != Place::Project(own));
        let user = actor.user().filter(|_| !astray);
        let level = match (user, place) {
            (None, _) => Level::None,
            (Some(user), Place::Group(group)) => self.on_group(user, group),
            (Some(user), Place::Project(project)) => self.on_project(user, project),
        };
        let signed_in = user.and_then(|u| self.active(u)).is_some_and(|p| !p.external);
        let archived = matches!(place, Place::Project(id) if self.archived.contains(&id));
        Standing::new(level, actor, visibility.admits(signed_in), place).archived(archived)
    }
}

fn dead(expires_at: Option<Date>, today: Date) -> bool {
    expires_at.is_some_and(|d| d.has_passed(today))
}

#[cfg(test)]
mod tests;
