//! A protection as somebody puts it together, before it is saved: whole lists, where a request has partial ones.

use super::edit::{NewEntry, NewProtection};
use super::{Entry, Inheritance, Principal, Protection, Role, Rule, RunAfterApproval, Scope};
use crate::ids::{EntryId, GroupId, ProtectionId, UserId};
use std::fmt;

/// A protection that is not saved yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The environment's name, or the tier.
    pub name: String,
    /// Who may deploy, all of them.
    pub deploy: Vec<DraftEntry>,
    /// Who must approve, all of them.
    pub rules: Vec<DraftEntry>,
    /// The unified count, as somebody wants it.
    pub required_approval_count: i64,
    /// Whether approved automatic jobs start by themselves.
    pub run_after_approval: RunAfterApproval,
}

/// An entry that is not saved yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftEntry {
    /// The entry it was made from.
    pub id: Option<EntryId>,
    /// The party it names.
    pub principal: Principal,
    /// Which members of a named group count.
    pub inheritance: Inheritance,
    /// For rules: how many approvals, as somebody wants it.
    pub required_approvals: i64,
}

impl DraftEntry {
    /// A new one for that party.
    pub fn new(principal: Principal) -> DraftEntry {
        DraftEntry { id: None, principal, inheritance: Inheritance::Direct, required_approvals: 1 }
    }

    fn of(entry: &Entry, required: u32) -> DraftEntry {
        DraftEntry {
            id: Some(entry.id),
            principal: entry.principal,
            inheritance: entry.inheritance,
            required_approvals: i64::from(required),
        }
    }

    /// What a request says so that the entry becomes this. An entry that keeps its party does not name it anew.
    fn asked(&self, before: Option<&Entry>) -> NewEntry {
        let named = Some(self.principal).filter(|p| before.is_none_or(|e| e.principal != *p));
        NewEntry {
            id: before.map(|e| e.id.0),
            destroy: false,
            user_id: named.and_then(|p| if let Principal::User(user) = p { Some(user.0) } else { None }),
            group_id: named.and_then(|p| if let Principal::Group(group) = p { Some(group.0) } else { None }),
            access_level: named.and_then(|p| if let Principal::Role(role) = p { Some(role.number()) } else { None }),
            group_inheritance_type: Some(self.inheritance.number()),
            required_approvals: Some(self.required_approvals),
        }
    }
}

impl Draft {
    /// A protection as it is.
    pub fn of(protection: &Protection) -> Draft {
        Draft {
            name: protection.name.clone(),
            deploy: protection.deploy.iter().map(|e| DraftEntry::of(e, 1)).collect(),
            rules: protection.rules.iter().map(|r| DraftEntry::of(&r.entry, r.required_approvals)).collect(),
            required_approval_count: i64::from(protection.required_approval_count),
            run_after_approval: protection.run_after_approval,
        }
    }

    /// The request that makes a new protection so, or changes one that is there: entries that the draft does not hold
    /// are deleted.
    pub fn asked(&self, before: Option<&Protection>) -> NewProtection {
        let deploy: Vec<&Entry> = before.iter().flat_map(|p| &p.deploy).collect();
        let rules: Vec<&Entry> = before.iter().flat_map(|p| &p.rules).map(|r| &r.entry).collect();
        NewProtection {
            name: Some(self.name.clone()),
            deploy: Some(wanted(&self.deploy, &deploy)),
            rules: Some(wanted(&self.rules, &rules)),
            required_approval_count: Some(self.required_approval_count),
            run_after_approval: Some(self.run_after_approval),
        }
    }

    /// The protection it would be if it were saved, to be looked at: new entries have ids below zero, and numbers that
    /// would be refused count as zero. `called` says what a party is called and its path, where that may be told.
    pub fn sketch(
        &self,
        before: Option<&Protection>,
        (scope, triggerer_may_approve): (Scope, bool),
        called: impl Fn(Principal) -> Option<(String, Option<String>)>,
    ) -> Protection {
        let old_deploy: Vec<&Entry> = before.iter().flat_map(|p| &p.deploy).collect();
        let old_rules: Vec<&Entry> = before.iter().flat_map(|p| &p.rules).map(|r| &r.entry).collect();
        let entry = |old: &[&Entry], at: usize, draft: &DraftEntry| sketched(old, at, draft, &called);
        let deploy = self.deploy.iter().enumerate().map(|(at, draft)| entry(&old_deploy, at, draft)).collect();
        let rules = self.rules.iter().enumerate().map(|(at, draft)| Rule {
            entry: entry(&old_rules, at, draft),
            required_approvals: count(draft.required_approvals),
        });
        Protection {
            id: before.map_or(ProtectionId(0), |p| p.id),
            scope,
            name: self.name.clone(),
            run_after_approval: self.run_after_approval,
            deploy,
            rules: rules.collect(),
            required_approval_count: count(self.required_approval_count),
            triggerer_may_approve,
        }
    }
}

fn count(asked: i64) -> u32 {
    u32::try_from(asked).unwrap_or_default()
}

fn wanted(draft: &[DraftEntry], before: &[&Entry]) -> Vec<NewEntry> {
    let kept = |e: &&&Entry| draft.iter().any(|d| d.id == Some(e.id));
    let gone = before.iter().filter(|e| !kept(e));
    let mut all: Vec<NewEntry> =
        gone.map(|e| NewEntry { id: Some(e.id.0), destroy: true, ..NewEntry::default() }).collect();
    all.extend(draft.iter().map(|d| d.asked(before.iter().find(|e| d.id == Some(e.id)).copied())));
    all
}

