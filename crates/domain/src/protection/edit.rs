//! Creating and changing protections: what a request asks for, checked and turned into changes of rows.

use super::{Entry, Inheritance, MAX_NAME, Principal, Protection, Role, RunAfterApproval, Scope};
use crate::access::Directory;
use crate::environment::Tier;
use crate::ids::{EntryId, GroupId, UserId};
use crate::refusal::{Missing, Refusal, Result};

const DEPLOY: &str = "deploy_access_levels";
const RULES: &str = "approval_rules";
const MAX_ENTRIES: usize = 100;
const MAX_APPROVALS: i64 = 1_000_000;

/// One entry of either list, as a request sends it. Null counts as not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewEntry {
    /// The entry to change; a new one without.
    pub id: Option<i64>,
    /// Whether to delete the entry.
    pub destroy: bool,
    /// The person it names.
    pub user_id: Option<i64>,
    /// The group it names.
    pub group_id: Option<i64>,
    /// The role it names, or a number to echo beside a user or group.
    pub access_level: Option<i64>,
    /// 0 or 1.
    pub group_inheritance_type: Option<i64>,
    /// For rules: at least 1.
    pub required_approvals: Option<i64>,
}

/// A protection as a request asks for it; what is `None` was not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewProtection {
    /// The name; on an update it must equal the present one.
    pub name: Option<String>,
    /// Who may deploy.
    pub deploy: Option<Vec<NewEntry>>,
    /// Who must approve.
    pub rules: Option<Vec<NewEntry>>,
    /// The unified count.
    pub required_approval_count: Option<i64>,
    /// Whether approved automatic jobs start by themselves.
    pub run_after_approval: Option<RunAfterApproval>,
}

/// The content of an entry's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// The party it names.
    pub principal: Principal,
    /// What to echo as `access_level` beside a user or group.
    pub echoed_level: Option<Role>,
    /// Which members of a named group count.
    pub inheritance: Inheritance,
    /// For rules: how many approvals; 1 for deploy entries.
    pub required_approvals: u32,
}

/// A change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryChange {
    /// A new one.
    Add(Proposed),
    /// Another content under the same id.
    Update(EntryId, Proposed),
    /// Gone.
    Delete(EntryId),
}

/// All that an accepted request changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The name it has.
    pub name: String,
    /// Changes of deploy entries, deletions first.
    pub deploy: Vec<EntryChange>,
    /// Changes of rules, deletions first.
    pub rules: Vec<EntryChange>,
    /// The unified count from now on.
    pub required_approval_count: u32,
    /// Whether approved automatic jobs start by themselves from now on.
    pub run_after_approval: RunAfterApproval,
}

/// Checks a request to protect an environment.
///
/// # Errors
/// The first thing that is wrong with it; a party that is not assignable is its own kind.
pub fn check_new(asked: &NewProtection, scope: Scope, directory: &Directory) -> Result<Change> {
    let name = asked.name.clone().unwrap_or_default();
    check_name(&name, scope)?;
    let deploy = asked.deploy.as_deref().unwrap_or_default();
    if deploy.is_empty() {
        return Err(Refusal::Field(DEPLOY.into(), "can't be blank: name at least one user, group or role".into()));
    }
    let rules = asked.rules.as_deref().unwrap_or_default();
    Ok(Change {
        deploy: changes(DEPLOY, &without_ids(deploy), &[], scope, directory)?,
        rules: changes(RULES, &without_ids(rules), &[], scope, directory)?,
        required_approval_count: count(asked.required_approval_count)?.unwrap_or(0),
        run_after_approval: asked.run_after_approval.unwrap_or_default(),
        name,
    })
}

