//! The variables that reach a pipeline or a job. Only those are opened.

use super::open;
use crate::script::Variable;
use crate::vault::Vault;
use crate::{Error, Result, Tx};
use countersign_domain::ids::ProjectId;
use countersign_domain::variable::{Candidate, Kind, Reach, chosen};
use countersign_store::variables::{self, Kept};

/// The variables of a project, of the groups above it and of the instance that a pipeline has as a whole: those for one
/// environment are not among them.
#[derive(Debug, Clone, Default)]
pub struct Configured {
    open: Vec<Variable>,
    protected: Vec<Variable>,
}

impl Configured {
    /// Looks them up.
    ///
    /// # Errors
    /// A value cannot be opened; the store's.
    pub(crate) fn load(tx: &mut Tx<'_>, vault: &Vault, project: ProjectId) -> Result<Configured> {
        let all = variables::around(tx, project)?;
        let of = |ref_protected| reaching(&all, vault, Reach { environment: None, ref_protected });
        Ok(Configured { open: of(false)?, protected: of(true)? })
    }

    /// Only those that pipelines of every branch and tag have.
    pub(crate) fn for_any_ref(self) -> Configured {
        Configured { protected: self.open.clone(), ..self }
    }

    /// Those of a pipeline of a branch or tag that is protected, or is not.
    pub(crate) fn of(&self, ref_protected: bool) -> &[Variable] {
        if ref_protected { &self.protected } else { &self.open }
    }
}

/// The variables of a project, of the groups above it and of the instance that a job has, each name once.
///
/// # Errors
/// As [`Configured::load`].
pub(crate) fn of_job(tx: &mut Tx<'_>, vault: &Vault, project: ProjectId, reach: Reach<'_>) -> Result<Vec<Variable>> {
    Ok(reaching(&variables::around(tx, project)?, vault, reach)?)
}

fn reaching(all: &[(i64, Kept)], vault: &Vault, reach: Reach<'_>) -> Result<Vec<Variable>, Error> {
    let candidates: Vec<_> =
        all.iter().map(|(distance, kept)| Candidate { variable: &kept.variable, distance: *distance }).collect();
    let chosen = chosen(&candidates, reach).into_iter().filter_map(|index| all.get(index));
    chosen.map(|(_, kept)| opened(vault, kept)).collect()
}

fn opened(vault: &Vault, kept: &Kept) -> Result<Variable, Error> {
    let of = &kept.variable.traits;
    let (file, masked) = (of.kind == Kind::File, of.masked);
    Ok(Variable { key: of.key.clone(), value: open(vault, kept)?, raw: of.raw, file, masked, private: true })
}
