//! A world with a repository to push configurations to.

use crate::compare::id;
use crate::wait::until;
use crate::{Server, World, git};
use serde_json::Value;

/// A world, and a repository whose remote is its project.
#[derive(Debug)]
pub struct Site {
    /// Who is there.
    pub world: World,
    repository: git::Repository,
}

impl Site {
    /// A new one on that server.
    pub async fn new(server: &'static Server) -> Site {
        let world = World::new(server).await;
        let repository = git::Repository::new(server, &world.project);
        Site { world, repository }
    }

    /// A path below the project.
    pub fn at(&self, rest: &str) -> String {
        self.world.project.of(rest)
    }

    /// Pushes a configuration; the id of the pipeline.
    pub async fn push(&self, yaml: &str) -> i64 {
        let sha = self.repository.commit(".gitlab-ci.yml", yaml.as_bytes());
        self.repository.push(&self.world.deployer);
        id(&git::pipeline_of(&self.world.owner, &self.world.project, &sha).await)
    }

    /// The newest job of that name.
    ///
    /// # Panics
    /// The pipeline has none.
    pub async fn job(&self, pipeline: i64, name: &str) -> Value {
        let jobs = self.world.owner.get(&self.at(&format!("/pipelines/{pipeline}/jobs"))).await.ok(200);
        let found = jobs.as_array().into_iter().flatten().find(|job| job["name"] == name);
        found.unwrap_or_else(|| panic!("no job {name} in {jobs}")).clone()
    }

    /// That job, once it has that status.
    ///
    /// # Panics
    /// It did not come to that.
    pub async fn until_job(&self, pipeline: i64, name: &str, status: &str) -> Value {
        until(&format!("{name} to be {status}"), || async {
            Some(self.job(pipeline, name).await).filter(|job| job["status"] == status)
        })
        .await
    }
}
