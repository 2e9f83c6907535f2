//! Pipelines, votes, deployments of outside tools, and runners.

use super::{Driver, answer, done};
use crate::act::{Act, Answer};
use crate::oracle::jobs::{Handed, Plan};
use crate::oracle::{Project, User};
use crate::world::{ADMIN, introduce};
use countersign_app::approve::{Opinion, approve};
use countersign_app::authorize::Ref;
use countersign_app::cancel_job::cancel_job;
use countersign_app::claim::claim;
use countersign_app::configuration::{Configuration, Prepared, Target};
use countersign_app::create_pipeline::{self, Wish};
use countersign_app::deployments::{self, Known, NewDeployment};
use countersign_app::lost_jobs::give_up;
use countersign_app::play::play;
use countersign_app::retry::retry;
use countersign_app::update_job::{Ended, finish};
use countersign_app::vault::Vault;
use countersign_app::withdraw::withdraw;
use countersign_app::{environments, reassess};
use countersign_ci as ci;
use countersign_domain::access::Via;
use countersign_domain::approval::Verdict;
use countersign_domain::deployment::Report;
use countersign_domain::event::By;
use countersign_domain::ids::{DeploymentId, JobId};
use countersign_domain::job::FailureReason;
use countersign_domain::outcome::Ending;
use countersign_domain::silence::Patience;
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::commits::Commit;
use countersign_store::testing::write;
use countersign_store::{environments as rows, jobs};

/// The name of a commit.
fn sha(of: usize) -> String {
    format!("{of:040x}")
}

impl Driver<'_, '_> {
    pub(super) fn runs(&mut self, act: &Act) -> Answer {
        match act {
            Act::Sweep => {
                done(self.write(ADMIN, |tx, _, now| Ok(Ending::from_events((), reassess::everything(tx, now)?))))
            }
            Act::Pipeline { by, project, sha, plans } => self.pipeline(*by, *project, *sha, plans),
            Act::Announce { by, project, name, status, sha } => self.announce(*by, *project, name, (status, *sha)),
            Act::Report { by, deployment, status } => {
                let (at, id) = self.deployment(*deployment);
                let report = Report::parse(status).unwrap();
                done(self.write(*by, |tx, actor, now| deployments::update(tx, actor, &at, id, report, now)))
            }
            Act::Stop { by, project, name } => {
                let at = self.project(*project);
                let found = rows::by_name(self.tx, self.ids.projects[*project], name).unwrap().unwrap();
                done(self.write(*by, |tx, actor, now| environments::stop(tx, actor, &at, (found.id, false), now)))
            }
            Act::Vote { by, deployment, yes, named, by_job } => {
                self.vote(*by, *deployment, *yes, named.as_ref(), *by_job)
            }
            Act::Withdraw { by, deployment } => {
                let (at, id) = self.deployment(*deployment);
                done(self.write(*by, |tx, actor, now| withdraw(tx, actor, &at, id, now)))
            }
            Act::Play { by, job } => {
                let (at, id) = self.job(*job);
                let played = self.write(*by, |tx, actor, now| play(tx, &Vault::default(), actor, (&at, id), &[], now));
                self.learn_of(played)
            }
            Act::Retry { by, job } => {
                let (at, id) = self.job(*job);
                let retried = self.write(*by, |tx, actor, now| retry(tx, actor, &at, id, now));
                self.learn_of(retried)
            }
            Act::Cancel { by, job } => {
                let (at, id) = self.job(*job);
                done(self.write(*by, |tx, actor, now| cancel_job(tx, actor, &at, id, now)))
            }
            Act::Claim => self.claim(),
            Act::Finish { job, well } => self.finish(*job, *well),
            Act::Lose { job, taken_up } => self.lose(*job, *taken_up),
            _ => Answer::Broken("no run".into()),
        }
    }

    fn deployment(&self, at: usize) -> (Ref, DeploymentId) {
        (self.project(self.projects.0[at]), self.deployments[at])
    }

    fn job(&self, at: usize) -> (Ref, JobId) {
        (self.project(self.projects.1[at]), self.jobs[at])
    }

    fn learn_of(&mut self, made: Result<JobId, Answer>) -> Answer {
        let learnt = made.and_then(|id| {
            let pipeline = jobs::get(self.tx, id).unwrap().unwrap().pipeline_id;
            self.learn(pipeline)
        });
        done(learnt)
    }

    fn pipeline(&mut self, by: User, project: Project, sha: usize, plans: &[Plan]) -> Answer {
        let (at, config) = (self.project(project), self.config);
        let wish = Wish { ref_name: "main".into(), variables: vec![], with_inputs: false };
        let prepared = prepared(sha, plans, self.now());
        let made =
            self.write(by, |tx, actor, now| create_pipeline::create(tx, actor, config, &at, (&wish, &prepared), now));
        let learnt = made.and_then(|id| {
            self.pipelines.push(id);
            self.learn(id)
        });
        done(learnt)
    }

