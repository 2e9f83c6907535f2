//! What is known of a pipeline before it is there: the variables that its configuration may ask for.

use super::Target;
use crate::predefined::{self, Facts, Run};
use crate::script::Variable;
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
    /// The variables it is given.
    pub given: Vec<Variable>,
}

impl Known {
    /// Looks up what is known of a pipeline of a project, without variables.
    ///
    /// # Errors
    /// The store's.
    pub fn load(tx: &mut Tx<'_>, project: Project, user: Option<UserId>, source: &'static str) -> Result<Known> {
        let rules = protected_refs::rules(tx, project.id)?;
        let user = match user {
            Some(user) => users::get(tx, user)?,
            None => None,
        };
        Ok(Known { project, user, rules, source, given: Vec::new() })
    }

    /// The variables that are there by themselves, and those that were given.
    pub(super) fn variables(
        &self,
        config: &Config,
        target: &Target,
        commit: &Commit,
    ) -> (Vec<ci::Variable>, Vec<ci::Variable>) {
        let Target { ref_name, tag, sha, before_sha } = target;
        let facts = Facts {
            config,
            project: &self.project,
            run: Run { source: self.source, ref_name, tag: *tag, sha, before_sha },
            commit: Some(commit),
            user: self.user.as_ref(),
            ref_protected: self.rules.protects(Named { kind: Kind::of_tag(*tag), name: ref_name }),
        };
        let all = |of: &[Variable]| of.iter().map(ci::Variable::from).collect();
        (all(&predefined::of_run(&facts)), all(&self.given))
    }
}
