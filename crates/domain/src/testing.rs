//! Small worlds for table tests, built in one chain of calls and spoken of by name.
//!
//! People are written `ann`, as parties of entries `@ann`; groups and projects by their path, roles `30`, `40`, `60`.
//! People come into being when first mentioned; a group's or project's parent is what its path says, if it is known.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::access::{Directory, Home, Invitation, Level, Membership, Person, Place};
use crate::approval::{Cast, Tally, Verdict, Vote, Voted, cast};
use crate::deployment::{Forward, Shipment, Status};
use crate::gate::Gate;
use crate::ids::{DeploymentId, EntryId, GroupId, ProjectId, ProtectionId, UserId, VoteId};
use crate::job::When;
use crate::protection::{Entry, Inheritance, Principal, Protection, Role, Rule, RunAfterApproval, Scope};
use crate::refusal::Result;
use crate::time::{Date, Timestamp};
use std::collections::HashMap;

/// The day on which every world is judged.
pub(crate) const TODAY: &str = "2026-11-21";

/// A world: who is where, what is protected, and how people voted on one deployment.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) dir: Directory,
    pub(crate) protections: Vec<Protection>,
    pub(crate) deploys: bool,
    pub(crate) forward: Option<Forward>,
    ids: HashMap<String, i64>,
    initiators: Vec<UserId>,
    votes: Vec<Vote>,
    entries: i64,
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

impl World {
    pub(crate) fn new() -> World {
        World {
            dir: Directory::new(date(TODAY)),
            protections: Vec::new(),
            deploys: true,
            forward: None,
            ids: HashMap::new(),
            initiators: Vec::new(),
            votes: Vec::new(),
            entries: 0,
        }
    }

    /// Groups, parents first.
    pub(crate) fn groups(mut self, paths: &[&str]) -> World {
        for path in paths {
            let parent = path.rsplit_once('/').map(|(above, _)| self.g(above));
            let id = self.name(&format!("group {path}"));
            self.dir.parents.insert(GroupId(id), parent);
        }
        self
    }

    /// A project of the group its path says.
    pub(crate) fn project(mut self, path: &str) -> World {
        let home = Home::Group(self.g(path.rsplit_once('/').unwrap().0));
        let id = self.name(&format!("project {path}"));
        self.dir.homes.insert(ProjectId(id), home);
        self
    }

    /// A project in somebody's personal namespace.
    pub(crate) fn personal(mut self, path: &str, owner: &str) -> World {
        let owner = self.meet(owner);
        let id = self.name(&format!("project {path}"));
        self.dir.homes.insert(ProjectId(id), Home::Personal(owner));
        self
    }

    /// Members of a place, with their levels as on the wire.
    pub(crate) fn members(mut self, place: &str, who: &[(&str, i64)]) -> World {
        for (name, level) in who {
            self.join(place, name, *level, None);
        }
        self
    }

    /// A member until (not on) a date.
    pub(crate) fn member_until(mut self, place: &str, who: &str, level: i64, until: &str) -> World {
        self.join(place, who, level, Some(date(until)));
        self
    }

    fn join(&mut self, place: &str, who: &str, level: i64, expires_at: Option<Date>) {
        let (place, user) = (self.at(place), self.meet(who));
        self.dir.members.insert((place, user), Membership { level: Level::from_number(level).unwrap(), expires_at });
    }

    /// Takes a membership away.
    pub(crate) fn leave(mut self, place: &str, who: &str) -> World {
        let key = (self.at(place), self.u(who));
        self.dir.members.remove(&key).unwrap();
        self
    }

    /// Invites a group to a place.
    pub(crate) fn invite(self, place: &str, group: &str, level: i64) -> World {
        self.invite_with(place, group, level, None)
    }

    /// Invites a group to a place until (not on) a date.
    pub(crate) fn invite_until(self, place: &str, group: &str, level: i64, until: &str) -> World {
        self.invite_with(place, group, level, Some(date(until)))
    }

    fn invite_with(mut self, place: &str, group: &str, level: i64, expires_at: Option<Date>) -> World {
        let invitation = Invitation { group: self.g(group), level: Level::from_number(level).unwrap(), expires_at };
        let place = self.at(place);
        self.dir.invitations.entry(place).or_default().push(invitation);
        self
    }

    /// Changes a person, whom this mention may create.
    pub(crate) fn person(mut self, who: &str, change: impl FnOnce(&mut Person)) -> World {
        let id = self.meet(who);
        change(self.dir.people.get_mut(&id).unwrap());
        self
    }

    /// Administrators.
    pub(crate) fn admin(self, who: &str) -> World {
        self.person(who, |p| p.admin = true)
    }

    /// Bots.
    pub(crate) fn bot(self, who: &str) -> World {
        self.person(who, |p| p.bot = true)
    }

    /// Blocked people.
    pub(crate) fn blocked(self, who: &str) -> World {
        self.person(who, |p| p.active = false)
    }

    /// Protects a place: who may deploy, and the rules by which to approve.
    pub(crate) fn protect(mut self, place: &str, deploy: &[&str], rules: &[(&str, u32)]) -> World {
        let (scope, name) = match self.at(place) {
            Place::Project(project) => (Scope::Project(project), "production"),
            Place::Group(group) => (Scope::Group(group), "production"),
        };
        let deploy = deploy.iter().map(|who| self.entry(who)).collect();
        let rules = rules.iter().map(|(who, n)| Rule { entry: self.entry(who), required_approvals: *n }).collect();
        self.protections.push(Protection {
            id: ProtectionId(self.protections.len() as i64 + 1),
            scope,
            name: name.into(),
            run_after_approval: RunAfterApproval::Automatic,
            deploy,
            rules,
            required_approval_count: 0,
            triggerer_may_approve: false,
        });
        self
    }

