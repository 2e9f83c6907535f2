//! The cast of the seeds: a group with operators, QA testers and a security group, people in every role, a project.
//!
//! Every world has groups and projects of its own, so that many live on one server. The people are the same in all of
//! them: whoever is to be blocked or renamed must be made with [`World::person`].

use crate::compare::id;
use crate::{Client, Reply, Server};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Access levels by their names.
pub mod level {
    /// Guest.
    pub const GUEST: i64 = 10;
    /// Reporter.
    pub const REPORTER: i64 = 20;
    /// Developer.
    pub const DEVELOPER: i64 = 30;
    /// Maintainer.
    pub const MAINTAINER: i64 = 40;
    /// Owner.
    pub const OWNER: i64 = 50;
}

/// Somebody with a token; derefs to a client that uses it.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user's id.
    pub id: i64,
    /// The user's name for signing in.
    pub username: String,
    /// A personal access token with the scope `api`.
    pub token: String,
    client: Client,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Person {
    /// The same person on the connections of another client: those of one runtime are of no use to another.
    fn on(&self, connections: &Client) -> Person {
        Person { client: connections.with_token(&self.token), ..self.clone() }
    }
}

/// A group or a project.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its id.
    pub id: i64,
    /// Its full path.
    pub path: String,
    /// Where its resources are: `/groups/<id>` or `/projects/<id>`.
    pub at: String,
}

impl Place {
    /// A path below it: `of("/members")` is `/groups/<id>/members`.
    pub fn of(&self, rest: &str) -> String {
        format!("{}{rest}", self.at)
    }
}

/// Everybody and everything of one story. Developers may push to the `main` of its projects, as in a team that works
/// without merge requests.
#[derive(Debug)]
pub struct World {
    /// The server it is on.
    pub server: &'static Server,
    /// What its names end with.
    pub mark: String,
    /// The first administrator.
    pub root: Client,
    /// Nobody.
    pub anonymous: Client,
    /// The organization.
    pub org: Place,
    /// Who may execute deployments.
    pub operators: Place,
    /// The testers.
    pub qa: Place,
    /// The security group.
    pub security: Place,
    /// A private project of the organization, without repository.
    pub project: Place,
    /// Owns the organization.
    pub owner: Person,
    /// Maintains the organization.
    pub maintainer: Person,
    /// Develops in the organization.
    pub dev: Person,
    /// Develops in the organization as well.
    pub dev2: Person,
    /// Develops in the organization and is an operator.
    pub deployer: Person,
    /// Reports in the organization.
    pub reporter: Person,
    /// A guest of the organization.
    pub guest: Person,
    /// An operator, no member of the organization.
    pub op: Person,
    /// A tester, no member of the organization.
    pub qa1: Person,
    /// Another tester.
    pub qa2: Person,
    /// Of the security group, no member of the organization.
    pub sec1: Person,
    /// Another of the security group.
    pub sec2: Person,
    /// A member of nothing.
    pub outsider: Person,
}

impl World {
    /// Creates all of it.
    pub async fn new(server: &'static Server) -> World {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let mark = format!("w{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let anonymous = server.anonymous();
        let root = anonymous.with_token(crate::server::ROOT_TOKEN);
        let people = server.cast.get_or_init(|| cast(&root)).await;
        let people: Vec<_> = people.iter().map(|known| known.on(&root)).collect();
        let [owner, maintainer, dev, dev2, deployer, reporter, guest, op, qa1, qa2, sec1, sec2, outsider] =
            people.try_into().expect("as many people as names");
        let org = group(&root, &format!("org-{mark}"), &format!("Organization {mark}"), None).await;
        join(&root, &org, &owner, level::OWNER).await;
        let operators = group(&owner, "operator", "operator-group", Some(&org)).await;
        let qa = group(&owner, "qa", "qa-group", Some(&org)).await;
        let security = group(&owner, "security", "security-group", Some(&org)).await;
        let project = project(&owner, "app", &org).await;
        let members = [
            (&org, &maintainer, level::MAINTAINER),
            (&org, &dev, level::DEVELOPER),
            (&org, &dev2, level::DEVELOPER),
            (&org, &deployer, level::DEVELOPER),
            (&org, &reporter, level::REPORTER),
            (&org, &guest, level::GUEST),
            (&operators, &op, level::DEVELOPER),
            (&operators, &deployer, level::DEVELOPER),
            (&qa, &qa1, level::DEVELOPER),
            (&qa, &qa2, level::DEVELOPER),
            (&security, &sec1, level::DEVELOPER),
            (&security, &sec2, level::DEVELOPER),
        ];
        join_all(members.map(|(place, person, level)| join(&root, place, person, level))).await;
        #[rustfmt::skip]
        let world = World {
            server, mark, root, anonymous, org, operators, qa, security, project, owner, maintainer, dev, dev2,
            deployer, reporter, guest, op, qa1, qa2, sec1, sec2, outsider,
        };
        world
    }

    /// Somebody new.
    pub async fn person(&self, name: &str) -> Person {
        person(&self.root, format!("{name}-{}", self.mark)).await
    }

    /// A new group below another.
    pub async fn subgroup(&self, path: &str, name: &str, parent: &Place) -> Place {
        group(&self.owner, path, name, Some(parent)).await
    }

    /// A new private group outside the organization, of which nobody in it knows.
    pub async fn elsewhere(&self, path: &str) -> Place {
        group(&self.root, &format!("{path}-{}", self.mark), path, None).await
    }

