//! Says what is wrong with a configuration without running it.
//!
//! Whoever may run pipelines can have any text judged, as if it stood on any branch. So that nobody reads protected
//! variables off the answers, lint never has them, not even for a protected branch.

use crate::authorize::{self, Ref};
use crate::configuration::{self, Asked, InCommit, Known, PATHS, Target};
use crate::git::{GitError, NO_OBJECT, Repositories, ResolvedRef};
use crate::vault::Vault;
use crate::{Config, Result, Tx};
use countersign_ci as ci;
use countersign_domain::access::{Action, Actor};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;

pub use countersign_ci::{Diagnostic, Included, JobPlan, Severity};

/// What is to be judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// The text; that of the project's own file if there is none.
    pub content: Option<String>,
    /// The branch, tag or commit whose files it is read with; the default branch if there is none.
    pub at: Option<String>,
    /// Whether conditions are decided as for a pipeline.
    pub dry_run: bool,
    /// The branch or tag of that pipeline; the default branch if there is none.
    pub run_for: Option<String>,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Linted {
    /// What was read: the plan, the files that were included, and what there is to say about them.
    pub reading: ci::Reading,
    /// Why no pipeline would come of it, other than by what the files say.
    pub problem: Option<String>,
    /// All files as one.
    pub merged: Option<String>,
    /// The lines that the diagnostics are about, each with a caret below its place, in their order.
    pub excerpts: Vec<Option<String>>,
    /// The commit whose files it was read with, if there is one.
    pub sha: Option<String>,
}

/// Whether the actor may have configurations judged, and what is known of the project.
///
/// # Errors
/// They may not run pipelines.
pub fn check(tx: &mut Tx<'_>, vault: &Vault, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Known> {
    let project = authorize::project(tx, actor, at, Action::RunPipelines, now)?.project;
    let known = Known::load(tx, vault, project, actor.user(), "push")?;
    Ok(Known { configured: known.configured.for_any_ref(), ..known })
}

/// Judges a configuration. Runs git: never inside a transaction.
///
/// # Errors
/// The outer one: git fails. The inner one: the commit whose own file is to be judged is not there.
pub fn lint(
    repositories: &Repositories,
    config: &Config,
    known: &Known,
    wish: &Wish,
) -> Result<Result<Linted, Refusal>, GitError> {
    let project = known.project.id.0;
    let default = known.project.default_branch.as_str();
    let there = repositories.exists(project);
    if !there && wish.content.is_none() {
        return Err(GitError::NoRepository(project));
    }
    let found = |name: Option<&str>| match there {
        true => repositories.resolve(project, name.filter(|name| !name.is_empty()).unwrap_or(default)),
        false => Ok(None),
    };
    let sha = found(wish.at.as_deref())?.map(sha);
    let Some((path, text)) = file(repositories, known, wish, sha.as_deref())? else {
        return Ok(match sha {
            None => Err(Refusal::NotFound(Missing::Commit)),
            Some(_) => Ok(Linted::nothing("Missing CI config file", sha)),
        });
    };
    let run_for = found(wish.run_for.as_deref())?;
    let (target, problem) = match target(run_for, sha.as_deref(), default) {
        Some(target) => (target, None),
        None => (Target::of(default, sha.as_deref()), wish.dry_run.then(|| "Reference not found".to_owned())),
    };
    let commit = match &sha {
        Some(sha) => repositories.commit(project, sha)?.map(configuration::commit),
        None => None,
    };
    let asked = known.variables(config, &target, commit.as_ref());
    let run = ci::Run {
        source: known.source,
        ref_name: &target.ref_name,
        tag: target.tag,
        project: &known.project.full_path,
    };
    let run = (wish.dry_run && problem.is_none()).then_some(run);
    let repository = commit.as_ref().map(|_| InCommit::new(repositories, project, &target, known.source));
    let judged = judge(repository.as_ref(), &asked, run, (&path, &text));
    if let Some(repository) = repository {
        repository.check()?;
    }
    Ok(Ok(Linted { problem: problem.or(judged.problem), sha, ..judged }))
}

/// The path and text of what is judged; none if the commit has no such file.
fn file(
    repositories: &Repositories,
    known: &Known,
    wish: &Wish,
    sha: Option<&str>,
) -> Result<Option<(String, Vec<u8>)>, GitError> {
    let own = known.project.settings.ci_config_path.as_deref();
    if let Some(content) = &wish.content {
        return Ok(Some((own.unwrap_or(PATHS[0]).to_owned(), content.clone().into_bytes())));
    }
    let Some(sha) = sha else { return Ok(None) };
    let limit = u64::try_from(ci::MAX_FILE_BYTES).unwrap_or(u64::MAX);
    for path in own.into_iter().chain(PATHS) {
        if let Some(file) = repositories.file(known.project.id.0, sha, path, limit)? {
            return Ok(Some((path.to_owned(), file.content)));
        }
    }
    Ok(None)
}

fn judge(
    commit: Option<&InCommit<'_>>,
    asked: &Asked,
    run: Option<ci::Run<'_>>,
    (path, text): (&str, &[u8]),
) -> Linted {
    let nothing = ci::NoRepository;
    let repository: &dyn ci::Repository = commit.map_or(&nothing, |commit| commit);
    let (reading, merged) = ci::read_merged(&ci::Input {
        path,
        text,
        repository,
        predefined: &asked.predefined,
        given: &asked.given,
        secret: &asked.secret,
        run,
    });
    let problem = match &reading.plan {
        Some(plan) if plan.unwanted => Some(crate::create_pipeline::UNWANTED.to_owned()),
        Some(plan) if run.is_some() && plan.jobs.is_empty() => Some(crate::create_pipeline::NO_JOBS.to_owned()),
        _ => None,
    };
    let excerpts = reading.diagnostics.iter().map(|found| match found.file == path {
        true => found.excerpt(text),
        false => match repository.file(&found.file) {
            ci::Lookup::File(bytes) => found.excerpt(&bytes),
            _ => None,
        },
    });
    Linted { excerpts: excerpts.collect(), reading, problem, merged, sha: None }
}

/// The pipeline that is imagined, with the files of that commit.
fn target(run_for: Option<ResolvedRef>, sha: Option<&str>, default: &str) -> Option<Target> {
    let (tip, tag) = match run_for? {
        ResolvedRef::Branch(tip) => (tip, false),
        ResolvedRef::Tag(tip) => (tip, true),
        ResolvedRef::Ambiguous { branch, .. } => (branch, false),
        ResolvedRef::Commit(_) => return None,
    };
    Some(Target { ref_name: tip.name, tag, ..Target::of(default, sha) })
}

impl Target {
    fn of(branch: &str, sha: Option<&str>) -> Target {
        let sha = sha.unwrap_or(NO_OBJECT).to_owned();
        Target { ref_name: branch.to_owned(), tag: false, sha, before_sha: NO_OBJECT.into() }
    }
}

impl Linted {
    fn nothing(problem: &str, sha: Option<String>) -> Linted {
        let reading = ci::Reading { plan: None, includes: Vec::new(), diagnostics: Vec::new() };
        Linted { reading, problem: Some(problem.to_owned()), merged: None, excerpts: Vec::new(), sha }
    }
}

fn sha(of: ResolvedRef) -> String {
    match of {
        ResolvedRef::Branch(tip) | ResolvedRef::Tag(tip) | ResolvedRef::Ambiguous { branch: tip, .. } => tip.sha,
        ResolvedRef::Commit(sha) => sha,
    }
}
