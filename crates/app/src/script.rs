//! What a job runs, as it is kept with the job.

use crate::Error;
use crate::vault::Vault;
use countersign_ci as ci;
use countersign_domain::ids::PipelineId;
use countersign_wire::runner as wire;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A variable as written.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub key: String,
    /// Its value, nothing expanded.
    pub value: String,
    /// Whether `$` in the value has no meaning.
    #[serde(default)]
    pub raw: bool,
    /// Whether the value is put into a file, and the variable holds its path.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub file: bool,
    /// Whether its value is masked in logs, and part of no text that others see.
    #[serde(skip)]
    pub masked: bool,
    /// Whether it is nobody's but those who configured it, in contrast to what is written in the repository.
    #[serde(skip)]
    pub private: bool,
}

// Values may be secrets, so they are not shown.
impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variable").field("key", &self.key).finish_non_exhaustive()
    }
}

impl From<&ci::Variable> for Variable {
    fn from(of: &ci::Variable) -> Variable {
        Variable { key: of.key.clone(), value: of.value.clone(), raw: of.raw, ..Variable::default() }
    }
}

impl From<&Variable> for ci::Variable {
    fn from(of: &Variable) -> ci::Variable {
        ci::Variable { key: of.key.clone(), value: of.value.clone(), raw: of.raw }
    }
}

/// All variables with their final values.
pub(crate) fn expanded(variables: &[Variable]) -> Vec<ci::Variable> {
    ci::expand_all(&variables.iter().map(ci::Variable::from).collect::<Vec<_>>())
}

/// The value of a variable: of several, the last.
pub(crate) fn value(values: &[ci::Variable], key: &str) -> Option<String> {
    values.iter().rev().find(|v| v.key == key).map(|v| v.value.clone())
}

/// What a job runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Script {
    /// Commands before the script, in the same shell.
    pub before_script: Vec<String>,
    /// The commands.
    pub script: Vec<String>,
    /// Commands that run however the script ended.
    pub after_script: Vec<String>,
    /// Commands that run before the sources are fetched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pre_get_sources: Vec<String>,
    /// The image a runner with containers runs it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<wire::Image>,
    /// What a runner with containers runs beside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<wire::Image>,
    /// The files it leaves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<wire::Artifact>,
    /// How long these are kept.
    #[serde(skip_serializing_if = "Keep::is_usual")]
    pub keep: Keep,
    /// The files that runners keep for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub caches: Vec<wire::Cache>,
    /// The names of the jobs whose files it gets; `None` for all of earlier stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_from: Option<Vec<String>>,
    /// The file's variables and then the job's, which win.
    pub variables: Vec<Variable>,
    /// Those given by whoever played the job, which win over all.
    #[serde(skip_serializing_if = "Given::is_empty")]
    pub played_with: Given,
}

/// Variables that somebody gave, as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Given {
    /// As they were kept before there was a key to seal them with; and none at all.
    Open(Vec<Variable>),
    /// Their names, and all of them sealed.
    Sealed {
        /// The names, in the order they were given.
        keys: Vec<String>,
        /// The variables.
        sealed: String,
    },
}

impl Default for Given {
    fn default() -> Given {
        Given::Open(Vec::new())
    }
}

impl Given {
    /// Seals variables for the pipeline or job that `about` names.
    ///
    /// # Errors
    /// The vault's.
    pub fn seal(vault: &Vault, about: &str, variables: &[Variable]) -> Result<Given, Error> {
        if variables.is_empty() {
            return Ok(Given::default());
        }
        let text = serde_json::to_string(variables).map_err(|why| Error::Corrupt(why.to_string()))?;
        let keys = variables.iter().map(|variable| variable.key.clone()).collect();
        Ok(Given::Sealed { keys, sealed: vault.seal_text(about, &text)? })
    }

    /// Their names.
    pub fn keys(&self) -> Vec<String> {
        match self {
            Given::Open(variables) => variables.iter().map(|variable| variable.key.clone()).collect(),
            Given::Sealed { keys, .. } => keys.clone(),
        }
    }

    /// The variables, which belong to what `about` names.
    ///
    /// # Errors
    /// The vault's; they were sealed for something else.
    pub fn open(&self, vault: &Vault, about: &str) -> Result<Vec<Variable>, Error> {
        match self {
            Given::Open(variables) => Ok(variables.clone()),
            Given::Sealed { sealed, .. } => {
                let text = vault.open_text(about, sealed)?;
                serde_json::from_str(&text).map_err(|why| Error::Corrupt(format!("the variables of {about}: {why}")))
            }
        }
    }

