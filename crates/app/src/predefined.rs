//! The variables every job has without anybody writing them (GitLab's names and meanings).

use crate::Config;
use crate::options::Options;
use crate::script::Variable;
use countersign_domain::environment::Tier;
use countersign_domain::job::EnvironmentAction;
use countersign_store::commits::Commit;
use countersign_store::jobs::Job;
use countersign_store::pipelines::Pipeline;
use countersign_store::projects::Project;
use countersign_store::users::User;

/// How much of a commit's id is shown.
const SHORT_SHA: usize = 8;
/// The longest slug of a ref or path, in bytes: what a DNS label holds.
const LONGEST_SLUG: usize = 63;

/// What a pipeline runs for; known before the pipeline is there.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// What creates it.
    pub source: &'a str,
    /// The branch or tag.
    pub ref_name: &'a str,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// The commit.
    pub sha: &'a str,
    /// The commit the ref was at before.
    pub before_sha: &'a str,
}

impl<'a> From<&'a Pipeline> for Run<'a> {
    fn from(of: &'a Pipeline) -> Run<'a> {
        Run { source: &of.source, ref_name: &of.ref_name, tag: of.tag, sha: &of.sha, before_sha: &of.before_sha }
    }
}

/// What the variables of a pipeline say.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The server's settings.
    pub config: &'a Config,
    /// The project.
    pub project: &'a Project,
    /// What the pipeline runs for.
    pub run: Run<'a>,
    /// Its commit.
    pub commit: Option<&'a Commit>,
    /// Who started the pipeline or the job.
    pub user: Option<&'a User>,
    /// Whether the branch or tag is protected.
    pub ref_protected: bool,
}

/// The environment a job names.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: &'a str,
    /// Its slug.
    pub slug: &'a str,
    /// The tier the job deploys under.
    pub tier: Tier,
    /// What the job does with it.
    pub action: EnvironmentAction,
    /// Where it can be seen.
    pub url: Option<&'a str>,
}

fn variable(key: &str, value: impl Into<String>) -> Variable {
    Variable { key: key.into(), value: value.into(), raw: true, ..Variable::default() }
}

/// Those of the server, the project, the ref, the commit and the person: what is known before the pipeline is there.
pub fn of_run(of: &Facts<'_>) -> Vec<Variable> {
    let mut all = of_server(of.config);
    all.extend(of_project(of));
    all.extend(of_ref(of));
    all.extend(of.commit.map(of_commit).unwrap_or_default());
    all.extend(of.user.map(of_user).unwrap_or_default());
    all
}

/// Those of [`of_run`] and of the pipeline itself.
pub fn of_pipeline(of: &Facts<'_>, pipeline: &Pipeline) -> Vec<Variable> {
    let url = of.config.external_url.trim_end_matches('/');
    let mut all = of_run(of);
    all.extend([
        variable("CI_PIPELINE_ID", pipeline.id.to_string()),
        variable("CI_PIPELINE_IID", pipeline.iid.to_string()),
        variable("CI_PIPELINE_CREATED_AT", pipeline.created_at.to_string()),
        variable("CI_PIPELINE_URL", format!("{url}/{}/-/pipelines/{}", of.project.full_path, pipeline.id)),
    ]);
    all
}

