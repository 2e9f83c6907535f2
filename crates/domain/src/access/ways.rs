//! By which ways somebody has access to a place: what effective access is the highest of, for people to look at.

use super::{Directory, Home, Level, Membership, Place};
use crate::ids::{GroupId, UserId};
use crate::time::Date;
use std::cmp::Reverse;

/// One way by which somebody has access to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// The level it gives.
    pub level: Level,
    /// What gives it.
    pub through: Through,
    /// The first date on which it is dead.
    pub expires_at: Option<Date>,
}

/// What gives access to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// The person's own membership of the place.
    Member,
    /// The personal namespace that the project lies in.
    Namespace,
    /// A membership of a group above.
    Above(GroupId),
    /// A membership of an invited group, or for a project of one above that.
    Invited(GroupId),
}

impl Directory {
    /// The ways by which an active person has access to a place, the highest level first and among equals the nearest.
    /// The first is their effective access; none: they have none.
    pub fn ways(&self, user: UserId, place: Place) -> Vec<Way> {
        if self.active(user).is_none() {
            return Vec::new();
        }
        let (above, least) = match place {
            Place::Group(group) => (self.lineage(group).into_iter().skip(1).collect(), Level::Minimal),
            Place::Project(project) => (self.groups_above(project), Level::Guest),
        };
        let mut ways: Vec<Way> = self.living(user, place).map(|m| way(m, Through::Member)).into_iter().collect();
        if let Place::Project(project) = place
            && self.homes.get(&project) == Some(&Home::Personal(user))
        {
            ways.push(Way { level: Level::Owner, through: Through::Namespace, expires_at: None });
        }
        for group in &above {
            let member = self.living(user, Place::Group(*group));
            ways.extend(member.map(|m| way(m, Through::Above(*group))));
        }
        for at in above.iter().map(|group| Place::Group(*group)).chain([place]) {
            self.invited(user, at, &mut ways);
        }
        ways.retain(|way| way.level >= least);
        ways.sort_by_key(|way| Reverse(way.level));
        ways
    }

    /// Adds the ways that the invitations to that very place give.
    fn invited(&self, user: UserId, at: Place, ways: &mut Vec<Way>) {
        for invitation in self.living_invitations(at) {
            let counting = match at {
                Place::Group(_) => vec![invitation.group],
                Place::Project(_) => self.lineage(invitation.group),
            };
            let members = counting.into_iter().filter_map(|group| self.living(user, Place::Group(group)));
            ways.extend(members.map(|member| Way {
                level: member.level.min(invitation.level),
                through: Through::Invited(invitation.group),
                expires_at: earliest(member.expires_at, invitation.expires_at),
            }));
        }
    }

    /// A membership of that very place that is not dead.
    fn living(&self, user: UserId, place: Place) -> Option<&Membership> {
        self.members.get(&(place, user)).filter(|m| m.expires_at.is_none_or(|date| !date.has_passed(self.today)))
    }
}

fn way(of: &Membership, through: Through) -> Way {
    Way { level: of.level, through, expires_at: of.expires_at }
}

fn earliest(one: Option<Date>, other: Option<Date>) -> Option<Date> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::testing::World;

    #[test]
    fn each_way_is_told_with_what_gives_it_and_when_it_ends() {
        let soon = "2026-12-01";
        let world = World::new()
            .groups(&["top", "top/sub", "guild", "guild/qa"])
            .project("top/sub/app")
            .members("top", &[("ann", 30)])
            .members("top/sub", &[("ann", 30)])
            .members("top/sub/app", &[("ann", 20)])
            .members("guild", &[("ann", 50)])
            .member_until("guild/qa", "bob", 40, "2026-11-30")
            .invite_until("top/sub/app", "guild/qa", 40, soon)
            .invite_until("top", "guild", 10, soon);
        let (ann, bob, place) = (world.u("ann"), world.u("bob"), world.at("top/sub/app"));
        let way = |level: i64, through, until: Option<&str>| Way {
            level: Level::from_number(level).unwrap(),
            through,
            expires_at: until.map(|text| Date::parse(text).unwrap()),
        };
        assert_eq!(
            world.dir.ways(ann, place),
            [
                way(40, Through::Invited(world.g("guild/qa")), Some(soon)),
                way(30, Through::Above(world.g("top/sub")), None),
                way(30, Through::Above(world.g("top")), None),
                way(20, Through::Member, None),
                way(10, Through::Invited(world.g("guild")), Some(soon)),
            ]
        );
        assert_eq!(world.dir.ways(bob, place), [way(40, Through::Invited(world.g("guild/qa")), Some("2026-11-30"))]);
        assert_eq!(world.dir.ways(bob, world.at("top")), []);
        assert_eq!(world.blocked("ann").dir.ways(ann, place), []);
    }

    #[test]
    fn whose_namespace_it_is_owns_it() {
        let world = World::new().personal("ann/app", "ann");
        let own = Way { level: Level::Owner, through: Through::Namespace, expires_at: None };
        assert_eq!(world.dir.ways(world.u("ann"), world.at("ann/app")), [own]);
    }
}
