//! The form for a protection as its template shows it.

use super::chip::Chip;
use super::fields::{self, EntryFields, Fields};
use super::words;
use crate::web::view::Face;
use countersign_app::protections::{Candidate, Electors, List, Party, Sheet};
use countersign_domain::protection::{Inheritance, Principal, RunAfterApproval};

/// All that was put together so far, and what it would mean.
pub(super) struct Typed {
    /// The environment, or the tier.
    pub(super) name: String,
    /// What could be protected.
    pub(super) names: Vec<String>,
    /// Who may deploy, and who must approve.
    pub(super) lists: [Picked; 2],
    /// Whether nobody may deploy.
    pub(super) nobody: bool,
    /// Whether nothing is named at all.
    pub(super) blank: bool,
    /// The unified count.
    pub(super) count: String,
    /// Whether an approved job waits to be started by hand.
    pub(super) by_hand: bool,
    /// What the form is made for.
    pub(super) version: String,
    /// Who could deploy.
    pub(super) allowed: String,
    /// Who could approve.
    pub(super) electors: Vec<Voters>,
    /// What is odd about it.
    pub(super) notes: Vec<String>,
}

/// One of the two lists. Templates find it as `list`.
pub(super) struct Picked {
    /// What its fields are called.
    pub(super) key: &'static str,
    /// Whether each entry asks for a number of approvals.
    pub(super) with_number: bool,
    /// What it is called.
    pub(super) label: &'static str,
    /// What it means.
    pub(super) hint: &'static str,
    /// Whom somebody looks for.
    pub(super) search: String,
    /// Who is on it.
    pub(super) entries: Vec<Entry>,
    /// What is to be replaced, if something is: its place on the list, and its name.
    pub(super) replacing: Option<(usize, String)>,
    /// Who else could be.
    pub(super) offers: Vec<Offer>,
    /// Whether there are more than are offered.
    pub(super) more: bool,
}

/// An entry of a list.
pub(super) struct Entry {
    pub(super) at: usize,
    pub(super) chip: Chip,
    /// Whether members of groups above could count.
    pub(super) is_group: bool,
    pub(super) party: String,
    pub(super) id: String,
    pub(super) required: String,
    pub(super) inherit: bool,
}

/// Somebody who could be named.
pub(super) struct Offer {
    /// What the button does.
    pub(super) press: String,
    pub(super) chip: Chip,
}

/// Who could meet a demand for approvals.
pub(super) struct Voters {
    pub(super) told: String,
    /// They, as far as their names are for the reader.
    pub(super) people: Vec<Face>,
    pub(super) more: usize,
    pub(super) left: Option<String>,
    /// Whether enough are left when one of them starts the deployment.
    pub(super) enough: bool,
}

impl Typed {
    /// What was put together so far; `fields` are as somebody typed them, if they did.
    pub(super) fn of(sheet: &Sheet, fields: &Fields) -> Typed {
        let draft = &sheet.draft;
        let count =
            if fields.press.is_empty() { draft.required_approval_count.to_string() } else { fields.count.clone() };
        let version = if fields.version.is_empty() { sheet.version.clone() } else { fields.version.clone() };
        Typed {
            name: draft.name.clone(),
            names: sheet.names.clone(),
            lists: [List::Deploy, List::Rules].map(|list| Picked::of(sheet, list, fields)),
            nobody: draft.deploy.is_empty(),
            blank: sheet.before.is_none() && draft.deploy.is_empty() && draft.rules.is_empty(),
            count,
            by_hand: draft.run_after_approval == RunAfterApproval::Manual,
            version,
            allowed: words::people(sheet.allowed),
            electors: sheet.electors.iter().map(voters).collect(),
            notes: words::warnings(&sheet.listed.warnings),
        }
    }
}

impl Picked {
    fn of(sheet: &Sheet, list: List, fields: &Fields) -> Picked {
        let key = fields::key(list);
        let (parties, typed, search, candidates) = match list {
            List::Deploy => (&sheet.listed.deploy, &fields.deploy, &fields.deploy_search, &sheet.deployers),
            List::Rules => (&sheet.listed.rules, &fields.rules, &fields.rules_search, &sheet.approvers),
        };
        let entries: Vec<Entry> =
            parties.iter().enumerate().map(|(at, party)| entry(at, party, list, typed.get(at))).collect();
        let replacing = fields.replacing.split_once(' ').filter(|(at, _)| fields::list(at) == Some(list));
        let replacing = replacing.and_then(|(_, index)| entries.get(index.parse::<usize>().ok()?));
        let press = match replacing {
            Some(entry) => format!("put {key} {} {}", entry.at, entry.party),
            None => format!("add {key}"),
        };
        let offer = |c: &Candidate| Offer { press: format!("{press} {}", c.principal), chip: Chip::offered(c) };
        let (label, hint) = match list {
            List::Deploy => ("Allowed to deploy", "Who may run the deployment."),
            List::Rules => {
                ("Approvers", "Each must give so many approvals; one person’s approval counts for one of them.")
            }
        };
        Picked {
            key,
            with_number: list == List::Rules,
            label,
            hint,
            search: search.clone(),
            replacing: replacing.map(|entry| (entry.at, entry.chip.name.clone())),
            offers: candidates.0.iter().map(offer).collect(),
            more: candidates.1,
            entries,
        }
    }
}

fn entry(at: usize, party: &Party, list: List, typed: Option<&EntryFields>) -> Entry {
    let mut chip = Chip::of(party, list);
    chip.count = String::new();
    let of = &party.entry;
    let required = typed.map(|t| t.required.clone()).filter(|text| !text.is_empty());
    Entry {
        at,
        chip,
        is_group: matches!(of.principal, Principal::Group(_)),
        party: of.principal.to_string(),
        id: if of.id.0 > 0 { of.id.to_string() } else { String::new() },
        required: required.unwrap_or_else(|| party.required.to_string()),
        inherit: of.inheritance == Inheritance::Inherited,
    }
}

fn voters(of: &Electors) -> Voters {
    let people: Vec<Face> = of.people.iter().flatten().map(Face::of).collect();
    Voters {
        told: words::electorate(of),
        more: of.electorate.people.len().saturating_sub(people.len()),
        people,
        left: words::left(of),
        enough: of.electorate.can_spare_one(),
    }
}