fn of_server(config: &Config) -> Vec<Variable> {
    let url = config.external_url.trim_end_matches('/');
    let (protocol, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split('/').next().unwrap_or_default();
    let default = if protocol == "https" { "443" } else { "80" };
    let host = config.host();
    let port = authority.strip_prefix(host).and_then(|rest| rest.strip_prefix(':')).unwrap_or(default);
    vec![
        variable("CI", "true"),
        variable("GITLAB_CI", "true"),
        variable("CI_SERVER", "yes"),
        variable("CI_SERVER_URL", url),
        variable("CI_SERVER_PROTOCOL", protocol),
        variable("CI_SERVER_HOST", host),
        variable("CI_SERVER_PORT", port),
        variable("CI_SERVER_FQDN", authority),
        variable("CI_SERVER_NAME", "Countersign"),
        variable("CI_SERVER_VERSION", env!("CARGO_PKG_VERSION")),
        variable("CI_API_V4_URL", format!("{url}/api/v4")),
    ]
}

fn of_project(of: &Facts<'_>) -> Vec<Variable> {
    let (project, url) = (of.project, of.config.external_url.trim_end_matches('/'));
    let root = project.full_path.split('/').next().unwrap_or_default();
    vec![
        variable("CI_PROJECT_ID", project.id.to_string()),
        variable("CI_PROJECT_NAME", &project.path),
        variable("CI_PROJECT_TITLE", &project.name),
        variable("CI_PROJECT_DESCRIPTION", project.description.as_deref().unwrap_or_default()),
        variable("CI_PROJECT_PATH", &project.full_path),
        variable("CI_PROJECT_PATH_SLUG", slug(&project.full_path)),
        variable("CI_PROJECT_NAMESPACE", &project.namespace.full_path),
        variable("CI_PROJECT_NAMESPACE_ID", project.namespace.id.to_string()),
        variable("CI_PROJECT_ROOT_NAMESPACE", root),
        variable("CI_PROJECT_URL", format!("{url}/{}", project.full_path)),
        variable("CI_PROJECT_VISIBILITY", project.visibility.as_str()),
        variable("CI_DEFAULT_BRANCH", &project.default_branch),
        variable(
            "CI_CONFIG_PATH",
            project.settings.ci_config_path.as_deref().unwrap_or(crate::configuration::PATHS[0]),
        ),
    ]
}

fn of_ref(of: &Facts<'_>) -> Vec<Variable> {
    let run = of.run;
    let kind = if run.tag { "CI_COMMIT_TAG" } else { "CI_COMMIT_BRANCH" };
    let triggered = (run.source == "trigger").then(|| variable("CI_PIPELINE_TRIGGERED", "true"));
    let mut all = vec![
        variable("CI_PIPELINE_SOURCE", run.source),
        variable("CI_COMMIT_SHA", run.sha),
        variable("CI_COMMIT_SHORT_SHA", run.sha.get(..SHORT_SHA).unwrap_or_default()),
        variable("CI_COMMIT_BEFORE_SHA", run.before_sha),
        variable("CI_COMMIT_REF_NAME", run.ref_name),
        variable("CI_COMMIT_REF_SLUG", slug(run.ref_name)),
        variable("CI_COMMIT_REF_PROTECTED", of.ref_protected.to_string()),
        variable(kind, run.ref_name),
    ];
    all.extend(triggered);
    all
}

fn of_commit(commit: &Commit) -> Vec<Variable> {
    let description = commit.message.split_once('\n').map_or("", |(_, rest)| rest.trim_start_matches('\n'));
    vec![
        variable("CI_COMMIT_MESSAGE", &commit.message),
        variable("CI_COMMIT_TITLE", &commit.title),
        variable("CI_COMMIT_DESCRIPTION", description),
        variable("CI_COMMIT_AUTHOR", format!("{} <{}>", commit.author_name, commit.author_email)),
        variable("CI_COMMIT_TIMESTAMP", commit.committed_at.to_string()),
    ]
}

/// Those of the person who started a pipeline or job.
fn of_user(user: &User) -> Vec<Variable> {
    vec![
        variable("GITLAB_USER_ID", user.id.to_string()),
        variable("GITLAB_USER_LOGIN", &user.username),
        variable("GITLAB_USER_NAME", &user.name),
        variable("GITLAB_USER_EMAIL", &user.email),
    ]
}

/// Those of a job that are known before it is there.
pub fn of_job_name(name: &str, stage: &str) -> Vec<Variable> {
    vec![variable("CI_JOB_NAME", name), variable("CI_JOB_NAME_SLUG", slug(name)), variable("CI_JOB_STAGE", stage)]
}

/// Those of a job made of one by `parallel`: which of how many it is.
pub fn of_node(node: Option<(usize, usize)>) -> Vec<Variable> {
    let total = node.map_or(1, |(_, total)| total);
    let mut all = vec![variable("CI_NODE_TOTAL", total.to_string())];
    all.extend(node.map(|(index, _)| variable("CI_NODE_INDEX", index.to_string())));
    all
}

/// Those of a job that runs.
pub fn of_job(of: &Facts<'_>, job: &Job) -> Vec<Variable> {
    let url = of.config.external_url.trim_end_matches('/');
    let mut all = of_job_name(&job.name, &job.stage);
    all.push(variable("CI_JOB_ID", job.id.to_string()));
    all.push(variable("CI_JOB_URL", format!("{url}/{}/-/jobs/{}", of.project.full_path, job.id)));
    all.extend(of_node(Options::read(&job.options).node));
    all.extend(job.started_at.map(|t| variable("CI_JOB_STARTED_AT", t.to_string())));
    if job.played || job.when == countersign_domain::job::When::Manual {
        all.push(variable("CI_JOB_MANUAL", "true"));
    }
    all
}

/// Those of an environment that a job may set otherwise.
pub fn of_environment(of: &Names<'_>) -> Vec<Variable> {
    vec![
        variable("CI_ENVIRONMENT_NAME", of.name),
        variable("CI_ENVIRONMENT_TIER", of.tier.as_str()),
        variable("CI_ENVIRONMENT_ACTION", of.action.as_str()),
    ]
}

/// Those of an environment that nobody can override.
pub fn fixed(of: &Names<'_>) -> Vec<Variable> {
    let mut all = vec![variable("CI_ENVIRONMENT_ID", of.id.to_string()), variable("CI_ENVIRONMENT_SLUG", of.slug)];
    all.extend(of.url.map(|url| variable("CI_ENVIRONMENT_URL", url)));
    all
}

/// Lower case, everything but letters and digits a hyphen, at most 63 bytes, no hyphen at either end.
fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut slug: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    slug.truncate(LONGEST_SLUG);
    slug.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_fit_a_dns_label() {
        assert_eq!(slug("Feature/ÄX_1-"), "feature--x-1");
        assert_eq!(slug(&"a".repeat(100)).len(), 63);
    }

    #[test]
    fn the_servers_address_is_taken_apart() {
        let value = |url: &str, key: &str| {
            let all = of_server(&Config::new("x".into(), url.into()));
            all.into_iter().find(|v| v.key == key).map(|v| v.value)
        };
        assert_eq!(value("http://h:81/sub", "CI_SERVER_PORT").as_deref(), Some("81"));
        assert_eq!(value("https://h.example", "CI_SERVER_PORT").as_deref(), Some("443"));
        assert_eq!(value("https://h.example", "CI_SERVER_HOST").as_deref(), Some("h.example"));
        assert_eq!(value("http://h:81/sub", "CI_API_V4_URL").as_deref(), Some("http://h:81/sub/api/v4"));
    }
}