    fn announce(&mut self, by: User, project: Project, name: &str, (status, commit): (&str, usize)) -> Answer {
        let at = self.project(project);
        let new = NewDeployment {
            environment: name.into(),
            sha: sha(commit),
            ref_name: "main".into(),
            tag: false,
            status: Report::parse(status).unwrap(),
        };
        let known = Known { ref_name: true, commit_there: true, commit: None };
        let made = self.write(by, |tx, actor, now| deployments::create(tx, actor, &at, &new, &known, now));
        done(made.map(|id| self.deployments.push(id)))
    }

    fn vote(&mut self, by: User, deployment: usize, yes: bool, named: Option<&String>, by_job: bool) -> Answer {
        let (at, id) = self.deployment(deployment);
        let own = self.ids.projects[self.projects.0[deployment]];
        let verdict = if yes { Verdict::Approved } else { Verdict::Rejected };
        let opinion = Opinion { verdict, comment: None, represented_as: named.cloned() };
        let cast = self.write(by, |tx, actor, now| {
            let mut actor = actor.clone();
            if by_job {
                actor.via = Via::Job(JobId(1), own);
            }
            approve(tx, &actor, &at, id, &opinion, now)
        });
        match cast {
            Ok(recorded) if recorded.new => Answer::Done,
            Ok(_) => Answer::Unchanged,
            Err(no) => no,
        }
    }

    fn claim(&mut self) -> Answer {
        let now = self.now();
        let runner = &self.ids.runner;
        introduce(self.tx, runner.id, now);
        let token = format!("glcbt-{}", self.tick);
        match write(self.tx, &By::default(), now, |tx| claim(tx, runner, None, &token, now)) {
            Err(failure) => answer(failure),
            Ok(None) => Answer::Handed(Handed::Nothing),
            Ok(Some(id)) => match self.jobs.iter().position(|j| *j == id) {
                Some(job) => {
                    self.tokens.insert(job, token);
                    Answer::Handed(Handed::Job(job))
                }
                None => Answer::Broken(format!("an unknown job {id} was handed out")),
            },
        }
    }

    fn finish(&mut self, job: usize, well: bool) -> Answer {
        let (now, id) = (self.now(), self.jobs[job]);
        let hash = token::hash(&self.tokens[&job]);
        let ended = Ended { failure: (!well).then_some(FailureReason::Script), exit_code: None, url: None };
        done(write(self.tx, &By::default(), now, |tx| finish(tx, id, &hash, &ended, now)).map_err(answer))
    }

    fn lose(&mut self, job: usize, taken_up: bool) -> Answer {
        let (now, id) = (self.now(), self.jobs[job]);
        if taken_up {
            jobs::acknowledge(self.tx, id, now).unwrap();
        }
        let patience = Patience { unacknowledged: 0, lost: 0, listening_since: now };
        done(write(self.tx, &By::default(), now, |tx| give_up(tx, id, patience, now)).map_err(answer))
    }
}

/// A commit whose `.gitlab-ci.yml` says just that.
fn prepared(commit: usize, plans: &[Plan], now: Timestamp) -> Prepared {
    let stages = (0..3).map(|i| format!("stage {i}")).collect();
    let jobs = plans.iter().enumerate().map(|(at, plan)| job(at, plan)).collect();
    Prepared {
        target: Target { ref_name: "main".into(), tag: false, sha: sha(commit), before_sha: sha(commit) },
        commit: Commit {
            sha: sha(commit),
            title: String::new(),
            message: String::new(),
            author_name: String::new(),
            author_email: String::new(),
            authored_at: now,
            committer_name: String::new(),
            committer_email: String::new(),
            committed_at: now,
            parent_shas: vec![],
        },
        configuration: Configuration::Plan(ci::Plan { stages, jobs, ..ci::Plan::default() }),
    }
}

fn job(at: usize, plan: &Plan) -> ci::JobPlan {
    let action = match plan.action {
        "start" => ci::Action::Start,
        "stop" => ci::Action::Stop,
        _ => ci::Action::Verify,
    };
    let environment = |name: &str| ci::EnvironmentPlan {
        name: name.into(),
        url: None,
        action,
        deployment_tier: plan.tier.map(str::to_owned),
        ..ci::EnvironmentPlan::default()
    };
    ci::JobPlan {
        name: format!("job {at}"),
        stage: format!("stage {}", plan.stage),
        stage_index: usize::try_from(plan.stage).unwrap(),
        script: vec!["true".into()],
        when: match plan.when {
            "manual" => ci::When::Manual,
            "always" => ci::When::Always,
            _ => ci::When::OnSuccess,
        },
        allow_failure: plan.optional,
        environment: plan.environment.map(environment),
        ..ci::JobPlan::default()
    }
}