/// Checks a request to change a protection: partial lists, judged as a whole.
///
/// # Errors
/// As [`check_new`]; not found for an entry that is not this protection's.
pub fn check_update(asked: &NewProtection, now: &Protection, directory: &Directory) -> Result<Change> {
    if asked.name.as_ref().is_some_and(|n| *n != now.name) {
        let why = format!("cannot be changed: the path says '{}'", now.name);
        return Err(Refusal::Field("name".into(), why));
    }
    let deploy: Vec<Row<'_>> = now.deploy.iter().map(|entry| Row { entry, required: 1 }).collect();
    let rules: Vec<Row<'_>> =
        now.rules.iter().map(|r| Row { entry: &r.entry, required: r.required_approvals }).collect();
    Ok(Change {
        name: now.name.clone(),
        deploy: changes(DEPLOY, asked.deploy.as_deref().unwrap_or_default(), &deploy, now.scope, directory)?,
        rules: changes(RULES, asked.rules.as_deref().unwrap_or_default(), &rules, now.scope, directory)?,
        required_approval_count: count(asked.required_approval_count)?.unwrap_or(now.required_approval_count),
        run_after_approval: asked.run_after_approval.unwrap_or(now.run_after_approval),
    })
}

/// On creation there is nothing an `id` could mean: it is ignored, as every unknown parameter is.
fn without_ids(asked: &[NewEntry]) -> Vec<NewEntry> {
    asked.iter().map(|entry| NewEntry { id: None, ..entry.clone() }).collect()
}

/// A row as it stands.
struct Row<'a> {
    entry: &'a Entry,
    required: u32,
}

fn check_name(name: &str, scope: Scope) -> Result<()> {
    match scope {
        Scope::Group(_) if Tier::parse(name).is_none() => Err(Refusal::UnknownTier(name.into())),
        Scope::Project(_) if name.trim().is_empty() => Err(Refusal::Field("name".into(), "can't be blank".into())),
        Scope::Project(_) if name.chars().count() > MAX_NAME => {
            Err(Refusal::Field("name".into(), format!("is too long (maximum is {MAX_NAME} characters)")))
        }
        _ => Ok(()),
    }
}

fn count(asked: Option<i64>) -> Result<Option<u32>> {
    let checked = asked.map(|n| in_range(n, 0)).transpose();
    checked.map_err(|why| Refusal::Field("required_approval_count".into(), why))
}

fn in_range(number: i64, least: i64) -> std::result::Result<u32, String> {
    match u32::try_from(number) {
        _ if number < least => Err(format!("must be greater than or equal to {least}")),
        Ok(fits) if number <= MAX_APPROVALS => Ok(fits),
        _ => Err(format!("must be less than or equal to {MAX_APPROVALS}")),
    }
}

fn changes(
    list: &str,
    asked: &[NewEntry],
    now: &[Row<'_>],
    scope: Scope,
    directory: &Directory,
) -> Result<Vec<EntryChange>> {
    let mut deletes = Vec::new();
    let mut rest = Vec::new();
    for entry in asked {
        let row = find(entry, now)?;
        match (row, entry.destroy) {
            (Some(row), true) => deletes.push(EntryChange::Delete(row.entry.id)),
            (None, true) => return Err(Refusal::Field(list.into(), "id is missing beside _destroy".into())),
            (row, false) => rest.push(proposed(list, entry, row, scope, directory)?),
        }
    }
    deletes.extend(rest);
    check_unique(list, &deletes, now)?;
    Ok(deletes)
}

fn find<'n, 'e>(entry: &NewEntry, now: &'n [Row<'e>]) -> Result<Option<&'n Row<'e>>> {
    let Some(id) = entry.id else { return Ok(None) };
    now.iter().find(|r| r.entry.id.0 == id).map(Some).ok_or(Refusal::NotFound(Missing::Row))
}

