//! Everybody who may ask: the columns of the table.

use crate::site::Site;
use countersign_tests::compare::id;
use countersign_tests::runner::{HandRunner, Handed};
use countersign_tests::{Client, Person};
use serde_json::json;
use std::net::IpAddr;

/// The columns, in order.
pub(crate) const NAMES: [&str; 14] = [
    "anon", "guest", "report", "develo", "mainta", "owner", "admin", "elsewh", "rule", "entry", "job", "runner",
    "read", "blockd",
];

/// What the columns mean.
pub(crate) const LEGEND: &str = "\
anon    nobody
guest, report(er), develo(per), mainta(iner), owner    members of the private group that the private project is in
admin   an administrator who is no member
elsewh  a maintainer of another project
rule    named by an approval rule of the protected tier `production`, no member
entry   named by a deploy entry of it, no member
job     the token of a running job that the owner started
runner  a runner's token
read    a token of the owner with the scope read_api
blockd  an owner who was blocked
";

/// Somebody who asks.
pub(crate) struct Actor {
    /// Their column.
    pub(crate) name: &'static str,
    /// Them, from as many addresses as it takes to be refused by every route and never for having been refused before.
    pub(crate) clients: Vec<Client>,
    /// Their user.
    pub(crate) user: Option<i64>,
    /// Their personal access token.
    pub(crate) token: Option<i64>,
}

impl Actor {
    /// Them, for the request of that number.
    pub(crate) fn client(&self, number: usize) -> &Client {
        &self.clients[number % self.clients.len()]
    }
}

/// All of them, in the order of [`NAMES`], and the running job of one.
pub(crate) async fn gather(site: &Site) -> (Vec<Actor>, Handed) {
    let world = &site.world;
    let admin = world.person("admin").await;
    world.root.put(&format!("/users/{}", admin.id), json!({"admin": true})).await.ok(200);
    let handed = site.running_job(&world.owner).await;
    let blocked = world.person("blocked").await;
    world.join(&world.org, &blocked, 50).await;
    let people = [
        ("guest", &world.guest),
        ("report", &world.reporter),
        ("develo", &world.dev),
        ("mainta", &world.maintainer),
        ("owner", &world.owner),
        ("admin", &admin),
        ("elsewh", &world.outsider),
        ("rule", &world.qa1),
        ("entry", &world.op),
        ("blockd", &blocked),
    ];
    let mut all = Vec::new();
    for (name, person) in people {
        all.push(of(site, name, person).await);
    }
    world.root.post(&format!("/users/{}/block", blocked.id), json!({})).await.ok(201);
    let (owner, read) = (Some(world.owner.id), read_only(site).await);
    all.push(Actor { name: "anon", clients: vec![world.anonymous.clone()], user: None, token: None });
    all.push(Actor { name: "job", clients: vec![handed.client()], user: owner, token: None });
    all.push(Actor { name: "runner", clients: from_everywhere(site, &site.runner_token), user: None, token: None });
    all.push(read);
    all.sort_by_key(|actor| NAMES.iter().position(|name| *name == actor.name).expect("a column"));
    assert_eq!(all.len(), NAMES.len());
    (all, handed)
}

async fn of(site: &Site, name: &'static str, person: &Person) -> Actor {
    let token = person.get("/personal_access_tokens/self").await.ok(200);
    Actor { name, clients: from_everywhere(site, &person.token), user: Some(person.id), token: Some(id(&token)) }
}

async fn read_only(site: &Site) -> Actor {
    let owner = &site.world.owner;
    let (token, secret) = site.token(owner.id, "read_api").await;
    let clients = from_everywhere(site, &secret);
    Actor { name: "read", clients, user: Some(owner.id), token: Some(token) }
}

fn from_everywhere(site: &Site, token: &str) -> Vec<Client> {
    let client = |last| Client::from_address(&site.world.server.url, Some(IpAddr::from([127, 0, 1, last])));
    (1..=10).map(|last| client(last).with_token(token)).collect()
}

/// A runner that takes the jobs that are kept for it.
pub(crate) fn hand(site: &Site) -> HandRunner {
    HandRunner::new(site.world.server, &site.runner_token)
}
