//! The world every history begins in: people, a tree of groups, a foreign one, and two projects.

use crate::oracle::{Group, Oracle, Person, Right, Spot, User};
use countersign_app::Tx;
use countersign_domain::access::{Level, Place, Visibility};
use countersign_domain::ids::{GroupId, NamespaceId, ProjectId, RunnerId, UserId};
use countersign_domain::settings::{GroupSettings, ProjectSettings};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::user::Settings;
use countersign_store::namespaces::{self, NewNamespace};
use countersign_store::projects::{self, NewProject};
use countersign_store::runners::{self, NewRunner, Runner, Said};
use countersign_store::users::{self, NewUser};
use countersign_store::{members, shares};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct UserOf {
    pub(crate) username: &'static str,
    admin: bool,
    bot: bool,
}

pub(crate) struct GroupOf {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    parent: Option<Group>,
}

const fn user(username: &'static str) -> UserOf {
    UserOf { username, admin: false, bot: false }
}

const fn group(name: &'static str, path: &'static str, parent: Option<Group>) -> GroupOf {
    GroupOf { name, path, parent }
}

/// The administrator.
pub(crate) const ADMIN: User = 0;
pub(crate) const USERS: [UserOf; 10] = [
    UserOf { username: "root", admin: true, bot: false },
    UserOf { username: "robot", admin: false, bot: true },
    user("olivia"),
    user("max"),
    user("dora"),
    user("dan"),
    user("oscar"),
    user("quinn"),
    user("sam"),
    user("eve"),
];
pub(crate) const GROUPS: [GroupOf; 5] = [
    group("Acme", "acme", None),
    group("Operators", "operators", Some(0)),
    group("Quality", "quality", Some(0)),
    group("Apps", "apps", Some(0)),
    group("Partners", "partners", None),
];
/// The projects: path and group.
pub(crate) const PROJECTS: [(&str, Group); 2] = [("shop", 3), ("site", 0)];
const MEMBERS: [(Spot, User, i64); 12] = [
    (Spot::Group(0), 2, 50),
    (Spot::Group(4), 8, 50),
    (Spot::Group(3), 3, 40),
    (Spot::Group(3), 4, 30),
    (Spot::Project(0), 5, 30),
    (Spot::Project(0), 1, 30),
    (Spot::Project(1), 4, 40),
    (Spot::Group(1), 6, 30),
    (Spot::Group(1), 3, 40),
    (Spot::Group(2), 7, 20),
    (Spot::Group(2), 5, 30),
    (Spot::Group(4), 7, 30),
];
const SHARES: [(Spot, Group, i64); 3] = [(Spot::Project(0), 1, 20), (Spot::Project(0), 4, 30), (Spot::Group(0), 4, 10)];
/// The first day: 2026-11-21.
const DAY_0: i64 = 20_778;
const DAY_MS: i64 = 86_400_000;

/// What people call a user.
pub(crate) fn full_name(user: User) -> String {
    format!("{} Example", USERS[user].username)
}

/// A moment on a day of a history.
pub(crate) fn at(day: i64, tick: i64) -> Timestamp {
    Timestamp((DAY_0 + day) * DAY_MS + tick)
}

/// A day of a history as a date.
pub(crate) fn date(day: i64) -> Date {
    at(day, 0).date()
}

/// The ids of everything in the database.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    pub(crate) users: Vec<UserId>,
    pub(crate) groups: Vec<GroupId>,
    pub(crate) projects: Vec<ProjectId>,
    pub(crate) runner: Runner,
}

impl Ids {
    pub(crate) fn place(&self, spot: Spot) -> Place {
        match spot {
            Spot::Group(group) => Place::Group(self.groups[group]),
            Spot::Project(project) => Place::Project(self.projects[project]),
        }
    }
}

/// The world in the oracle's terms.
pub(crate) fn oracle() -> Oracle {
    let person = |u: &UserOf| Person { admin: u.admin, bot: u.bot, blocked: false };
    let right = |level| Right { level, until: None };
    Oracle {
        day: 0,
        people: USERS.iter().map(person).collect(),
        parents: GROUPS.iter().map(|g| g.parent).collect(),
        homes: PROJECTS.iter().map(|(_, home)| *home).collect(),
        members: MEMBERS.iter().map(|(spot, user, level)| ((*spot, *user), right(*level))).collect(),
        shares: SHARES.iter().map(|(spot, group, level)| ((*spot, *group), right(*level))).collect(),
        lenient: vec![],
        shields: vec![],
        environments: BTreeMap::new(),
        stopped: BTreeSet::new(),
        backward: BTreeSet::new(),
        no_rollback: BTreeSet::new(),
        endings: 0,
        deployments: vec![],
        pipelines: vec![],
        jobs: vec![],
    }
}

