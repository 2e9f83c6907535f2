//! Members, invitations, moves and blocked people: an administrator makes them all.

use super::{Driver, done};
use crate::act::{Act, Answer};
use crate::oracle::{Group, Right, Spot, User};
use crate::world::{self, ADMIN};
use countersign_app::invitations::Invite;
use countersign_app::members::{self, Changes, NewMembers, Target, Who};
use countersign_app::{groups, projects, users};
use countersign_domain::access::Level;
use countersign_domain::user::Change;
use countersign_store::members as rows;

impl Driver<'_, '_> {
    pub(super) fn places(&mut self, act: &Act) -> Answer {
        match *act {
            Act::Join { spot, user, right } => self.join(spot, user, right),
            Act::Leave { spot, user, keep_below } => {
                let (target, id) = (self.members_of(spot), self.ids.users[user]);
                done(self.write(ADMIN, |tx, by, now| members::remove(tx, by, &target, id, keep_below, now)))
            }
            Act::Share { spot, group, right } => self.share(spot, group, right),
            Act::Unshare { spot, group } => self.unshare(spot, group),
            Act::MoveProject { project, to } => {
                let (at, to) = (self.project(project), self.group(to));
                done(self.write(ADMIN, |tx, by, now| projects::transfer(tx, by, &at, &to, Level::Maintainer, now)))
            }
            Act::MoveGroup { group, to } => {
                let (at, to) = (self.group(group), to.map(|g| self.group(g)));
                done(
                    self.write(ADMIN, |tx, by, now| groups::transfer(tx, by, &at, to.as_ref(), Level::Maintainer, now)),
                )
            }
            Act::Block { user, blocked } => {
                let id = self.ids.users[user];
                let change = if blocked { Change::Block } else { Change::Unblock };
                done(self.write(ADMIN, |tx, by, now| users::change_state(tx, by, id, change, now)))
            }
            _ => Answer::Broken("no place".into()),
        }
    }

    fn members_of(&self, spot: Spot) -> Target {
        match spot {
            Spot::Group(_) => Target::Group(self.at(spot)),
            Spot::Project(_) => Target::Project(self.at(spot)),
        }
    }

    fn join(&mut self, spot: Spot, user: User, right: Right) -> Answer {
        let (target, id) = (self.members_of(spot), self.ids.users[user]);
        let (level, expires_at) = (level(right), right.until.map(world::date));
        let today = world::date(self.day);
        let old = rows::get(self.tx, self.ids.place(spot), id).unwrap();
        let living = old.filter(|m| m.expires_at.is_none_or(|d| !d.has_passed(today)));
        if living.is_some() {
            let changes = Changes { level: Some(level), expires_at: Some(expires_at) };
            return done(self.write(ADMIN, |tx, by, now| members::change(tx, by, &target, id, &changes, now)));
        }
        let new = NewMembers { who: vec![Who::Id(id.0)], level, expires_at };
        done(self.write(ADMIN, |tx, by, now| members::add(tx, by, &target, &new, now)))
    }

    fn share(&mut self, spot: Spot, group: Group, right: Right) -> Answer {
        let at = self.at(spot);
        let expires_at = right.until.map(world::date);
        let invite = Invite { group: self.ids.groups[group], level: level(right), expires_at };
        match spot {
            Spot::Group(_) => done(self.write(ADMIN, |tx, by, now| groups::share(tx, by, &at, &invite, now))),
            Spot::Project(_) => done(self.write(ADMIN, |tx, by, now| projects::share(tx, by, &at, &invite, now))),
        }
    }

    fn unshare(&mut self, spot: Spot, group: Group) -> Answer {
        let (at, invited) = (self.at(spot), self.ids.groups[group]);
        match spot {
            Spot::Group(_) => done(self.write(ADMIN, |tx, by, now| groups::unshare(tx, by, &at, invited, now))),
            Spot::Project(_) => done(self.write(ADMIN, |tx, by, now| projects::unshare(tx, by, &at, invited, now))),
        }
    }
}

fn level(of: Right) -> Level {
    Level::from_number(of.level).unwrap()
}