fn sketched(
    before: &[&Entry],
    at: usize,
    draft: &DraftEntry,
    called: impl Fn(Principal) -> Option<(String, Option<String>)>,
) -> Entry {
    let old = before.iter().find(|e| draft.id == Some(e.id));
    if let Some(same) = old.filter(|e| e.principal == draft.principal) {
        return Entry { inheritance: draft.inheritance, ..(*same).clone() };
    }
    let (description, path) = called(draft.principal).unwrap_or_else(|| (draft.principal.to_string(), None));
    Entry {
        id: old.map_or(EntryId(-1 - i64::try_from(at).unwrap_or_default()), |e| e.id),
        principal: draft.principal,
        echoed_level: None,
        inheritance: draft.inheritance,
        description,
        path,
        orphaned: false,
    }
}

/// As forms write it: `user:4`, `group:7`, `role:40`.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Principal::User(user) => write!(f, "user:{user}"),
            Principal::Group(group) => write!(f, "group:{group}"),
            Principal::Role(role) => write!(f, "role:{}", role.number()),
        }
    }
}

impl Principal {
    /// Reads what forms write.
    pub fn parse(text: &str) -> Option<Principal> {
        let (kind, number) = text.split_once(':')?;
        let number: i64 = number.parse().ok()?;
        match kind {
            "user" => Some(Principal::User(UserId(number))),
            "group" => Some(Principal::Group(GroupId(number))),
            "role" => Role::from_number(number).map(Principal::Role),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::protection::{check_new, check_update};
    use crate::testing::World;

    fn world() -> World {
        World::new().groups(&["top", "top/ops", "top/sec", "top/qa"]).members("top", &[("lead", 40)]).protect(
            "top",
            &["top/ops", "@lead"],
            &[("top/sec", 2), ("40", 1)],
        )
    }

    #[test]
    fn a_draft_of_what_is_there_changes_nothing() {
        let world = world();
        let before = &world.protections[0];
        let draft = Draft::of(before);
        assert_eq!(draft.sketch(Some(before), (before.scope, before.triggerer_may_approve), |_| None), *before);
        let asked = draft.asked(Some(before));
        let named = |e: &NewEntry| e.destroy || e.user_id.or(e.group_id).or(e.access_level).is_some();
        assert!(!asked.deploy.unwrap().iter().chain(&asked.rules.unwrap()).any(named));
    }

    #[test]
    fn what_a_draft_leaves_out_is_deleted_and_what_it_renames_keeps_its_id() {
        let world = world();
        let before = &world.protections[0];
        let mut draft = Draft::of(before);
        draft.deploy.remove(0);
        draft.deploy.push(DraftEntry::new(Principal::Role(Role::Developer)));
        draft.rules[0].principal = world.who("top/qa");
        draft.rules[0].required_approvals = 3;
        let asked = draft.asked(Some(before));
        let (deploy, rules) = (asked.deploy.clone().unwrap(), asked.rules.clone().unwrap());
        assert_eq!((deploy[0].id, deploy[0].destroy), (Some(before.deploy[0].id.0), true));
        assert_eq!((deploy[1].id, deploy[1].user_id), (Some(before.deploy[1].id.0), None));
        assert_eq!((deploy[2].id, deploy[2].access_level), (None, Some(30)));
        assert_eq!((rules[0].id, rules[0].required_approvals), (Some(before.rules[0].entry.id.0), Some(3)));
        assert_eq!(rules[0].group_id, Some(world.g("top/qa").0));
        check_update(&asked, before, &world.dir).unwrap();
        let sketch = draft.sketch(Some(before), (before.scope, true), |_| Some(("QA".into(), Some("top/qa".into()))));
        assert_eq!(sketch.rules[0].entry.description, "QA");
        assert_eq!((sketch.rules[0].entry.id, sketch.deploy[1].id), (before.rules[0].entry.id, EntryId(-2)));
    }

    #[test]
    fn a_new_draft_is_checked_as_any_request() {
        let world = world();
        let scope = world.protections[0].scope;
        let mut draft = Draft { name: "staging".into(), required_approval_count: -1, ..Draft::default() };
        assert!(check_new(&draft.asked(None), scope, &world.dir).is_err(), "nobody may deploy");
        draft.deploy.push(DraftEntry { id: Some(EntryId(7)), ..DraftEntry::new(world.who("top/ops")) });
        assert!(check_new(&draft.asked(None), scope, &world.dir).is_err(), "a count below zero");
        assert_eq!(draft.sketch(None, (scope, false), |_| None).required_approval_count, 0);
        draft.required_approval_count = 1;
        check_new(&draft.asked(None), scope, &world.dir).unwrap();
    }

    #[test]
    fn parties_are_read_as_they_are_written() {
        for party in ["user:4", "group:7", "role:40"] {
            assert_eq!(Principal::parse(party).unwrap().to_string(), party);
        }
        for nonsense in ["", "user", "user:", "user:x", "role:41", "bot:1", "group:99999999999999999999"] {
            assert_eq!(Principal::parse(nonsense), None, "{nonsense}");
        }
    }
}
