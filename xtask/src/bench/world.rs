//! The data that is measured on: a group whose production is protected as in the product's first example, a project
//! below it, people who approve, and deployments that wait for them.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::client::{Api, id, request};
use super::load::{self, Queue};
use super::server::ROOT_TOKEN;

/// How many people may approve for quality assurance.
const TESTERS: usize = 22;
/// How many may approve for security.
const GUARDS: usize = 42;
/// How many clients set things up at a time.
const CLIENTS: usize = 32;
/// What a full set of approvals is made of: so many votes of testers, so many of guards.
pub(crate) const NEEDED: (usize, usize) = (1, 2);
/// The pipeline of the project: one job, which needs no checkout.
const PIPELINE: &str = "deploy:\n  script: [\"true\"]\n  environment: production\n";
/// The commit that the outside tool deploys.
const SHA: &str = "a91957a858320c0e17f3a0eca7cfacbff50ea29a";
/// The access level of developers.
const DEVELOPER: i64 = 30;

/// What was set up.
pub(crate) struct World {
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    /// The project with a repository, whose pipelines deploy.
    pub(crate) project: i64,
    /// The project without one, which an outside tool deploys.
    pub(crate) tool: i64,
    /// The group of those who approve for security: more people than a page shows.
    pub(crate) security: i64,
    /// The token of a developer who has no part in approvals.
    pub(crate) developer: String,
    /// The token of the operator who starts deployments.
    operator: String,
    testers: Vec<String>,
    guards: Vec<String>,
}

impl World {
    /// Sets everything up on a server without data.
    ///
    /// # Errors
    /// The server refused something.
    pub(crate) async fn prepare(address: SocketAddr) -> Result<World> {
        let mut root = Api::connect(address, ROOT_TOKEN).await?;
        let acme = root.create_id("groups", &json!({"name": "Acme", "path": "acme"})).await?;
        let mut groups = Vec::new();
        for name in ["operators", "testers", "security"] {
            let group = json!({"name": name, "path": name, "parent_id": acme});
            groups.push(root.create_id("groups", &group).await?);
        }
        let [operators, qa, security] = groups[..] else { anyhow::bail!("three groups were made") };
        let developer = person(&mut root, "dev", &[acme]).await?;
        let operator = person(&mut root, "olga", &[acme, operators]).await?;
        let mut testers = Vec::new();
        for number in 0..TESTERS {
            testers.push(person(&mut root, &format!("tester{number}"), &[acme, qa]).await?);
        }
        let mut guards = Vec::new();
        for number in 0..GUARDS {
            guards.push(person(&mut root, &format!("guard{number}"), &[acme, security]).await?);
        }
        let protection = json!({"name": "production", "deploy_access_levels": [{"group_id": operators}],
            "approval_rules": [{"group_id": qa, "required_approvals": NEEDED.0},
                               {"group_id": security, "required_approvals": NEEDED.1}]});
        root.create(&format!("groups/{acme}/protected_environments"), &protection).await?;
        let project = json!({"name": "Shop", "path": "shop", "namespace_id": acme, "initialize_with_readme": true});
        let project = root.create_id("projects", &project).await?;
        commit(&mut root, project, PIPELINE).await?;
        let tool = root.create_id("projects", &json!({"name": "Tool", "path": "tool", "namespace_id": acme})).await?;
        Ok(World { address, project, tool, security, developer, operator, testers, guards })
    }

    /// Creates that many deployments of an outside tool, all blocked; their ids.
    ///
    /// # Errors
    /// The server refused something.
    pub(crate) async fn outside(&self, count: usize) -> Result<Vec<i64>> {
        let new = json!({"environment": "production", "sha": SHA, "ref": "main", "tag": false, "status": "created"});
        let path = format!("projects/{}/deployments", self.tool);
        let request = request("POST", &path, &self.operator, Some(&new));
        let queue: Queue = Arc::new(vec![request; count]);
        load::create(self.address, CLIENTS, &queue).await?.iter().map(blocked).collect()
    }

    /// Starts a pipeline whose job deploys; the id of the blocked deployment.
    ///
    /// # Errors
    /// The server refused something, or nothing was blocked.
    pub(crate) async fn pipeline(&self) -> Result<i64> {
        let mut operator = Api::connect(self.address, &self.operator).await?;
        let start = json!({"ref": "main"});
        operator.create(&format!("projects/{}/pipeline", self.project), &start).await?;
        let path = format!("projects/{}/deployments?order_by=id&sort=desc&per_page=1", self.project);
        blocked(&operator.call("GET", &path, None, 200).await?[0])
    }

