//! Tests of pipelines and jobs from the push to the last word of the runner, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests end where they fail")]

mod acting;
mod archiving;
mod awaiting;
mod choosing;
mod creating;
mod deleting;
mod expiring;
mod handing_out;
mod importing;
mod keeping_logs;
mod leaving;
mod midnight;
mod older;
mod outdated;
mod pushing;
mod reporting;
mod requesting;
mod resources;
mod scheduling;
mod showing;
mod stopping;
mod varying;
mod whole;

use crate::authorize::Ref;
use crate::commit_files::{self, CommitFilesError};
use crate::create_pipeline::{self, Wish};
use crate::fixture::{NOW, World, id, in_project};
use crate::git::{Action, ActionKind, CommitRequest, GitSettings, Repositories};
use crate::script::Variable;
use crate::vault::Vault;
use crate::{App, Config, Failure, Result, Tx, approve, cancel_job, claim, play, protections, retry};
use countersign_domain::access::{Actor, Level};
use countersign_domain::approval::Verdict;
use countersign_domain::event::By;
use countersign_domain::ids::{JobId, PipelineId, ProjectId, RunnerId};
use countersign_domain::outcome::Ending;
use countersign_domain::protection::{NewEntry, NewProtection};
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{self, Deployment};
use countersign_store::jobs::{self, Job};
use countersign_store::pipelines::{self, Pipeline};
use countersign_store::runners::{self, NewRunner, Runner};
use countersign_store::testing::on_both;
use countersign_store::{Intent, Store};

/// One job that deploys to production by itself.
const DEPLOY: &str = "deploy:\n  script: [echo]\n  environment: production\n";

/// A server with one project, its maintainer and its developer.
struct Site<'s> {
    world: World<'s>,
    app: App,
    project: ProjectId,
    maintainer: Actor,
    developer: Actor,
    _dir: tempfile::TempDir,
}

impl<'s> Site<'s> {
    fn new(store: &'s Store) -> Site<'s> {
        let world = World::new(store);
        let dir = tempfile::tempdir().unwrap();
        let (maintainer, developer) = (world.user("maintainer"), world.user("developer"));
        let project = world.project(&maintainer, "app", None);
        world.join(&in_project(project), &developer, Level::Developer);
        let repositories = Repositories::new(dir.path(), GitSettings::default()).unwrap();
        repositories.create(project.0, "main").unwrap();
        world.open_to_developers(project);
        let mut config = Config::new(dir.path().into(), "http://localhost:8080".into());
        config.vault = Vault::of_tests();
        let app = App::new(store.clone(), repositories, config);
        Site { world, app, project, maintainer, developer, _dir: dir }
    }

    fn at(&self) -> Ref {
        Ref::Id(self.project.0)
    }

    fn write<T: Send + 'static>(
        &self,
        by: &Actor,
        job: impl Fn(&mut Tx<'_>, &Actor) -> Result<Ending<T>> + Send + Sync + 'static,
    ) -> Result<T> {
        self.world.write(by, job)
    }

    /// Commits a `.gitlab-ci.yml` to `main`.
    fn commit(&self, by: &Actor, yaml: &str) {
        self.try_commit(by, "main", yaml).unwrap();
    }

    fn try_commit(&self, by: &Actor, branch: &str, yaml: &str) -> Result<String, CommitFilesError> {
        self.commit_saying(by, (branch, "Change the pipeline"), yaml)
    }

    fn commit_saying(
        &self,
        by: &Actor,
        (branch, message): (&str, &str),
        yaml: &str,
    ) -> Result<String, CommitFilesError> {
        let at = self.at();
        let (asking, on) = (by.clone(), branch.to_owned());
        let committer =
            self.app.store.read_blocking(move |tx| commit_files::committer(tx, &asking, &at, &on, NOW)).unwrap();
        let exists = self.app.repositories.branch_tip(self.project.0, branch).unwrap().is_some();
        let action = Action {
            kind: if exists { ActionKind::Update } else { ActionKind::Create },
            file_path: ".gitlab-ci.yml".into(),
            previous_path: None,
            content: Some(yaml.into()),
            execute_filemode: None,
            last_commit_id: None,
        };
        let request = CommitRequest {
            branch: branch.into(),
            start: None,
            message: message.into(),
            author: committer.person.clone(),
            committer: committer.person.clone(),
            at: NOW.0,
            actions: vec![action],
        };
        commit_files::commit(&self.app, &committer, &request).map(|made| made.sha)
    }

    /// Commits, and gives back the pipeline that began.
    fn pipeline(&self, by: &Actor, yaml: &str) -> Pipeline {
        self.commit(by, yaml);
        self.newest().unwrap()
    }

    fn newest(&self) -> Option<Pipeline> {
        let project = self.project;
        let newest = pipelines::Filter { limit: 1, ..pipelines::Filter::default() };
        let list = move |tx: &mut Tx<'_>| Ok::<_, Failure>(pipelines::list(tx, project, &newest)?.0.pop());
        self.app.store.read_blocking(list).unwrap()
    }

    fn jobs(&self, of: PipelineId) -> Vec<Job> {
        self.app.store.read_blocking(move |tx| Ok::<_, Failure>(jobs::of_pipeline(tx, of, true)?)).unwrap()
    }

    fn job(&self, of: JobId) -> Job {
        self.app.store.read_blocking(move |tx| Ok::<_, Failure>(jobs::get(tx, of)?)).unwrap().unwrap()
    }

    fn deployment(&self, of: JobId) -> Option<Deployment> {
        self.app.store.read_blocking(move |tx| Ok::<_, Failure>(deployments::of_job(tx, of)?)).unwrap()
    }

    fn status(&self, of: PipelineId) -> &'static str {
        let found = move |tx: &mut Tx<'_>| Ok::<_, Failure>(pipelines::find(tx, of)?);
        self.app.store.read_blocking(found).unwrap().unwrap().status.as_str()
    }