fn proposed(
    list: &str,
    asked: &NewEntry,
    row: Option<&Row<'_>>,
    scope: Scope,
    directory: &Directory,
) -> Result<EntryChange> {
    let field = |name: &str, why: &str| Refusal::Field(format!("{list}.{name}"), why.into());
    let inheritance = match asked.group_inheritance_type {
        None => row.map(|r| r.entry.inheritance).unwrap_or_default(),
        Some(n) => Inheritance::from_number(n)
            .ok_or_else(|| field("group_inheritance_type", "does not have a valid value: use 0 or 1"))?,
    };
    let required_approvals = match asked.required_approvals {
        Some(n) if list == RULES => in_range(n, 1).map_err(|why| field("required_approvals", &why))?,
        _ => row.map_or(1, |r| r.required),
    };
    let (principal, echoed_level) = match (named(list, asked)?, row) {
        (Some(named), _) => named,
        (None, Some(row)) => (row.entry.principal, row.entry.echoed_level),
        (None, None) => {
            return Err(Refusal::Field(list.into(), "must name one of user_id, group_id or access_level".into()));
        }
    };
    if row.is_none_or(|r| r.entry.principal != principal) {
        check_assignable(list, principal, scope, directory)?;
    }
    let content = Proposed { principal, echoed_level, inheritance, required_approvals };
    Ok(match row {
        Some(row) => EntryChange::Update(row.entry.id, content),
        None => EntryChange::Add(content),
    })
}

/// The party a request names, and the role it wants echoed beside it.
fn named(list: &str, asked: &NewEntry) -> Result<Option<(Principal, Option<Role>)>> {
    let role = match asked.access_level {
        None => None,
        Some(n) => Some(Role::from_number(n).ok_or_else(|| {
            let why = "does not have a valid value: use 30 (developers), 40 (maintainers) or 60 (administrators)";
            Refusal::Field(format!("{list}.access_level"), why.into())
        })?),
    };
    Ok(match (asked.user_id, asked.group_id) {
        (Some(_), Some(_)) => {
            return Err(Refusal::Field(list.into(), "user_id and group_id are mutually exclusive".into()));
        }
        (Some(user), None) => Some((Principal::User(UserId(user)), role)),
        (None, Some(group)) => Some((Principal::Group(GroupId(group)), role)),
        (None, None) => role.map(|r| (Principal::Role(r), None)),
    })
}

fn check_assignable(list: &str, principal: Principal, scope: Scope, directory: &Directory) -> Result<()> {
    let field = match principal {
        Principal::User(_) => "user_id",
        Principal::Group(_) => "group_id",
        Principal::Role(_) => return Ok(()),
    };
    let not = |why: String| Err(Refusal::NotAssignable(format!("{list}.{field}"), why));
    if let Principal::User(user) = principal
        && list == RULES
        && directory.people.get(&user).is_some_and(|p| p.bot)
    {
        return not("must be a person: bots cannot approve".into());
    }
    directory.unassignable(principal, scope).map_or(Ok(()), not)
}

/// No party twice, judged after the deletions.
fn check_unique(list: &str, changes: &[EntryChange], now: &[Row<'_>]) -> Result<()> {
    let mut after: Vec<(Option<EntryId>, Principal)> =
        now.iter().map(|r| (Some(r.entry.id), r.entry.principal)).collect();
    let mut touched = Vec::new();
    for change in changes {
        match change {
            EntryChange::Delete(id) => after.retain(|(at, _)| *at != Some(*id)),
            EntryChange::Add(content) => after.push((None, content.principal)),
            EntryChange::Update(id, content) => {
                if touched.contains(id) {
                    return Err(Refusal::Field(list.into(), format!("names the entry {id} twice")));
                }
                touched.push(*id);
                let Some(at) = after.iter_mut().find(|(at, _)| at == &Some(*id)) else {
                    return Err(Refusal::Field(list.into(), format!("changes and deletes the entry {id}")));
                };
                at.1 = content.principal;
            }
        }
    }
    if after.len() > MAX_ENTRIES {
        return Err(Refusal::Field(list.into(), format!("is too long (maximum is {MAX_ENTRIES} entries)")));
    }
    let mut principals: Vec<_> = after.into_iter().map(|(_, p)| p).collect();
    principals.sort_unstable();
    if principals.windows(2).any(|w| w[0] == w[1]) {
        return Err(Refusal::Field(list.into(), "names the same user, group or role twice".into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
