//! The files that jobs leave for later jobs and for people.

mod dotenv;
mod expire;
mod receive;
mod shelf;
mod show;
mod single;

pub use dotenv::LONGEST as LONGEST_DOTENV;
#[cfg(test)]
pub(crate) use expire::remove;
pub use expire::sweep;
pub use receive::{Arrived, Received, receive, uploader};
pub use shelf::{Draft, Shelf};
pub(crate) use show::archive;
pub use show::{delete, for_runner, keep, newest, to_read};
pub use single::{Single, single};

use crate::script::Variable;
use crate::{Result, Tx};
use countersign_domain::ids::JobId;
use countersign_domain::time::Timestamp;
use countersign_store::artifacts::{self, Artifact, Kind};
use countersign_store::jobs::Job;

/// What a job gets from those before it.
#[derive(Debug, Default)]
pub(crate) struct Inherited {
    /// The archives, each with the name of its job.
    pub(crate) archives: Vec<(Artifact, String)>,
    /// The variables; of two with one name the later wins.
    pub(crate) variables: Vec<Variable>,
}

/// What a job gets from those before it: from the jobs in `from`, or from all of earlier stages.
///
/// # Errors
/// The store's.
pub(crate) fn inherited(tx: &mut Tx<'_>, job: &Job, from: Option<&[String]>, now: Timestamp) -> Result<Inherited> {
    let mut found = Inherited::default();
    if from.is_some_and(<[String]>::is_empty) {
        return Ok(found);
    }
    for (artifact, name, stage) in artifacts::of_pipeline(tx, job.pipeline_id, now)? {
        let wanted = from.map_or(stage < job.stage_index, |names| names.contains(&name));
        match artifact.kind {
            _ if !wanted => {}
            Kind::Archive => found.archives.push((artifact, name)),
            Kind::Dotenv => found.variables.extend(dotenv::read(&artifact.variables)),
        }
    }
    Ok(found)
}

/// The variables that a job itself leaves.
///
/// # Errors
/// The store's.
pub(crate) fn left_by(tx: &mut Tx<'_>, job: JobId) -> Result<Vec<Variable>> {
    let report = artifacts::get(tx, job, Kind::Dotenv)?;
    Ok(report.map(|report| dotenv::read(&report.variables)).unwrap_or_default())
}
