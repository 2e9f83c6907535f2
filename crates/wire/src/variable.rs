//! CI/CD variables of projects, groups and the instance.

use crate::pipeline::VariableType;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A CI/CD variable.
#[derive(Clone, Serialize, ToSchema)]
pub struct Variable {
    /// How it reaches a job.
    pub variable_type: VariableType,
    /// Its name.
    pub key: String,
    /// Its value; null if it is hidden.
    pub value: Option<String>,
    /// Whether it is hidden: nobody is shown its value any more.
    pub hidden: bool,
    /// Whether only jobs of protected branches and tags have it.
    pub protected: bool,
    /// Whether its value is masked in logs.
    pub masked: bool,
    /// Whether `$` in its value has no meaning.
    pub raw: bool,
    /// The environments whose jobs have it: a name, or a pattern with `*`; `*` alone for all jobs. Those of the instance
    /// have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_scope: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

// Values are secrets.
impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Variable").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Creates a variable of a project or a group.
#[derive(Clone, Deserialize, ToSchema)]
pub struct CreateVariable {
    /// Its name: 1 to 255 letters, digits and `_`.
    pub key: String,
    /// Its value: at most 10,000 characters.
    pub value: String,
    /// How it reaches a job; `env_var` if not given.
    pub variable_type: Option<VariableType>,
    /// Whether only jobs of protected branches and tags have it; not if not given.
    pub protected: Option<bool>,
    /// Whether its value is masked in logs: then it must be one line of at least 8 characters without spaces.
    pub masked: Option<bool>,
    /// Whether its value is masked in logs and never shown again.
    pub masked_and_hidden: Option<bool>,
    /// Whether `$` in its value has no meaning; it has if not given.
    pub raw: Option<bool>,
    /// The environments whose jobs have it: a name, or a pattern with `*`; all jobs if not given.
    pub environment_scope: Option<String>,
    /// What it is for: at most 255 characters.
    pub description: Option<String>,
}

/// Creates a variable of the instance.
#[derive(Clone, Deserialize, ToSchema)]
pub struct CreateInstanceVariable {
    /// Its name: 1 to 255 letters, digits and `_`.
    pub key: String,
    /// Its value: at most 10,000 characters.
    pub value: String,
    /// How it reaches a job; `env_var` if not given.
    pub variable_type: Option<VariableType>,
    /// Whether only jobs of protected branches and tags have it; not if not given.
    pub protected: Option<bool>,
    /// Whether its value is masked in logs: then it must be one line of at least 8 characters without spaces.
    pub masked: Option<bool>,
    /// Whether `$` in its value has no meaning; it has if not given.
    pub raw: Option<bool>,
    /// What it is for: at most 255 characters.
    pub description: Option<String>,
}

/// Changes a variable of a project or a group; what is not sent stays.
#[derive(Clone, Deserialize, ToSchema)]
pub struct UpdateVariable {
    /// Its value.
    pub value: Option<String>,
    /// How it reaches a job.
    pub variable_type: Option<VariableType>,
    /// Whether only jobs of protected branches and tags have it.
    pub protected: Option<bool>,
    /// Whether its value is masked in logs.
    pub masked: Option<bool>,
    /// Whether `$` in its value has no meaning.
    pub raw: Option<bool>,
    /// The environments whose jobs have it.
    pub environment_scope: Option<String>,
    /// What it is for; nothing if empty.
    pub description: Option<String>,
    /// Which one is meant, where several have that name.
    pub filter: Option<VariableFilter>,
}

/// Changes a variable of the instance; what is not sent stays.
#[derive(Clone, Deserialize, ToSchema)]
pub struct UpdateInstanceVariable {
    /// Its value.
    pub value: Option<String>,
    /// How it reaches a job.
    pub variable_type: Option<VariableType>,
    /// Whether only jobs of protected branches and tags have it.
    pub protected: Option<bool>,
    /// Whether its value is masked in logs.
    pub masked: Option<bool>,
    /// Whether `$` in its value has no meaning.
    pub raw: Option<bool>,
    /// What it is for; nothing if empty.
    pub description: Option<String>,
}

/// Which variable of a name is meant.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichVariable {
    /// Which one is meant, where several have that name.
    #[param(style = DeepObject, explode, inline, value_type = Option<VariableFilter>)]
    pub filter: Option<VariableFilter>,
}

/// What tells variables of one name apart.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct VariableFilter {
    /// The environment scope.
    pub environment_scope: Option<String>,
}