    /// Another private project of the organization.
    pub async fn project(&self, path: &str) -> Place {
        project(&self.owner, path, &self.org).await
    }

    /// Makes somebody a member.
    pub async fn join(&self, place: &Place, person: &Person, level: i64) {
        join(&self.root, place, person, level).await;
    }

    /// Ends a membership.
    pub async fn leave(&self, place: &Place, person: &Person) {
        self.root.delete(&place.of(&format!("/members/{}", person.id))).await.ok(204);
    }

    /// Invites a group to a group or project.
    pub async fn share(&self, place: &Place, group: &Place, level: i64) {
        let body = json!({"group_id": group.id, "group_access": level});
        self.root.post(&place.of("/share"), body).await.ok(201);
    }

    /// Protects an environment of the project, or a tier of the organization.
    pub async fn protect(&self, place: &Place, body: Value) -> Value {
        self.owner.post(&place.of("/protected_environments"), body).await.ok(201)
    }

    /// Protects `production` of the whole organization as the seeds do: operators execute; one tester and two of the
    /// security group approve.
    pub async fn protect_as_the_seeds(&self) -> Value {
        let rules = json!([{"group_id": self.qa.id}, {"group_id": self.security.id, "required_approvals": 2}]);
        let entries = json!([{"group_id": self.operators.id}]);
        let body = json!({"name": "production", "deploy_access_levels": entries, "approval_rules": rules});
        self.protect(&self.org, body).await
    }

    /// Reports a deployment of the project, as an outside tool does.
    pub async fn report(&self, by: &Client, environment: &str, status: &str) -> Reply {
        report(by, &self.project, environment, status).await
    }

    /// A deployment of the project that an outside tool of `by` asks for, which must be held.
    pub async fn blocked(&self, by: &Client, environment: &str) -> i64 {
        let made = self.report(by, environment, "running").await.ok(201);
        assert_eq!(made["status"], "blocked", "{made}");
        id(&made)
    }

    /// A deployment of the project as the owner sees it.
    pub async fn deployment(&self, deployment: i64) -> Value {
        self.owner.get(&self.project.of(&format!("/deployments/{deployment}"))).await.ok(200)
    }

    /// Its status.
    pub async fn status(&self, deployment: i64) -> String {
        self.deployment(deployment).await["status"].as_str().unwrap_or_default().to_owned()
    }

    /// Casts a vote.
    pub async fn vote(&self, by: &Client, deployment: i64, status: &str) -> Reply {
        by.post(&self.project.of(&format!("/deployments/{deployment}/approval")), json!({"status": status})).await
    }

    /// A runner of the project; its token.
    pub async fn runner(&self) -> String {
        let body = json!({"runner_type": "project_type", "project_id": self.project.id, "description": "black box"});
        let made = self.owner.post("/user/runners", body).await.ok(201);
        made["token"].as_str().expect("a runner's token").to_owned()
    }
}

/// Reports a deployment of a project, as an outside tool does.
pub async fn report(by: &Client, project: &Place, environment: &str, status: &str) -> Reply {
    let sha = "0123456789abcdef0123456789abcdef01234567";
    let body = json!({"environment": environment, "sha": sha, "ref": "main", "tag": false, "status": status});
    by.post(&project.of("/deployments"), body).await
}

/// The people of every world of a server: their roles are those of the world's own groups.
async fn cast(root: &Client) -> Vec<Person> {
    let names = "owner maintainer dev dev2 deployer reporter guest op qa1 qa2 sec1 sec2 outsider";
    join_all(names.split(' ').map(|name| person(root, name.to_owned()))).await
}

async fn person(root: &Client, username: String) -> Person {
    let body = json!({
        "username": username, "name": username, "email": format!("{username}@example.com"),
        "force_random_password": true, "skip_confirmation": true,
    });
    let id = id(&root.post("/users", body).await.ok(201));
    let body = json!({"name": "black box", "scopes": ["api"]});
    let made = root.post(&format!("/users/{id}/personal_access_tokens"), body).await.ok(201);
    let token = made["token"].as_str().expect("a token").to_owned();
    Person { id, username, client: root.with_token(&token), token }
}

async fn group(by: &Client, path: &str, name: &str, parent: Option<&Place>) -> Place {
    let body = json!({"name": name, "path": path, "parent_id": parent.map(|it| it.id), "visibility": "private"});
    let made = by.post("/groups", body).await.ok(201);
    let id = id(&made);
    Place { id, path: made["full_path"].as_str().expect("a path").to_owned(), at: format!("/groups/{id}") }
}

async fn project(by: &Client, path: &str, group: &Place) -> Place {
    let body = json!({"name": path, "path": path, "namespace_id": group.id, "visibility": "private"});
    let made = by.post("/projects", body).await.ok(201);
    let (id, path) = (id(&made), made["path_with_namespace"].as_str().expect("a path").to_owned());
    let place = Place { id, path, at: format!("/projects/{id}") };
    open_main(by, &place).await;
    place
}

/// Lets developers push to `main`: at first it is for maintainers.
async fn open_main(by: &Client, project: &Place) {
    let body = json!({"allowed_to_push": [{"access_level": level::DEVELOPER}]});
    by.patch(&project.of("/protected_branches/main"), body).await.ok(200);
}

async fn join(by: &Client, place: &Place, person: &Person, level: i64) {
    let body = json!({"user_id": person.id, "access_level": level});
    by.post(&place.of("/members"), body).await.ok(201);
}