    /// Protects a place with the unified setting.
    pub(crate) fn unified(self, place: &str, deploy: &[&str], count: u32) -> World {
        self.protect(place, deploy, &[]).last(|p| p.required_approval_count = count)
    }

    /// Changes the protection made last.
    pub(crate) fn last(mut self, change: impl FnOnce(&mut Protection)) -> World {
        change(self.protections.last_mut().unwrap());
        self
    }

    /// Whoever may not vote: the triggerer, and on a retry the pipeline's creator too.
    pub(crate) fn triggered_by(mut self, who: &[&str]) -> World {
        self.initiators = who.iter().map(|w| self.meet(w)).collect();
        self
    }

    /// Standing approvals in order of time, written `ann`, or `ann as QA`.
    pub(crate) fn approved_by(mut self, votes: &[&str]) -> World {
        for text in votes {
            let (who, role) = text.split_once(" as ").map_or((*text, None), |(w, r)| (w, Some(r.to_owned())));
            let (id, voter) = (self.votes.len() as i64 + 1, self.meet(who));
            self.votes.push(Vote {
                id: VoteId(id),
                voter,
                verdict: Verdict::Approved,
                comment: None,
                represented_as: role,
                at: Timestamp(id),
            });
        }
        self
    }

    /// Something later was deployed meanwhile.
    pub(crate) fn outdated(mut self) -> World {
        let shipment = |id: i64, sha: &str| Shipment { id: DeploymentId(id), sha: sha.into() };
        let (own, latest) = (shipment(1, "old"), Some(shipment(2, "new")));
        self.forward = Some(Forward { own, latest, enabled: true, rollback_allowed: true });
        self
    }

    /// An entry that names a party: `@ann`, `qa` or `30`. It is called `ANN`, `QA` or as the role.
    pub(crate) fn entry(&mut self, who: &str) -> Entry {
        self.entries += 1;
        if let Some(user) = who.strip_prefix('@') {
            self.meet(user);
        }
        let principal = self.who(who);
        let (description, path) = match principal {
            Principal::Role(role) => (role.description().to_owned(), None),
            _ => {
                let path = who.trim_start_matches('@');
                (path.rsplit('/').next().unwrap().to_uppercase(), Some(path.to_owned()))
            }
        };
        Entry {
            id: EntryId(self.entries),
            principal,
            echoed_level: None,
            inheritance: Inheritance::Direct,
            description,
            path,
            orphaned: false,
        }
    }

    /// The party a text names.
    pub(crate) fn who(&self, who: &str) -> Principal {
        match (who.strip_prefix('@'), who.parse()) {
            (Some(user), _) => Principal::User(self.u(user)),
            (None, Ok(role)) => Principal::Role(Role::from_number(role).unwrap()),
            (None, Err(_)) => Principal::Group(self.g(who)),
        }
    }

    /// The place of a path.
    pub(crate) fn at(&self, path: &str) -> Place {
        let project = self.ids.get(&format!("project {path}"));
        project.map_or_else(|| Place::Group(self.g(path)), |id| Place::Project(ProjectId(*id)))
    }

    pub(crate) fn u(&self, name: &str) -> UserId {
        UserId(*self.ids.get(&format!("user {name}")).unwrap_or_else(|| panic!("no user {name}")))
    }

    pub(crate) fn g(&self, path: &str) -> GroupId {
        GroupId(*self.ids.get(&format!("group {path}")).unwrap_or_else(|| panic!("no group {path}")))
    }

    pub(crate) fn p(&self, path: &str) -> ProjectId {
        ProjectId(*self.ids.get(&format!("project {path}")).unwrap_or_else(|| panic!("no project {path}")))
    }

    fn meet(&mut self, name: &str) -> UserId {
        let id = UserId(self.name(&format!("user {name}")));
        self.dir.people.entry(id).or_insert(Person { id, admin: false, bot: false, active: true, external: false });
        id
    }

    fn name(&mut self, name: &str) -> i64 {
        let next = self.ids.len() as i64 + 1;
        *self.ids.entry(name.into()).or_insert(next)
    }

    /// The gate before the production environment of a project, with all protections of this world.
    pub(crate) fn gate(&self, project: &str) -> Gate {
        Gate {
            directory: self.dir.clone(),
            project: self.p(project),
            protections: self.protections.clone(),
            deploys: self.deploys,
            initiators: self.initiators.clone(),
            votes: self.votes.clone(),
            forward: self.forward.clone(),
        }
    }

    /// The gate before the one project there is.
    pub(crate) fn only_gate(&self) -> Gate {
        let mut projects = self.ids.keys().filter_map(|k| k.strip_prefix("project "));
        let only = projects.next().unwrap();
        assert!(projects.next().is_none());
        self.gate(only)
    }

    /// How many approvals are missing.
    pub(crate) fn pending(&self) -> u64 {
        Tally::of(&self.only_gate()).pending()
    }

    /// A vote on the blocked deployment of an automatic job whose triggerer is the first initiator, written as for
    /// [`World::approved_by`].
    pub(crate) fn cast(&self, verdict: Verdict, text: &str) -> Result<Voted> {
        let (who, role) = text.split_once(" as ").map_or((text, None), |(w, r)| (w, Some(r.to_owned())));
        let vote = Cast {
            voter: self.u(who),
            by_job: false,
            by_sudo: false,
            verdict,
            represented_as: role,
            at: Timestamp(1_000),
        };
        let job = Some((When::OnSuccess, self.initiators.first().copied()));
        cast(&self.only_gate(), Status::Blocked, &vote, job)
    }
}
