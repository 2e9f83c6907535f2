//! What is known of a pipeline before it is there: the variables that its configuration may ask for.

use super::Target;
use crate::predefined::{self, Facts, Run};
use crate::script::Variable;
use crate::variables::Configured;
use crate::vault::Vault;
use crate::{Config, Result, Tx};
use countersign_ci as ci;
use countersign_domain::ids::UserId;
use countersign_domain::protected_ref::{Kind, Named, RefRules};
use countersign_store::commits::Commit;
use countersign_store::projects::Project;
use countersign_store::users::User;
use countersign_store::{protected_refs, users};

/// What is known of a pipeline before it is there.
#[derive(Debug, Clone)]
pub struct Known {
    /// The project.
    pub project: Project,
    /// Who starts it.
    pub user: Option<User>,
    /// Which branches and tags are protected.
    pub rules: RefRules,
    /// What creates it: `push`, `api` or `trigger`.
    pub source: &'static str,
    /// The variables of the project, of the groups above it and of the instance.
    pub configured: Configured,
    /// The variables it is given.
    pub given: Vec<Variable>,
}

/// The variables that a configuration may ask for.
pub(crate) struct Asked {
    /// Those that are there by themselves.
    pub(crate) predefined: Vec<ci::Variable>,
    /// Those that win over what is written in the configuration.
    pub(crate) given: Vec<ci::Variable>,
    /// The names of those given whose values no text is to have.
    pub(crate) secret: Vec<String>,
}

impl Known {
    /// Looks up what is known of a pipeline of a project, without variables.
    ///
    /// # Errors
    /// The store's.
    pub fn load(
        tx: &mut Tx<'_>,
        vault: &Vault,
        project: Project,
        user: Option<UserId>,
        source: &'static str,
    ) -> Result<Known> {
        let rules = protected_refs::rules(tx, project.id)?;
        let user = match user {
            Some(user) => users::get(tx, user)?,
            None => None,
        };
        let configured = Configured::load(tx, vault, project.id)?;
        Ok(Known { project, user, rules, source, configured, given: Vec::new() })
    }

    /// The variables that a configuration may ask for.
    pub(crate) fn variables(&self, config: &Config, target: &Target, commit: Option<&Commit>) -> Asked {
        let Target { ref_name, tag, sha, before_sha } = target;
        let ref_protected = self.rules.protects(Named { kind: Kind::of_tag(*tag), name: ref_name });
        let facts = Facts {
            config,
            project: &self.project,
            run: Run { source: self.source, ref_name, tag: *tag, sha, before_sha },
            commit,
            user: self.user.as_ref(),
            ref_protected,
        };
        let configured = self.configured.of(ref_protected);
        let overridden = |key: &str| self.given.iter().any(|variable| variable.key == key);
        let secret = configured.iter().filter(|variable| variable.masked && !overridden(&variable.key));
        Asked {
            predefined: predefined::of_run(&facts).iter().map(ci::Variable::from).collect(),
            secret: secret.map(|variable| variable.key.clone()).collect(),
            given: configured.iter().chain(&self.given).map(ci::Variable::from).collect(),
        }
    }
}
