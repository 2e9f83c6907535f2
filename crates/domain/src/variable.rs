//! CI/CD variables of projects, groups and the instance: what they may be, and which of them reach a job (semantics,
//! section 6). Values are secrets: nothing here keeps one longer than it takes to check it.

mod choose;
mod draft;

pub use choose::{Candidate, Reach, chosen};
pub use draft::{Changes, Draft, MOST, Others};

use crate::ids::{GroupId, ProjectId, VariableId};

/// The environment scope of a variable for all jobs, those without an environment too.
pub const EVERYWHERE: &str = "*";

/// Whose a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A project's.
    Project(ProjectId),
    /// A group's, for all projects in it.
    Group(GroupId),
    /// The instance's, for all projects.
    Instance,
}

/// How a variable reaches a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Its value is in the environment.
    #[default]
    EnvVar,
    /// Its value is in a file whose path is in the environment.
    File,
}

impl Kind {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::EnvVar => "env_var",
            Kind::File => "file",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Kind> {
        [Kind::EnvVar, Kind::File].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What is known of a variable without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// Its name.
    pub key: String,
    /// How it reaches a job.
    pub kind: Kind,
    /// Whether only jobs of protected branches and tags have it.
    pub protected: bool,
    /// Whether its value is masked in logs.
    pub masked: bool,
    /// Whether its value is never shown again to anybody but jobs; such a one is masked too.
    pub hidden: bool,
    /// Whether `$` in its value has no meaning.
    pub raw: bool,
    /// The environments whose jobs have it: a name, or a pattern with `*`; [`EVERYWHERE`] for all jobs.
    pub environment_scope: String,
    /// What it is for.
    pub description: Option<String>,
}

/// A variable without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its id.
    pub id: VariableId,
    /// Whose it is.
    pub owner: Owner,
    /// What it is.
    pub traits: Traits,
}

impl Default for Traits {
    fn default() -> Traits {
        Traits {
            key: String::new(),
            kind: Kind::default(),
            protected: false,
            masked: false,
            hidden: false,
            raw: false,
            environment_scope: EVERYWHERE.into(),
            description: None,
        }
    }
}
