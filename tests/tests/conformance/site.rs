//! A pipeline that waits for a runner written by hand, and what the server shows of it.

use countersign_tests::compare::id;
use countersign_tests::runner::HandRunner;
use countersign_tests::{Person, Server, World, git};
use serde_json::Value;

/// Two jobs that need no clone, and one that comes later.
pub(crate) const YAML: &str = r#"stages: [test, deploy]
variables: {GIT_STRATEGY: none, COLOUR: blue}
unit:
  script: ['echo "one"', 'exit 0']
  after_script: ['echo "done"']
lint:
  script: ['true']
  allow_failure: true
ship:
  stage: deploy
  script: ['true']
  environment: {name: production, url: "https://example.com"}
"#;

/// A pipeline, and a runner of its project.
pub(crate) struct Running {
    pub(crate) world: World,
    pub(crate) runner: HandRunner,
    pub(crate) pipeline: i64,
    pub(crate) sha: String,
}

impl Running {
    pub(crate) async fn new(server: &'static Server, yaml: &str) -> Running {
        let world = World::new(server).await;
        let by = world.dev.clone();
        Running::of(world, &by, yaml).await
    }

    pub(crate) async fn of(world: World, by: &Person, yaml: &str) -> Running {
        let runner = HandRunner::new(world.server, &world.runner().await);
        let repository = git::Repository::new(world.server, &world.project);
        let sha = repository.commit(".gitlab-ci.yml", yaml.as_bytes());
        repository.push(by);
        let pipeline = id(&git::pipeline_of(&world.owner, &world.project, &sha).await);
        Running { world, runner, pipeline, sha }
    }

    pub(crate) async fn job(&self, job: i64) -> Value {
        self.world.owner.get(&self.world.project.of(&format!("/jobs/{job}"))).await.ok(200)
    }

    pub(crate) async fn status(&self, job: i64) -> String {
        self.job(job).await["status"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) async fn trace(&self, job: i64) -> String {
        let reply = self.world.owner.get(&self.world.project.of(&format!("/jobs/{job}/trace"))).await;
        assert_eq!(reply.status, 200);
        reply.text
    }
}