    /// Reads what is kept with a pipeline.
    ///
    /// # Errors
    /// It is none of the forms.
    pub fn read(kept: &str) -> Result<Given, Error> {
        serde_json::from_str(kept).map_err(|why| Error::Corrupt(format!("the variables kept with a pipeline: {why}")))
    }

    /// As it is kept with a pipeline.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "[]".into())
    }

    fn is_empty(&self) -> bool {
        matches!(self, Given::Open(variables) if variables.is_empty())
    }
}

/// What the variables of a pipeline are sealed for.
pub fn about_pipeline(id: PipelineId) -> String {
    format!("variables of pipeline {id}")
}

/// What the variables that a job was played with are sealed for. A job that is tried again keeps them.
pub fn about_job(pipeline: PipelineId, name: &str) -> String {
    format!("variables of job {name:?} of pipeline {pipeline}")
}

/// How long the files of a job are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// As long as those of any job that does not say so.
    #[default]
    Usual,
    /// For so many seconds.
    Seconds(i64),
    /// Until they are deleted.
    Forever,
}

impl Keep {
    fn of(asked: Option<ci::Expiry>) -> Keep {
        match asked {
            None => Keep::Usual,
            Some(ci::Expiry::Seconds(seconds)) => Keep::Seconds(seconds),
            Some(ci::Expiry::Never) => Keep::Forever,
        }
    }

    fn is_usual(&self) -> bool {
        *self == Keep::Usual
    }
}

impl Script {
    /// What a planned job runs.
    pub fn of(plan: &ci::Plan, job: &ci::JobPlan) -> Script {
        let inherited = plan.variables.iter().filter(|variable| job.inherited_variables.takes(&variable.key));
        Script {
            before_script: job.before_script.clone(),
            script: job.script.clone(),
            after_script: job.after_script.clone(),
            pre_get_sources: job.pre_get_sources.clone(),
            image: job.image.as_ref().map(image),
            services: job.services.iter().map(service).collect(),
            artifacts: job.artifacts.iter().flat_map(artifacts).collect(),
            keep: Keep::of(job.artifacts.as_ref().and_then(|artifacts| artifacts.expire_in)),
            caches: job.caches.iter().map(cache).collect(),
            files_from: job.files_from.clone(),
            variables: inherited.chain(&job.variables).map(Variable::from).collect(),
            played_with: Given::default(),
        }
    }

    /// Reads what is kept with a job; what cannot be read runs nothing.
    pub fn read(kept: &str) -> Option<Script> {
        serde_json::from_str(kept).ok()
    }

