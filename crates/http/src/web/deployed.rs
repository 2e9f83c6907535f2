//! A deployment in a list.

use super::card::Badge;
use super::view::{Face, Moment, below, short};
use countersign_app::deployments::Described;
use countersign_domain::deployment::Status;
use countersign_domain::time::Timestamp;
use countersign_store::projects::Project;

/// A deployment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deployed {
    /// Where its own page is.
    pub(crate) href: String,
    /// Its number in the project.
    pub(crate) iid: i64,
    /// What it ships, in a line.
    pub(crate) title: String,
    /// The first characters of the commit's id.
    pub(crate) sha: String,
    /// The branch or tag.
    pub(crate) ref_name: String,
    /// Who triggered it.
    pub(crate) by: Option<Face>,
    /// How it stands.
    pub(crate) status: Badge,
    /// Whether it waits for approval.
    pub(crate) blocked: bool,
    /// Whether it happened without the approval it needed.
    pub(crate) unapproved: bool,
    /// Since when it stands so.
    pub(crate) since: Moment,
}

impl Deployed {
    /// That of a deployment of a project, seen at `now`.
    pub(crate) fn of(project: &Project, described: &Described, now: Timestamp) -> Deployed {
        let of = &described.deployment;
        let title = described.commit.as_ref().map(|c| c.title.clone()).filter(|title| !title.is_empty());
        Deployed {
            href: below(project, &format!("deployments/{}", of.iid)),
            iid: of.iid,
            title: title.unwrap_or_else(|| format!("{} at {}", of.ref_name, short(&of.sha))),
            sha: short(&of.sha),
            ref_name: of.ref_name.clone(),
            by: described.by.as_ref().map(Face::of),
            status: Badge::of(of.status),
            blocked: of.status == Status::Blocked,
            unapproved: of.unapproved,
            since: Moment::of(of.finished_at.unwrap_or(of.updated_at), now),
        }
    }
}
