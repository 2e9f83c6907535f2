//! Protecting branches and tags: what a request asks for, checked and turned into changes of rows.

use super::{AccessLevel, Kind, Least, MAX_NAME, ProtectedRef, Right};
use crate::ids::EntryId;
use crate::refusal::{Missing, Refusal, Result};

/// The most access levels of one right.
const MAX_LEVELS: usize = 20;

/// One access level as a request sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskedLevel {
    /// The level to change; a new one without.
    pub id: Option<i64>,
    /// Whether to delete it.
    pub destroy: bool,
    /// 0, 30, 40 or 60.
    pub access_level: Option<i64>,
    /// Whether it names a user, a group or a deploy key, which protections of branches and tags cannot.
    pub names_somebody: bool,
}

/// A protection as a request asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewProtectedRef {
    /// The name, or a pattern.
    pub name: String,
    /// Whether history may be rewritten.
    pub allow_force_push: bool,
    /// For each right, the one level that the request sends by itself, and the list.
    pub levels: Vec<(Right, Option<i64>, Vec<AskedLevel>)>,
}

/// A change of a protection as a request asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdateProtectedRef {
    /// Whether history may be rewritten.
    pub allow_force_push: Option<bool>,
    /// For each right, what is to change.
    pub levels: Vec<(Right, Vec<AskedLevel>)>,
}

/// A change of one access level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelChange {
    /// A new one.
    Add(Right, Least),
    /// Another level under the same id.
    Update(EntryId, Least),
    /// Gone.
    Delete(EntryId),
}

/// All that an accepted request changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The name it has.
    pub name: String,
    /// Whether history may be rewritten from now on.
    pub allow_force_push: bool,
    /// Changes of access levels, deletions first.
    pub levels: Vec<LevelChange>,
}

impl Change {
    /// How a default branch is protected from the start: maintainers push, developers run its pipelines.
    pub fn default_branch(name: &str) -> Change {
        let levels = vec![
            LevelChange::Add(Right::Push, Least::Maintainer),
            LevelChange::Add(Right::Merge, Least::Developer),
            LevelChange::Add(Right::Unprotect, Least::Maintainer),
        ];
        Change { name: name.into(), allow_force_push: false, levels }
    }
}

/// Checks a request to protect a branch or tag. A right for which nothing is asked is that of maintainers.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check_new(asked: &NewProtectedRef, kind: Kind) -> Result<Change> {
    check_name(&asked.name)?;
    let rights: &[Right] = match kind {
        Kind::Branch => &[Right::Push, Right::Merge, Right::Unprotect],
        Kind::Tag => &[Right::Create],
    };
    let mut levels = Vec::new();
    for right in rights {
        let sent = asked.levels.iter().filter(|(of, ..)| of == right);
        let mut all = Vec::new();
        for (_, one, list) in sent {
            all.extend(one.map(|number| AskedLevel { access_level: Some(number), ..AskedLevel::default() }));
            all.extend(list.iter().map(|level| AskedLevel { id: None, ..level.clone() }));
        }
        if all.is_empty() {
            all.push(AskedLevel { access_level: Some(Least::Maintainer.number()), ..AskedLevel::default() });
        }
        levels.extend(changes(*right, &all, &[])?);
    }
    Ok(Change { name: asked.name.clone(), allow_force_push: asked.allow_force_push, levels })
}

/// Checks a request to change a protection: partial lists, judged as a whole.
///
/// # Errors
/// As [`check_new`]; not found for a level that is not this protection's.
pub fn check_update(asked: &UpdateProtectedRef, now: &ProtectedRef) -> Result<Change> {
    let mut levels = Vec::new();
    for (right, list) in &asked.levels {
        let standing: Vec<AccessLevel> = now.of(*right).copied().collect();
        levels.extend(changes(*right, list, &standing)?);
    }
    levels.sort_by_key(|change| !matches!(change, LevelChange::Delete(_)));
    let allow_force_push = asked.allow_force_push.unwrap_or(now.allow_force_push);
    Ok(Change { name: now.name.clone(), allow_force_push, levels })
}

fn check_name(name: &str) -> Result<()> {
    let invalid = |why: &str| Err(Refusal::Field("name".into(), why.into()));
    if name.trim().is_empty() {
        return invalid("can't be blank");
    }
    if name.chars().count() > MAX_NAME {
        return invalid(&format!("is too long (maximum is {MAX_NAME} characters)"));
    }
    if name.chars().any(char::is_control) {
        return invalid("must not contain control characters");
    }
    Ok(())
}

/// The changes of one right's levels: deletions first, and afterwards no level twice.
fn changes(right: Right, asked: &[AskedLevel], now: &[AccessLevel]) -> Result<Vec<LevelChange>> {
    let mut left: Vec<AccessLevel> = now.to_vec();
    let mut added = Vec::new();
    let mut all = Vec::new();
    for level in asked {
        let known = match level.id {
            None => None,
            Some(id) => Some(left.iter().position(|l| l.id.0 == id).ok_or(Refusal::NotFound(Missing::Row))?),
        };
        match (known, level.destroy) {
            (Some(at), true) => all.push(LevelChange::Delete(left.remove(at).id)),
            (None, true) => return Err(field(right, "id is missing beside _destroy")),
            (Some(at), false) => {
                let least = least(right, level)?;
                left[at].least = least;
                all.push(LevelChange::Update(left[at].id, least));
            }
            (None, false) => {
                let least = least(right, level)?;
                added.push(least);
                all.push(LevelChange::Add(right, least));
            }
        }
    }
    added.extend(left.iter().map(|l| l.least));
    let count = added.len();
    added.sort_unstable();
    added.dedup();
    if added.len() < count {
        return Err(field(right, "access_level has already been taken"));
    }
    if count > MAX_LEVELS {
        return Err(field(right, &format!("is too long (maximum is {MAX_LEVELS} levels)")));
    }
    all.sort_by_key(|change| !matches!(change, LevelChange::Delete(_)));
    Ok(all)
}

fn least(right: Right, asked: &AskedLevel) -> Result<Least> {
    if asked.names_somebody {
        let why = "user_id, group_id and deploy_key_id are not supported: name an access_level, 0, 30, 40 or 60";
        return Err(field(right, why));
    }
    let number = asked.access_level.ok_or_else(|| field(right, "access_level is missing"))?;
    let unknown = || field(right, "access_level does not have a valid value: use 0, 30, 40 or 60");
    let least = Least::from_number(number).ok_or_else(unknown)?;
    if right == Right::Unprotect && least == Least::Nobody {
        return Err(field(right, "access_level does not have a valid value: somebody must be able to unprotect"));
    }
    Ok(least)
}

fn field(right: Right, why: &str) -> Refusal {
    Refusal::Field(format!("{}_access_levels", right.as_str()), why.into())
}
