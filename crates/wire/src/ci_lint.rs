//! What is wrong with a configuration.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Has a text judged.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct LintContent {
    /// The configuration.
    pub content: String,
    /// Whether conditions are decided as for a pipeline of the branch or tag. Protected variables are left out.
    pub dry_run: Option<bool>,
    /// Whether the jobs are told too.
    pub include_jobs: Option<bool>,
    /// The branch or tag whose files may be included; the default branch if not given.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
}

/// Has the project's own configuration judged.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LintProject {
    /// The branch, tag or commit whose configuration it is; the default branch if not given.
    pub content_ref: Option<String>,
    /// The former name of `content_ref`.
    pub sha: Option<String>,
    /// Whether conditions are decided as for a pipeline. Protected variables are left out.
    pub dry_run: Option<bool>,
    /// The branch or tag of that pipeline; the default branch if not given.
    pub dry_run_ref: Option<String>,
    /// The former name of `dry_run_ref`.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// Whether the jobs are told too.
    pub include_jobs: Option<bool>,
}

/// What was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CiLint {
    /// Whether a pipeline can come of it.
    pub valid: bool,
    /// What makes it unusable, each with its file and place.
    pub errors: Vec<String>,
    /// What is suspicious, each with its file and place.
    pub warnings: Vec<String>,
    /// Everything there is to say about the files, ordered by place.
    pub diagnostics: Vec<CiDiagnostic>,
    /// All files as one; null if they cannot be put together.
    pub merged_yaml: Option<String>,
    /// The files that were included.
    pub includes: Vec<CiInclude>,
    /// The jobs, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jobs: Option<Vec<CiJob>>,
}

/// One problem of a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CiDiagnostic {
    /// `error` or `warning`.
    pub severity: String,
    /// The file.
    pub file: String,
    /// The line in it, from 1.
    pub line: u64,
    /// The column in it, in characters, from 1.
    pub column: u64,
    /// What is wrong, and what would be right.
    pub message: String,
    /// The line, and a caret under the place.
    pub excerpt: Option<String>,
}

/// A file that was included.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CiInclude {
    /// Always `local`: files of the same commit.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its path.
    pub location: String,
    /// The file that names it.
    pub included_from: String,
    /// Always null: files have no pages.
    pub blob: Option<String>,
    /// Where it can be read.
    pub raw: Option<String>,
    /// Always empty.
    pub extra: BTreeMap<String, String>,
    /// The full path of the project.
    pub context_project: String,
    /// The commit.
    pub context_sha: Option<String>,
}

/// A job that would be part of the pipeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CiJob {
    /// Its name.
    pub name: String,
    /// Its stage.
    pub stage: String,
    /// The commands before the script.
    pub before_script: Vec<String>,
    /// The commands.
    pub script: Vec<String>,
    /// The commands after the script.
    pub after_script: Vec<String>,
    /// The tags that a runner must have.
    pub tag_list: Vec<String>,
    /// The environment as written.
    pub environment: Option<String>,
    /// When it runs.
    pub when: String,
    /// Whether its failure leaves the pipeline unharmed.
    pub allow_failure: bool,
    /// The names of the jobs it waits for; null if it waits for the earlier stages.
    pub needs: Option<Vec<String>>,
}
