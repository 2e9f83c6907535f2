//! What a job runs, as it is kept with the job.

use countersign_ci as ci;
use countersign_wire::runner as wire;
use serde::{Deserialize, Serialize};

/// A variable as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl From<&ci::Variable> for Variable {
    fn from(of: &ci::Variable) -> Variable {
        Variable { key: of.key.clone(), value: of.value.clone(), raw: of.raw, file: false }
    }
}

impl From<&Variable> for ci::Variable {
    fn from(of: &Variable) -> ci::Variable {
        ci::Variable { key: of.key.clone(), value: of.value.clone(), raw: of.raw }
    }
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
    /// The file's variables and then the job's, which win.
    pub variables: Vec<Variable>,
    /// Those given by whoever played the job, which win over all.
    pub played_with: Vec<Variable>,
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
            variables: inherited.chain(&job.variables).map(Variable::from).collect(),
            played_with: Vec::new(),
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

/// Reads the variables kept with a pipeline.
pub fn read_variables(kept: &str) -> Vec<Variable> {
    serde_json::from_str(kept).unwrap_or_default()
}

/// Variables as they are kept with a pipeline.
pub fn write_variables(of: &[Variable]) -> String {
    serde_json::to_string(of).unwrap_or_else(|_| "[]".into())
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
        assert_eq!(read_variables(&write_variables(&[given("A", "1")])), [given("A", "1")]);
    }
}
