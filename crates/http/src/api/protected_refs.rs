//! What protected branches and tags have in common on the wire.

use crate::reply::ApiError;
use countersign_domain::protected_ref::{AskedLevel, ProtectedRef, Right};
use countersign_wire::protected_ref::{RefAccessLevel, RefLevelParams};

/// The access levels of one right as replies show them.
pub(super) fn levels(of: &ProtectedRef, right: Right) -> Vec<RefAccessLevel> {
    let shown = of.of(right).map(|level| RefAccessLevel {
        id: level.id.0,
        access_level: level.least.number(),
        access_level_description: level.least.description().into(),
        user_id: None,
        group_id: None,
    });
    shown.collect()
}

/// The access levels that a request asks for.
pub(super) fn asked(list: Option<Vec<RefLevelParams>>) -> Vec<AskedLevel> {
    let each = list.unwrap_or_default().into_iter().map(|level| AskedLevel {
        id: level.id,
        destroy: level.destroy.unwrap_or_default(),
        access_level: level.access_level,
        names_somebody: level.user_id.or(level.group_id).or(level.deploy_key_id).is_some(),
    });
    each.collect()
}

/// Refuses to promise a review that nobody would make.
pub(super) fn check_code_owners(wanted: Option<bool>) -> Result<(), ApiError> {
    if wanted == Some(true) {
        return Err(ApiError::field("code_owner_approval_required", ["is not supported: there are no code owners"]));
    }
    Ok(())
}
