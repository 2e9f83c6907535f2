//! What of a protection somebody changes, as a short text: a form that is out of date overwrites nothing.

use countersign_domain::protection::{Entry, Protection};
use countersign_domain::token;
use std::fmt::Write;

/// How many characters of each hash are shown: enough to tell versions of one protection apart.
const SHOWN: usize = 16;

/// The version of a protection as it is: a hash of who may deploy, one of who must approve, and one of the rest.
pub(super) fn version(of: &Protection) -> String {
    parts(of).join(".")
}

/// What has changed about a protection since somebody was shown it as that version.
pub(super) fn changed_since(of: &Protection, shown: &str) -> Option<&'static str> {
    let mut seen = shown.split('.');
    let same = parts(of).map(|part| seen.next() == Some(part.as_str()));
    match same {
        [true, true, true] => None,
        [false, true, true] => Some("who is allowed to deploy"),
        [true, false, true] => Some("the approvers"),
        [true, true, false] => Some("the required approvals or how jobs start"),
        _ => Some("several parts of this protection"),
    }
}

fn parts(of: &Protection) -> [String; 3] {
    let mut deploy = of.id.to_string();
    of.deploy.iter().for_each(|entry| note(&mut deploy, entry, 1));
    let mut rules = of.id.to_string();
    of.rules.iter().for_each(|rule| note(&mut rules, &rule.entry, rule.required_approvals));
    let rest = format!("{} {} {}", of.id, of.required_approval_count, of.run_after_approval.as_str());
    [deploy, rules, rest].map(|text| token::hex(&token::hash(&text)).chars().take(SHOWN).collect())
}

fn note(text: &mut String, entry: &Entry, required: u32) {
    // Writing to a string cannot fail.
    let _ = write!(text, "\n{} {} {} {required}", entry.id, entry.principal, entry.inheritance.number());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use countersign_domain::ids::{EntryId, ProjectId, ProtectionId};
    use countersign_domain::protection::{Inheritance, Principal, Role, Rule, RunAfterApproval, Scope};

    type Edit = fn(&mut Protection);

    fn entry(id: i64, role: Role) -> Entry {
        Entry {
            id: EntryId(id),
            principal: Principal::Role(role),
            echoed_level: None,
            inheritance: Inheritance::Direct,
            description: role.description().to_owned(),
            path: None,
            orphaned: false,
        }
    }

    #[test]
    fn it_is_told_what_changed() {
        let now = Protection {
            id: ProtectionId(1),
            scope: Scope::Project(ProjectId(1)),
            name: "production".into(),
            run_after_approval: RunAfterApproval::Automatic,
            deploy: vec![entry(1, Role::Maintainer)],
            rules: vec![Rule { entry: entry(1, Role::Developer), required_approvals: 1 }],
            required_approval_count: 0,
            triggerer_may_approve: false,
        };
        let shown = version(&now);
        assert_eq!(changed_since(&now, &shown), None);
        let rows: [(Edit, &str); 5] = [
            (|p| p.deploy[0].principal = Principal::Role(Role::Developer), "who is allowed to deploy"),
            (|p| p.rules[0].required_approvals = 2, "the approvers"),
            (|p| p.rules[0].entry.inheritance = Inheritance::Inherited, "the approvers"),
            (|p| p.required_approval_count = 1, "the required approvals or how jobs start"),
            (|p| p.id = ProtectionId(2), "several parts of this protection"),
        ];
        for (change, expected) in rows {
            let mut other = now.clone();
            change(&mut other);
            assert_eq!(changed_since(&other, &shown), Some(expected));
        }
        for nonsense in ["", "..", "x", &shown[1..]] {
            assert!(changed_since(&now, nonsense).is_some(), "{nonsense}");
        }
    }
}
