//! Reads, outside of any transaction, what a pipeline is made of: the commit and its `.gitlab-ci.yml`.

mod in_commit;
mod known;

pub(crate) use in_commit::InCommit;
pub(crate) use known::Asked;
pub use known::Known;

use crate::Config;
use crate::git::{self, GitError, Repositories};
use countersign_ci as ci;
use countersign_domain::time::Timestamp;
use countersign_store::commits::Commit;

/// Where the configuration is looked for, in this order, after the project's own path.
pub const PATHS: [&str; 2] = [".gitlab-ci.yml", ".gitlab-ci.yaml"];

/// How much is kept of the first line of a commit's message, in bytes.
const LONGEST_TITLE: usize = 1024;
/// How much is kept of a commit's message, in bytes. Lists of deployments show one each.
const LONGEST_MESSAGE: usize = 64 * 1024;
/// How much is kept of a name or mail address, in bytes.
const LONGEST_NAME: usize = 1024;

/// The ref and commit a pipeline is to run for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The short name of the branch or tag.
    pub ref_name: String,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// The commit.
    pub sha: String,
    /// The commit the ref was at before; [`git::NO_OBJECT`] if unknown.
    pub before_sha: String,
}

/// What the configuration says.
#[derive(Debug, Clone)]
pub enum Configuration {
    /// There is no such file in the commit.
    Missing,
    /// It cannot be used; the text says why, one problem a line.
    Broken(String),
    /// It says what to run.
    Plan(ci::Plan),
}

/// All that a pipeline is made of.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// For what.
    pub target: Target,
    /// The commit.
    pub commit: Commit,
    /// Its configuration.
    pub configuration: Configuration,
}

/// Reads the commit of `target` and its configuration; `None` if the commit is not there, or too large to be read.
///
/// # Errors
/// When there is no repository, or git fails.
pub fn prepare(
    repositories: &Repositories,
    config: &Config,
    known: &Known,
    target: Target,
) -> Result<Option<Prepared>, GitError> {
    let project = known.project.id.0;
    let found = match repositories.commit(project, &target.sha) {
        Err(why @ GitError::TooLarge { .. }) => {
            tracing::warn!(project, sha = target.sha, %why, "no pipeline begins for a commit of that size");
            None
        }
        found => found?,
    };
    let Some(found) = found else { return Ok(None) };
    let commit = commit(found);
    // A push of an annotated tag names the tag; a pipeline runs for the commit it stands for.
    let target = Target { sha: commit.sha.clone(), ..target };
    let configuration = configuration(repositories, config, known, (&target, &commit))?;
    Ok(Some(Prepared { target, commit, configuration }))
}

fn configuration(
    repositories: &Repositories,
    config: &Config,
    known: &Known,
    (target, commit): (&Target, &Commit),
) -> Result<Configuration, GitError> {
    let project = known.project.id.0;
    let limit = u64::try_from(ci::MAX_FILE_BYTES).unwrap_or(u64::MAX);
    for path in known.project.settings.ci_config_path.as_deref().into_iter().chain(PATHS) {
        match repositories.file(project, &target.sha, path, limit) {
            Ok(None) => {}
            Ok(Some(file)) => {
                let repository = InCommit::new(repositories, project, target, known.source);
                let asked = known.variables(config, target, Some(commit));
                let run = ci::Run {
                    source: known.source,
                    ref_name: &target.ref_name,
                    tag: target.tag,
                    project: &known.project.full_path,
                };
                let read = ci::read(&ci::Input {
                    path,
                    text: &file.content,
                    repository: &repository,
                    predefined: &asked.predefined,
                    given: &asked.given,
                    secret: &asked.secret,
                    run: Some(run),
                });
                repository.check()?;
                return Ok(said(read));
            }
            Err(GitError::TooLarge { limit, .. }) => {
                return Ok(Configuration::Broken(format!("{path} is larger than {limit} bytes")));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(Configuration::Missing)
}

fn said(reading: ci::Reading) -> Configuration {
    if let Some(plan) = reading.plan {
        return Configuration::Plan(plan);
    }
    let errors = reading.diagnostics.iter().filter(|d| d.severity == ci::Severity::Error);
    Configuration::Broken(errors.map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// A commit as the database keeps it: without what no database can hold, and cut where a text would never end.
pub fn commit(of: git::Commit) -> Commit {
    Commit {
        sha: of.sha,
        title: kept(of.title, LONGEST_TITLE),
        message: kept(of.message, LONGEST_MESSAGE),
        author_name: kept(of.author.name, LONGEST_NAME),
        author_email: kept(of.author.email, LONGEST_NAME),
        authored_at: Timestamp(of.author.at),
        committer_name: kept(of.committer.name, LONGEST_NAME),
        committer_email: kept(of.committer.email, LONGEST_NAME),
        committed_at: Timestamp(of.committer.at),
        parent_shas: of.parent_shas,
    }
}

/// A text without NUL, of at most `most` bytes.
fn kept(mut text: String, most: usize) -> String {
    text.retain(|c| c != '\0');
    text.truncate(text.floor_char_boundary(most));
    text
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn texts_are_cut_between_characters_and_have_no_nul() {
        assert_eq!(kept("a\0b\0".into(), 9), "ab");
        assert_eq!(kept("aäö".into(), 4), "aä");
        assert_eq!(kept("aäö".into(), 5), "aäö");
    }
}
