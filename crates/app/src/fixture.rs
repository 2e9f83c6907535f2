//! A small world for tests of use cases: people, groups and projects on a fresh store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests end where they fail")]

use crate::authorize::Ref;
use crate::groups::{self, NewGroup};
use crate::members::{self, NewMembers, Target, Who};
use crate::projects::{self, NewProject};
use crate::users::{self, NewUser, Password};
use crate::{Failure, Result, Tx, protected_refs};
use countersign_domain::access::{Actor, Level, Person, Via, Visibility};
use countersign_domain::event::By;
use countersign_domain::ids::{GroupId, ProjectId, RunnerId, UserId};
use countersign_domain::outcome::Ending;
use countersign_domain::protected_ref::{AskedLevel, Least, Named, Right, UpdateProtectedRef};
use countersign_domain::refusal::Refusal;
use countersign_domain::settings::GroupSettingsChanges;
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::token::Scope;
use countersign_domain::user::Settings;
use countersign_store::runners::Runner;
use countersign_store::{Intent, Store};

/// When everything in tests happens: 2026-11-21.
pub(crate) const NOW: Timestamp = Timestamp(1_795_219_200_000);

/// A runner of the instance that takes what has no tags.
pub(crate) fn runner(id: i64) -> Runner {
    Runner {
        id: RunnerId(id),
        runner_type: "instance_type".into(),
        group_id: None,
        project_id: None,
        description: String::new(),
        tags: Vec::new(),
        run_untagged: true,
        paused: false,
        locked: false,
        ref_protected: false,
        maximum_timeout: None,
        maintenance_note: None,
        created_at: NOW,
        contacted_at: None,
    }
}

/// A store with an administrator.
pub(crate) struct World<'s> {
    pub(crate) store: &'s Store,
    /// The administrator.
    pub(crate) root: Actor,
}

impl<'s> World<'s> {
    pub(crate) fn new(store: &'s Store) -> World<'s> {
        let mut world = World { store, root: Actor::server() };
        world.root = world.person("root", true);
        world
    }

    /// A new person with a token for everything.
    pub(crate) fn user(&self, name: &str) -> Actor {
        self.person(name, false)
    }

    pub(crate) fn person(&self, name: &str, admin: bool) -> Actor {
        let new = NewUser {
            username: name.into(),
            name: name.into(),
            email: format!("{name}@example.org"),
            password: Password::Unusable,
            admin,
            note: None,
            settings: Settings::default(),
        };
        let prepared = users::prepare(&self.root, new).unwrap();
        let made = self.write(&self.root, move |tx, actor| users::create(tx, actor, &prepared, NOW)).unwrap();
        actor(made.id, admin)
    }

    /// What an administrator changes of a person.
    pub(crate) fn change(&self, who: &Actor, changes: users::Changes) {
        let (user, prepared) = (id(who), users::prepare_changes(&self.root, changes).unwrap());
        self.write(&self.root, move |tx, actor| users::update(tx, actor, user, &prepared, NOW)).unwrap();
    }

    /// A new group, private unless its parent is wider.
    pub(crate) fn group(&self, by: &Actor, path: &str, parent: Option<GroupId>) -> GroupId {
        self.try_group(by, path, parent).unwrap()
    }

    pub(crate) fn try_group(&self, by: &Actor, path: &str, parent: Option<GroupId>) -> Result<GroupId> {
        let new = new_group(path, parent);
        let made = self.write(by, move |tx, actor| groups::create(tx, actor, &new, NOW))?;
        Ok(made.group.group_id())
    }

    /// A new project in a group, or in one's own namespace.
    pub(crate) fn project(&self, by: &Actor, path: &str, group: Option<GroupId>) -> ProjectId {
        self.try_project(by, path, group).unwrap()
    }

    pub(crate) fn try_project(&self, by: &Actor, path: &str, group: Option<GroupId>) -> Result<ProjectId> {
        let new = NewProject { path: Some(path.into()), namespace_id: group.map(|g| g.0), ..NewProject::default() };
        let made = self.write(by, move |tx, actor| projects::create(tx, actor, &new, NOW))?;
        Ok(made.project.id)
    }

    /// Makes somebody a member, as the administrator.
    pub(crate) fn join(&self, target: &Target, who: &Actor, level: Level) {
        self.try_join(&self.root, target, who, level, None).unwrap();
    }

    pub(crate) fn try_join(
        &self,
        by: &Actor,
        target: &Target,
        who: &Actor,
        level: Level,
        expires_at: Option<Date>,
    ) -> Result<()> {
        let (target, new) = (target.clone(), NewMembers { who: vec![Who::Id(id(who).0)], level, expires_at });
        self.write(by, move |tx, actor| members::add(tx, actor, &target, &new, NOW)).map(drop)
    }

    /// Lets developers push to `main`, which is for maintainers at first.
    pub(crate) fn open_to_developers(&self, project: ProjectId) {
        let at = Ref::Id(project.0);
        let add = AskedLevel { access_level: Some(Least::Developer.number()), ..AskedLevel::default() };
        let change = UpdateProtectedRef { allow_force_push: None, levels: vec![(Right::Push, vec![add])] };
        let open = move |tx: &mut Tx<'_>, actor: &Actor| {
            protected_refs::update(tx, actor, &at, Named::branch("main"), &change, NOW)
        };
        self.write(&self.root, open).unwrap();
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        by: &Actor,
        job: impl Fn(&mut Tx<'_>, &Actor) -> Result<Ending<T>> + Send + Sync + 'static,
    ) -> Result<T> {
        let actor = by.clone();
        self.store.write_blocking(by.by.clone(), NOW, Intent::Edit, move |tx| job(tx, &actor))
    }

    pub(crate) fn read<T: Send + 'static>(
        &self,
        by: &Actor,
        job: impl Fn(&mut Tx<'_>, &Actor) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let actor = by.clone();
        self.store.read_blocking(move |tx| job(tx, &actor))
    }
}

pub(crate) fn new_group(path: &str, parent: Option<GroupId>) -> NewGroup {
    NewGroup {
        name: path.into(),
        path: path.into(),
        parent_id: parent.map(|p| p.0),
        description: String::new(),
        visibility: None,
        allow_pipeline_trigger_approve_deployment: false,
        settings: GroupSettingsChanges::default(),
    }
}

pub(crate) fn actor(id: UserId, admin: bool) -> Actor {
    Actor {
        person: Some(Person { id, admin, bot: false, active: true, external: false }),
        via: Via::Token(vec![Scope::Api]),
        by: By { user: Some(id), ..By::default() },
    }
}

pub(crate) fn id(of: &Actor) -> UserId {
    of.user().unwrap()
}

pub(crate) fn in_group(group: GroupId) -> Target {
    Target::Group(Ref::Id(group.0))
}

pub(crate) fn in_project(project: ProjectId) -> Target {
    Target::Project(Ref::Id(project.0))
}

/// The code of a refusal.
pub(crate) fn code<T>(result: Result<T>) -> String {
    refusal(result).code().to_owned()
}

pub(crate) fn refusal<T>(result: Result<T>) -> Refusal {
    match result {
        Ok(_) => panic!("allowed, but a refusal was expected"),
        Err(Failure::Refused(why)) => why,
        Err(Failure::Store(why)) => panic!("the store failed: {why}"),
    }
}

pub(crate) const PUBLIC: Option<Visibility> = Some(Visibility::Public);