/// The world in the database.
pub(crate) fn build(tx: &mut Tx<'_>) -> Ids {
    let now = at(0, 0);
    let users = USERS.iter().map(|u| new_user(tx, u, now)).collect();
    let mut ids = Ids { users, groups: vec![], projects: vec![], runner: new_runner(tx, now) };
    let oracle = oracle();
    for (i, of) in GROUPS.iter().enumerate() {
        let parent = of.parent.map(|p| ids.groups[p]);
        ids.groups.push(new_group(tx, of, (parent, &oracle.full_path(i)), now));
    }
    for (path, home) in PROJECTS {
        let full_path = format!("{}/{path}", oracle.full_path(home));
        ids.projects.push(new_project(tx, ids.groups[home].into(), (path, &full_path), now));
    }
    for (spot, user, level) in MEMBERS {
        let level = Level::from_number(level).unwrap();
        members::insert(tx, ids.place(spot), ids.users[user], level, None, (None, now)).unwrap();
    }
    for (spot, group, level) in SHARES {
        let level = Level::from_number(level).unwrap();
        shares::insert(tx, ids.place(spot), ids.groups[group], level, None, now).unwrap();
    }
    ids
}

fn new_user(tx: &mut Tx<'_>, of: &UserOf, now: Timestamp) -> UserId {
    let new = NewUser {
        username: of.username,
        name: &format!("{} Example", of.username),
        email: &format!("{}@example.com", of.username),
        password_hash: None,
        admin: of.admin,
        bot: of.bot,
        note: None,
        settings: Settings::default(),
        created_by: None,
    };
    users::insert(tx, &new, now).unwrap()
}

fn new_group(tx: &mut Tx<'_>, of: &GroupOf, at: (Option<GroupId>, &str), now: Timestamp) -> GroupId {
    let new = NewNamespace {
        parent_id: at.0,
        owner_id: None,
        name: of.name,
        path: of.path,
        full_path: at.1,
        description: "",
        visibility: Visibility::Private,
        allow_pipeline_trigger_approve_deployment: false,
        settings: GroupSettings::default(),
    };
    GroupId(namespaces::insert(tx, &new, now).unwrap().0)
}

fn new_project(tx: &mut Tx<'_>, home: NamespaceId, at: (&str, &str), now: Timestamp) -> ProjectId {
    let new = NewProject {
        namespace_id: home,
        creator_id: None,
        name: at.0,
        path: at.0,
        full_path: at.1,
        description: None,
        visibility: Visibility::Private,
        default_branch: "main",
        allow_pipeline_trigger_approve_deployment: false,
        build_timeout: 3600,
        topics: &[],
        shared_runners_enabled: true,
        group_runners_enabled: true,
        settings: ProjectSettings::default(),
    };
    projects::insert(tx, &new, now).unwrap()
}

/// A runner for everybody, which can stop jobs in order.
fn new_runner(tx: &mut Tx<'_>, now: Timestamp) -> Runner {
    let new = NewRunner {
        runner_type: "instance_type",
        group_id: None,
        project_id: None,
        token_hash: vec![1; 32],
        description: "",
        tags: &[],
        run_untagged: true,
        paused: false,
        locked: false,
        maximum_timeout: None,
        ref_protected: false,
        maintenance_note: None,
        created_by: None,
    };
    let id = runners::insert(tx, &new, now).unwrap();
    runners::get(tx, id).unwrap().unwrap()
}

/// The runner's one machine is heard of, which understands that a job is being canceled.
pub(crate) fn introduce(tx: &mut Tx<'_>, runner: RunnerId, now: Timestamp) {
    let said = Said { system_id: "s_1".into(), features: r#"{"cancel_gracefully":true}"#.into(), ..Said::default() };
    runners::touch(tx, runner, &said, now).unwrap();
}
