//! Creates a project.

use super::{View, image, reload, subject};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, names, protected_refs};
use countersign_domain::access::{Actor, Level, Place, Standing, Visibility};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::{NamespaceId, UserId};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::settings::{ProjectSettings, ProjectSettingsChanges};
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::{self, Namespace};
use countersign_store::{Error, members, projects, users};
use serde_json::json;

/// The branch that clones check out, unless another is asked for.
pub const DEFAULT_BRANCH: &str = "main";
/// How long a job may run unless the project says otherwise, in seconds.
const BUILD_TIMEOUT: i64 = 3600;
/// The shortest and the longest time a project may give a job, in seconds: ten minutes and a month.
const BUILD_TIMEOUTS: std::ops::RangeInclusive<i64> = 600..=2_678_400;

/// A project to be created, as asked for.
#[derive(Debug, Clone, Default)]
pub struct NewProject {
    /// The name people call it; none for the path.
    pub name: Option<String>,
    /// The last part of its address; none for one made of the name.
    pub path: Option<String>,
    /// Where it lies; none for the actor's own namespace.
    pub namespace_id: Option<i64>,
    /// What it is for.
    pub description: Option<String>,
    /// Who may see it without belonging to it; none for private.
    pub visibility: Option<Visibility>,
    /// The branch that clones check out.
    pub default_branch: Option<String>,
    /// Whether whoever triggered a deployment may approve it under the project's rules.
    pub allow_pipeline_trigger_approve_deployment: bool,
    /// How long a job may run, in seconds.
    pub build_timeout: Option<i64>,
    /// What it is about.
    pub topics: Vec<String>,
    /// Whether the instance's runners serve it; none for yes.
    pub shared_runners_enabled: Option<bool>,
    /// Whether the runners of the groups above serve it; none for yes.
    pub group_runners_enabled: Option<bool>,
    /// Whether giving variables takes more than the role that runs pipelines.
    pub restrict_variables: Option<bool>,
    /// What else is chosen for it.
    pub settings: ProjectSettingsChanges,
}

/// Where a project will lie, with the actor's level there, and what is chosen for it.
struct Planned {
    home: Namespace,
    level: Level,
    name: String,
    path: String,
    full_path: String,
    settings: ProjectSettings,
    topics: Vec<String>,
}

/// What is to be created, if the actor may create it.
fn planned(tx: &mut Tx<'_>, actor: &Actor, new: &NewProject, now: Timestamp) -> Result<Planned> {
    authorize::own_token(actor)?;
    let (home, level) = home(tx, actor, new.namespace_id, now)?;
    let (name, path) = named(new)?;
    check(new, &home)?;
    let (settings, topics) = (chosen(new)?, names::topics(&new.topics)?);
    let full_path = format!("{}/{path}", home.full_path);
    if namespaces::path_taken(tx, &full_path)? {
        return Err(names::taken("path").into());
    }
    room_for_another(tx, &home)?;
    Ok(Planned { home, level, name, path, full_path, settings, topics })
}

/// How the actor will stand towards a project they create; asked before anything slow is done for it.
///
/// # Errors
/// As [`create`], or, for that owner, as [`create_for`].
pub fn may_create(
    tx: &mut Tx<'_>,
    actor: &Actor,
    owner: Option<UserId>,
    new: &NewProject,
    now: Timestamp,
) -> Result<Standing> {
    let planned = match owner {
        None => planned(tx, actor, new, now)?,
        Some(owner) => {
            let new = in_home_of(tx, actor, owner, new)?;
            planned(tx, actor, &new, now)?
        }
    };
    Ok(Standing::of_creator(planned.level, actor, planned.home.group_id()))
}

/// Creates a project; its repository is made when this is durable.
///
/// # Errors
/// The actor may not create projects there; a field is not acceptable; the address is taken.
pub fn create(tx: &mut Tx<'_>, actor: &Actor, new: &NewProject, now: Timestamp) -> Result<Ending<View>> {
    let Planned { home, level, name, path, full_path, settings, topics } = planned(tx, actor, new, now)?;
    let default_branch = default_branch(tx, new, &home)?;
    let row = projects::NewProject {
        namespace_id: home.id,
        creator_id: actor.user(),
        name: &name,
        path: &path,
        full_path: &full_path,
        description: new.description.as_deref(),
        visibility: new.visibility.unwrap_or(Visibility::Private),
        default_branch: &default_branch,
        allow_pipeline_trigger_approve_deployment: new.allow_pipeline_trigger_approve_deployment,
        build_timeout: new.build_timeout.unwrap_or(BUILD_TIMEOUT),
        topics: &topics,
        shared_runners_enabled: new.shared_runners_enabled.unwrap_or(true),
        group_runners_enabled: new.group_runners_enabled.unwrap_or(true),
        settings,
    };
    let id = projects::insert(tx, &row, now)?;
    let made = projects::get(tx, id)?.ok_or_else(|| Error::Corrupt("a project just created is not there".into()))?;
    let mut outcome = Outcome::new((), Event::new(Code::ProjectCreated, subject(&made)).after(image(&made)));
    outcome = outcome.with(protected_refs::default_branch(tx, id, &made.default_branch, now)?);
    // Whoever creates a project can finish setting it up: its creator becomes a direct owner, unless the group gives
    // them that already. In a personal namespace its owner does, so that a later transfer does not shut them out.
    // The bot of a group's token belongs to the group alone.
    let owner = home.owner_id.or(actor.user().filter(|_| !actor.is_bot()));
    if let Some(owner) = owner.filter(|_| level < Level::Owner || home.owner_id.is_some()) {
        members::insert(tx, Place::Project(id), owner, Level::Owner, None, (actor.user(), now))?;
        let after = json!({"user_id": owner, "access_level": Level::Owner.number(), "expires_at": null});
        outcome = outcome.and(Event::new(Code::MemberAdded, subject(&made)).after(after));
    }
    let view = reload(tx, actor, &made, now)?;
    Ok(Ending::Done(outcome.map(|()| view)))
}