    /// The requests that approve a deployment: one of each person that is needed; `turn` chooses the people.
    pub(crate) fn approvals(&self, project: i64, deployment: i64, turn: usize) -> Vec<Vec<u8>> {
        let path = format!("projects/{project}/deployments/{deployment}/approval");
        let body = json!({"status": "approved", "comment": "looked at it"});
        let some = |of: &[String], count: usize| -> Vec<String> {
            (0..count).map(|number| of[(turn * count + number) % of.len()].clone()).collect()
        };
        let mut people = some(&self.testers, NEEDED.0);
        people.extend(some(&self.guards, NEEDED.1));
        people.iter().map(|token| request("POST", &path, token, Some(&body))).collect()
    }

    /// A queue of approvals of so many new deployments. The votes on one deployment lie far apart.
    ///
    /// # Errors
    /// As [`World::outside`].
    pub(crate) async fn votes(&self, deployments: usize) -> Result<Queue> {
        let ids = self.outside(deployments).await?;
        let sets: Vec<Vec<Vec<u8>>> =
            ids.iter().enumerate().map(|(turn, id)| self.approvals(self.tool, *id, turn)).collect();
        let number = NEEDED.0 + NEEDED.1;
        let votes = (0..number).flat_map(|vote| sets.iter().filter_map(move |set| set.get(vote).cloned()));
        Ok(Arc::new(votes.collect()))
    }

    /// Makes a project whose pipelines have that many jobs, which deploy nothing; its id.
    ///
    /// # Errors
    /// The server refused it.
    pub(crate) async fn builds(&self, jobs: usize) -> Result<i64> {
        let mut root = Api::connect(self.address, ROOT_TOKEN).await?;
        let project = json!({"name": "Builds", "path": "many-builds", "initialize_with_readme": true});
        let project = root.create_id("projects", &project).await?;
        commit(&mut root, project, &format!("build:\n  script: [\"true\"]\n  parallel: {jobs}\n")).await?;
        Ok(project)
    }

    /// Makes a runner for all projects; its token.
    ///
    /// # Errors
    /// The server refused it.
    pub(crate) async fn runner(&self) -> Result<String> {
        self.runners(1).await?.pop().context("no runner was made")
    }

    /// Makes so many runners for all projects; their tokens.
    ///
    /// # Errors
    /// The server refused one.
    pub(crate) async fn runners(&self, count: usize) -> Result<Vec<String>> {
        let request = request("POST", "user/runners", ROOT_TOKEN, Some(&json!({"runner_type": "instance_type"})));
        let made = load::create(self.address, CLIENTS, &Arc::new(vec![request; count])).await?;
        let token = |made: &Value| made["token"].as_str().map(str::to_owned).context("a runner has no token");
        made.iter().map(token).collect()
    }
}

/// Gives a project its configuration.
async fn commit(root: &mut Api, project: i64, configuration: &str) -> Result<()> {
    let action = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": configuration});
    let commit = json!({"branch": "main", "commit_message": "Configure [skip ci]", "actions": [action]});
    root.create(&format!("projects/{project}/repository/commits"), &commit).await.map(drop)
}

/// Creates a person who is a developer in those groups; their token.
async fn person(root: &mut Api, name: &str, groups: &[i64]) -> Result<String> {
    let new = json!({"username": name, "name": name, "email": format!("{name}@example.com"), "reset_password": true});
    let user = root.create_id("users", &new).await?;
    for group in groups {
        let member = json!({"user_id": user, "access_level": DEVELOPER});
        root.create(&format!("groups/{group}/members"), &member).await?;
    }
    let token = json!({"name": "bench", "scopes": ["api"]});
    let token = root.create(&format!("users/{user}/personal_access_tokens"), &token).await?;
    Ok(token["token"].as_str().context("the token is not shown")?.to_owned())
}

/// The id of a deployment that must be blocked.
fn blocked(of: &Value) -> Result<i64> {
    let blocked = of["status"] == "blocked";
    blocked.then(|| id(of)).with_context(|| format!("a deployment is not blocked: {of}"))?
}
