//! Deployments with what people are shown beside them, with as many look-ups for many as for one.

use crate::{Result, Tx};
use countersign_store::commits::{self, Commit};
use countersign_store::deployments::Deployment;
use countersign_store::many::MOST;
use countersign_store::users::{self, User};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A deployment with what is shown beside it.
#[derive(Debug, Clone)]
pub struct Described {
    /// It.
    pub deployment: Deployment,
    /// What it ships, if anything is known of it.
    pub commit: Option<Arc<Commit>>,
    /// Who triggered it.
    pub by: Option<User>,
}

/// Adds to deployments of one project what is shown beside them.
///
/// # Errors
/// The store's.
pub fn describe(tx: &mut Tx<'_>, all: Vec<Deployment>) -> Result<Vec<Described>> {
    let (mut known, mut people) = (HashMap::new(), HashMap::new());
    for some in all.chunks(MOST) {
        let ids: Vec<i64> = some.iter().map(|of| of.id.0).collect();
        known.extend(commits::of_deployments(tx, &ids)?.into_iter().map(|commit| (commit.sha.clone(), commit)));
        let ids: BTreeSet<i64> = some.iter().filter_map(|of| of.user_id).map(|id| id.0).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        people.extend(users::many(tx, &ids)?.into_iter().map(|user| (user.id, user)));
    }
    let each = all.into_iter().map(|deployment| Described {
        commit: known.get(&deployment.sha).cloned(),
        by: deployment.user_id.and_then(|id| people.get(&id).cloned()),
        deployment,
    });
    Ok(each.collect())
}