/// Creates a project in somebody's personal namespace, for them.
///
/// # Errors
/// The actor is no administrator; there is nobody with that id; as [`create`].
pub fn create_for(
    tx: &mut Tx<'_>,
    actor: &Actor,
    user: UserId,
    new: &NewProject,
    now: Timestamp,
) -> Result<Ending<View>> {
    let new = in_home_of(tx, actor, user, new)?;
    create(tx, actor, &new, now)
}

fn in_home_of(tx: &mut Tx<'_>, actor: &Actor, user: UserId, new: &NewProject) -> Result<NewProject> {
    authorize::admin(actor)?;
    let home = namespaces::personal(tx, user)?.ok_or(Refusal::NotFound(Missing::User))?;
    Ok(NewProject { namespace_id: Some(home.id.0), ..new.clone() })
}

/// What is chosen for it.
fn chosen(new: &NewProject) -> Result<ProjectSettings, Refusal> {
    let mut settings = ProjectSettings::default().with(&new.settings);
    if let (Some(restrict), None) = (new.restrict_variables, new.settings.ci_pipeline_variables_minimum_override_role) {
        settings.restrict_variables(restrict);
    }
    settings.check()?;
    Ok(settings)
}

/// The branch asked for, else what the nearest group says that says anything.
fn default_branch(tx: &mut Tx<'_>, new: &NewProject, home: &Namespace) -> Result<String> {
    if let Some(asked) = &new.default_branch {
        return Ok(asked.clone());
    }
    let above = namespaces::settings_above(tx, home.id)?;
    Ok(above.into_iter().find_map(|group| group.default_branch).unwrap_or_else(|| DEFAULT_BRANCH.into()))
}

/// The namespace it will lie in, and the actor's level there.
fn home(tx: &mut Tx<'_>, actor: &Actor, id: Option<i64>, now: Timestamp) -> Result<(Namespace, Level)> {
    let missing = || names::invalid("namespace", "is not valid");
    let personal = match id {
        None => namespaces::personal(tx, actor.user().ok_or_else(missing)?)?,
        Some(id) => namespaces::get(tx, NamespaceId(id))?.filter(|n| n.owner_id.is_some()),
    };
    match (personal, id) {
        (Some(own), _) if actor.user() == own.owner_id || authorize::admin(actor).is_ok() => Ok((own, Level::Owner)),
        (None, Some(id)) => {
            let found = authorize::home_of_projects(tx, actor, &Ref::Id(id), now)?;
            Ok((found.group, found.standing.level))
        }
        // Somebody else's personal namespace is no place to create anything in, and no matter of the actor's.
        (Some(_), Some(_)) => Err(Refusal::NotFound(Missing::Group).into()),
        _ => Err(missing().into()),
    }
}

/// Nobody has more projects of their own than an administrator lets them.
pub(super) fn room_for_another(tx: &mut Tx<'_>, home: &Namespace) -> Result<()> {
    if let Some(owner) = home.owner_id
        && let Some(owner) = users::get(tx, owner)?
    {
        let present = projects::count_in(tx, home.id)?;
        owner.settings.may_have_another_project(present)?;
    }
    Ok(())
}

/// The name and path asked for; one is made of the other where only one is given.
fn named(new: &NewProject) -> Result<(String, String), Refusal> {
    let (name, path) = match (&new.name, &new.path) {
        (Some(name), Some(path)) => (name.clone(), path.clone()),
        (Some(name), None) => (name.clone(), names::path_of(name)),
        (None, Some(path)) => (path.clone(), path.clone()),
        (None, None) => return Err(names::invalid("name", "can't be blank")),
    };
    names::project_name(&name)?;
    names::nested_path("path", &path)?;
    Ok((name, path))
}

fn check(new: &NewProject, home: &Namespace) -> Result<(), Refusal> {
    if let Some(description) = &new.description {
        names::description(description)?;
    }
    if let Some(branch) = &new.default_branch {
        names::branch(branch)?;
    }
    if let Some(seconds) = new.build_timeout {
        check_timeout(seconds)?;
    }
    match new.visibility {
        Some(own) if home.is_group() => names::within(own, home.visibility),
        _ => Ok(()),
    }
}

/// How long a job may run.
pub(super) fn check_timeout(seconds: i64) -> Result<(), Refusal> {
    if BUILD_TIMEOUTS.contains(&seconds) {
        return Ok(());
    }
    let (least, most) = (BUILD_TIMEOUTS.start(), BUILD_TIMEOUTS.end());
    Err(names::invalid("build_timeout", &format!("must be from {least} to {most} seconds")))
}