    fn ask(&self, by: &Actor, ref_name: &str, variables: &[Variable]) -> Result<PipelineId> {
        let wish = Wish { ref_name: ref_name.into(), variables: variables.to_vec(), with_inputs: false };
        let (at, config) = (self.at(), self.app.config.clone());
        let (place, actor, asked) = (self.at(), by.clone(), wish.clone());
        let vault = config.vault.clone();
        let check = move |tx: &mut Tx<'_>| create_pipeline::check(tx, &vault, &actor, (&place, &asked), NOW);
        let known = self.app.store.read_blocking(check)?;
        let prepared = create_pipeline::prepare(&self.app.repositories, &config, &known, &wish).unwrap()?;
        self.write(by, move |tx, actor| create_pipeline::create(tx, actor, &config, &at, (&wish, &prepared), NOW))
    }

    fn protect(&self, deploy: Vec<NewEntry>, count: i64) {
        let wish = NewProtection {
            name: Some("production".into()),
            deploy: Some(deploy),
            required_approval_count: Some(count),
            ..NewProtection::default()
        };
        let target = protections::Target::Project(self.at());
        self.write(&self.maintainer, move |tx, actor| protections::protect(tx, actor, &target, &wish, NOW)).unwrap();
    }

    fn approve(&self, by: &Actor, job: JobId) -> Result<()> {
        let deployment = self.deployment(job).unwrap().id;
        let at = self.at();
        let yes = approve::Opinion { verdict: Verdict::Approved, comment: None, represented_as: None };
        self.write(by, move |tx, actor| approve::approve(tx, actor, &at, deployment, &yes, NOW)).map(drop)
    }

    fn play(&self, by: &Actor, job: JobId, variables: &[Variable]) -> Result<JobId> {
        let (at, variables) = (self.at(), variables.to_vec());
        let vault = Vault::of_tests();
        self.write(by, move |tx, actor| play::play(tx, &vault, actor, (&at, job), &variables, NOW))
    }

    fn retry(&self, by: &Actor, job: JobId) -> Result<JobId> {
        let at = self.at();
        self.write(by, move |tx, actor| retry::retry(tx, actor, &at, job, NOW))
    }

    fn cancel(&self, by: &Actor, job: JobId) -> Result<JobId> {
        let at = self.at();
        self.write(by, move |tx, actor| cancel_job::cancel_job(tx, actor, &at, job, NOW))
    }

    /// A runner for all projects.
    fn runner(&self, tags: &[&str]) -> Runner {
        let tags: Vec<String> = tags.iter().map(|t| (*t).to_owned()).collect();
        let made = self.app.store.housekeeping_blocking(move |tx| {
            let new = NewRunner {
                runner_type: "instance_type",
                group_id: None,
                project_id: None,
                token_hash: tags.join(" ").into_bytes(),
                description: "",
                tags: &tags,
                run_untagged: true,
                paused: false,
                locked: false,
                maximum_timeout: None,
                ref_protected: false,
                maintenance_note: None,
                created_by: None,
            };
            let id: RunnerId = runners::insert(tx, &new, NOW)?;
            Ok(runners::get(tx, id)?.unwrap())
        });
        made.unwrap()
    }

    fn claim(&self, runner: &Runner, token: &str) -> Option<JobId> {
        self.claim_at(runner, token, NOW)
    }

    fn claim_at(&self, runner: &Runner, token: &str, now: Timestamp) -> Option<JobId> {
        let (runner, token) = (runner.clone(), token.to_owned());
        let claim = move |tx: &mut Tx<'_>| claim::claim(tx, &runner, None, &token, now);
        self.app.store.write_blocking(By::default(), now, Intent::Decide, claim).unwrap()
    }
}

fn user(of: &Actor) -> NewEntry {
    NewEntry { user_id: Some(id(of).0), ..NewEntry::default() }
}

fn variable(key: &str, value: &str) -> Variable {
    Variable { key: key.into(), value: value.into(), ..Variable::default() }
}

fn refusal<T>(result: Result<T>) -> String {
    match result {
        Err(Failure::Refused(why)) => format!("{}: {:?}", why.code(), why.text()),
        Err(Failure::Store(why)) => panic!("{why}"),
        Ok(_) => panic!("nothing was refused"),
    }
}

/// Runs an asynchronous step of a test.
fn wait<T>(step: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(step)
}
