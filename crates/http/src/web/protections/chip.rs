//! Entries of protections as chips, and protections as rows of chips.

use super::words;
use crate::web::view::{hue, initials};
use countersign_app::protections::{Candidate, List, Listed, Party};
use countersign_domain::protection::{Principal, RunAfterApproval};

/// A person, group or role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chip {
    /// `user`, `group` or `role`.
    pub(super) kind: &'static str,
    /// One or two letters; none for a role.
    pub(super) initials: String,
    /// Its colour.
    pub(super) hue: i64,
    /// What it is called.
    pub(super) name: String,
    /// Its full path or username.
    pub(super) path: String,
    /// How many approvals it must give: `2 of`; empty where that is not to be told.
    pub(super) count: String,
    /// How many people it stands for; empty for a person.
    pub(super) people: String,
    /// Why it counts for nobody, if it does.
    pub(super) broken: Option<String>,
}

impl Chip {
    /// That of an entry of a list.
    pub(super) fn of(party: &Party, list: List) -> Chip {
        let entry = &party.entry;
        let mut chip = Chip::named(entry.principal, &entry.description, entry.path.as_deref(), party.people);
        chip.broken = words::broken(party, list);
        let one_person = matches!(entry.principal, Principal::User(_)) && party.required == 1;
        if list == List::Rules && !one_person {
            chip.count = format!("{} of", party.required);
        }
        if chip.broken.is_some() {
            chip.people = String::new();
        }
        chip
    }

    /// That of somebody who could be named.
    pub(super) fn offered(of: &Candidate) -> Chip {
        Chip::named(of.principal, &of.name, of.path.as_deref(), Some(of.people))
    }

    fn named(principal: Principal, name: &str, path: Option<&str>, people: Option<usize>) -> Chip {
        let (kind, id) = match principal {
            Principal::User(user) => ("user", user.0),
            Principal::Group(group) => ("group", group.0),
            Principal::Role(_) => ("role", 0),
        };
        let path = path.unwrap_or_default();
        Chip {
            kind,
            initials: if kind == "role" { String::new() } else { initials(name) },
            hue: hue(id),
            name: name.to_owned(),
            path: if kind == "user" && !path.is_empty() { format!("@{path}") } else { path.to_owned() },
            count: String::new(),
            people: people.filter(|_| kind != "user").map(words::people).unwrap_or_default(),
            broken: None,
        }
    }
}

/// A protection in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number, for the paths of its pages.
    pub(super) id: i64,
    /// The environment, or the tier.
    pub(super) name: String,
    /// Who may deploy.
    pub(super) deploy: Vec<Chip>,
    /// Who must approve.
    pub(super) rules: Vec<Chip>,
    /// Who must approve, where no rule says so.
    pub(super) otherwise: String,
    /// Whether an approved job waits to be started by hand.
    pub(super) by_hand: bool,
    /// What is odd about it.
    pub(super) notes: Vec<String>,
    /// Whether an entry must be replaced.
    pub(super) broken: bool,
}

impl Row {
    /// That of a protection.
    pub(super) fn of(listed: &Listed) -> Row {
        let protection = &listed.protection;
        let chips = |parties: &[Party], list| parties.iter().map(|p| Chip::of(p, list)).collect::<Vec<_>>();
        let (deploy, rules) = (chips(&listed.deploy, List::Deploy), chips(&listed.rules, List::Rules));
        let otherwise = match protection.required_approval_count {
            0 => "none required".to_owned(),
            count => format!("{count} of those allowed to deploy"),
        };
        Row {
            id: protection.id.0,
            name: protection.name.clone(),
            broken: deploy.iter().chain(&rules).any(|chip| chip.broken.is_some()),
            otherwise,
            by_hand: protection.asks_approval() && protection.run_after_approval == RunAfterApproval::Manual,
            notes: words::warnings(&listed.warnings),
            deploy,
            rules,
        }
    }
}
