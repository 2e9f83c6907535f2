//! Creates a group.

use super::{View, image, reload, subject};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, names};
use countersign_domain::access::{Actor, Level, Place, Visibility};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::UserId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::Refusal;
use countersign_domain::settings::{GroupSettings, GroupSettingsChanges};
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::{self, Namespace, NewNamespace};
use countersign_store::{Error, members, users};
use serde_json::json;

/// A group to be created, as asked for.
#[derive(Debug, Clone)]
pub struct NewGroup {
    /// The name people call it.
    pub name: String,
    /// The last part of its address.
    pub path: String,
    /// The group above; none for the top.
    pub parent_id: Option<i64>,
    /// What it is for.
    pub description: String,
    /// Who may see it without belonging to it; none for private, or as wide as that of the parent.
    pub visibility: Option<Visibility>,
    /// Whether whoever triggered a deployment may approve it under the group's rules.
    pub allow_pipeline_trigger_approve_deployment: bool,
    /// What else is chosen for it.
    pub settings: GroupSettingsChanges,
}

/// Creates a group; its creator becomes its direct owner, unless they are a bot. At the top any person may, in a group its maintainers.
///
/// # Errors
/// The actor may not; a field is not acceptable; the address is taken.
pub fn create(tx: &mut Tx<'_>, actor: &Actor, new: &NewGroup, now: Timestamp) -> Result<Ending<View>> {
    authorize::own_token(actor)?;
    let parent = match new.parent_id {
        None => {
            may_create_at_the_top(tx, actor)?;
            None
        }
        Some(id) => Some(authorize::home_of_groups(tx, actor, &Ref::Id(id), now)?.group),
    };
    let full_path = check(new, parent.as_ref())?;
    if namespaces::path_taken(tx, &full_path)? {
        return Err(names::taken("path").into());
    }
    let widest = parent.as_ref().map_or(Visibility::Private, |p| p.visibility);
    let row = NewNamespace {
        parent_id: parent.as_ref().map(Namespace::group_id),
        owner_id: None,
        name: &new.name,
        path: &new.path,
        full_path: &full_path,
        description: &new.description,
        visibility: new.visibility.unwrap_or(widest),
        allow_pipeline_trigger_approve_deployment: new.allow_pipeline_trigger_approve_deployment,
        settings: GroupSettings::default().with(&new.settings),
    };
    let id = namespaces::insert(tx, &row, now)?;
    let made = namespaces::get(tx, id)?.ok_or_else(|| Error::Corrupt("a group just created is not there".into()))?;
    let mut outcome = Outcome::new((), Event::new(Code::GroupCreated, subject(&made)).after(image(&made)));
    if let Some(creator) = actor.user().filter(|_| !actor.is_bot()) {
        outcome = outcome.and(owned_by(tx, &made, creator, now)?);
    }
    let view = reload(tx, &made)?;
    Ok(Ending::Done(outcome.map(|()| view)))
}

/// Makes somebody a direct owner of a group of which they are no direct member.
pub(super) fn owned_by(tx: &mut Tx<'_>, group: &Namespace, owner: UserId, now: Timestamp) -> Result<Event> {
    members::insert(tx, Place::Group(group.group_id()), owner, Level::Owner, None, (Some(owner), now))?;
    let after = json!({"user_id": owner, "access_level": Level::Owner.number(), "expires_at": null});
    Ok(Event::new(Code::MemberAdded, subject(group)).after(after))
}

/// Any person may create a group in no other, unless an administrator took that from them.
pub(super) fn may_create_at_the_top(tx: &mut Tx<'_>, actor: &Actor) -> Result<()> {
    if let Some(user) = actor.user()
        && let Some(user) = users::get(tx, user)?
    {
        user.settings.may_create_group()?;
    }
    Ok(())
}

/// The full path the group will have.
fn check(new: &NewGroup, parent: Option<&Namespace>) -> Result<String, Refusal> {
    names::group_name(&new.name)?;
    names::description(&new.description)?;
    if let Some(Some(branch)) = &new.settings.default_branch {
        names::branch(branch)?;
    }
    let Some(parent) = parent else {
        names::top_path("path", &new.path)?;
        return Ok(new.path.clone());
    };
    names::nested_path("path", &new.path)?;
    if let Some(own) = new.visibility {
        names::within(own, parent.visibility)?;
    }
    if parent.full_path.split('/').count() >= names::DEEPEST {
        let why = format!("groups nest at most {} deep", names::DEEPEST);
        return Err(names::invalid("parent_id", &why));
    }
    Ok(format!("{}/{}", parent.full_path, new.path))
}