    /// As it is kept with a job.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The files a job leaves as a runner is told of them: an archive, and one with variables.
fn artifacts(of: &ci::Artifacts) -> Vec<wire::Artifact> {
    let archive = wire::Artifact {
        name: of.name.clone().unwrap_or_default(),
        untracked: of.untracked,
        paths: of.paths.clone(),
        exclude: of.exclude.clone(),
        when: of.when.as_str().into(),
        artifact_type: "archive".into(),
        artifact_format: "zip".into(),
        expire_in: String::new(),
    };
    let dotenv = wire::Artifact {
        paths: of.dotenv.clone(),
        // What a script said before it failed counts too.
        when: ci::SaveWhen::Always.as_str().into(),
        artifact_type: "dotenv".into(),
        artifact_format: "gzip".into(),
        ..wire::Artifact::default()
    };
    let has_archive = of.untracked || !of.paths.is_empty();
    let all = [(has_archive, archive), (!of.dotenv.is_empty(), dotenv)];
    all.into_iter().filter_map(|(there, artifact)| there.then_some(artifact)).collect()
}

fn cache(of: &ci::Cache) -> wire::Cache {
    wire::Cache {
        key: match &of.key {
            ci::CacheKey::Text(key) => key.clone(),
            // Only until it was planned.
            ci::CacheKey::Files { .. } => String::new(),
        },
        untracked: of.untracked,
        paths: of.paths.clone(),
        policy: of.policy.as_str().into(),
        when: of.when.as_str().into(),
        fallback_keys: of.fallback_keys.clone(),
    }
}

/// An image as a runner is told of it, which replaces the variables in its name.
fn image(of: &ci::Image) -> wire::Image {
    let docker = wire::DockerOptions { platform: of.platform.clone(), user: of.user.clone() };
    let kubernetes = wire::KubernetesOptions { user: of.kubernetes_user.clone() };
    let options = wire::ExecutorOptions {
        docker: Some(docker).filter(|docker| *docker != wire::DockerOptions::default()),
        kubernetes: Some(kubernetes).filter(|kubernetes| *kubernetes != wire::KubernetesOptions::default()),
    };
    wire::Image {
        name: of.name.clone(),
        entrypoint: of.entrypoint.clone(),
        pull_policy: of.pull_policy.clone(),
        executor_opts: Some(options).filter(|options| *options != wire::ExecutorOptions::default()),
        ..wire::Image::default()
    }
}

fn service(of: &ci::Service) -> wire::Image {
    let variable = |v: &ci::Variable| wire::Variable {
        key: v.key.clone(),
        value: v.value.clone(),
        public: true,
        raw: v.raw,
        ..wire::Variable::default()
    };
    wire::Image {
        alias: of.alias.clone().unwrap_or_default(),
        command: of.command.clone(),
        variables: of.variables.iter().map(variable).collect(),
        ..image(&of.image)
    }
}

/// The most variables a request may give.
pub const MOST_VARIABLES: usize = 100;
/// The longest value of a variable, in bytes.
const LONGEST_VALUE: usize = 10_000;

/// Why variables given with a request cannot be used; `None` if they can.
pub fn refusal(given: &[Variable]) -> Option<String> {
    if given.len() > MOST_VARIABLES {
        return Some(format!("variables are too many: {} given, at most {MOST_VARIABLES} allowed", given.len()));
    }
    for variable in given {
        let key = &variable.key;
        let first_ok = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !first_ok || key.len() > 255 || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            let shown: String = key.chars().take(40).collect();
            return Some(format!(
                "variable key '{shown}' is invalid: use 1 to 255 letters, digits and '_', not starting with a digit"
            ));
        }
        if variable.value.len() > LONGEST_VALUE || variable.value.contains('\0') {
            return Some(format!(
                "variable {key} has an invalid value: use at most {LONGEST_VALUE} bytes, without NUL"
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn given(key: &str, value: &str) -> Variable {
        Variable { key: key.into(), value: value.into(), ..Variable::default() }
    }

    #[test]
    fn keys_and_values_are_checked() {
        assert_eq!(refusal(&[given("A_1", "x")]), None);
        for bad in ["", "1A", "A-B", "A B", "Ü"] {
            assert!(refusal(&[given(bad, "x")]).unwrap().contains("is invalid"), "{bad}");
        }
        assert!(refusal(&[given("A", "a\0b")]).is_some());
        assert!(refusal(&vec![given("A", ""); 101]).unwrap().contains("at most 100"));
    }

    #[test]
    fn what_is_kept_reads_back() {
        let script = Script { script: vec!["echo".into()], variables: vec![given("A", "$B")], ..Script::default() };
        assert_eq!(Script::read(&script.write()), Some(script));
        assert_eq!(Script::read("{}"), Some(Script::default()));
    }

    #[test]
    fn given_variables_are_kept_sealed_for_what_they_belong_to() {
        let (vault, about) = (Vault::of_tests(), about_pipeline(PipelineId(1)));
        let kept = Given::seal(&vault, &about, &[given("A", "hunter2")]).unwrap().write();
        assert!(!kept.contains("hunter2"));
        assert_eq!(Given::read(&kept).unwrap().keys(), ["A"]);
        assert_eq!(Given::read(&kept).unwrap().open(&vault, &about).unwrap(), [given("A", "hunter2")]);
        assert!(Given::read(&kept).unwrap().open(&vault, &about_pipeline(PipelineId(2))).is_err());
        assert_eq!(Given::seal(&vault, &about, &[]).unwrap().write(), "[]");
        let before = r#"[{"key": "A", "value": "1"}]"#;
        assert_eq!(Given::read(before).unwrap().open(&vault, &about).unwrap(), [given("A", "1")]);
        assert!(Given::read("{}").is_err());
        assert!(!format!("{:?}", given("A", "hunter2")).contains("hunter2"));
    }
}
