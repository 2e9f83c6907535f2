//! What the form for a protection sends, and what its buttons do to that before anything is saved.

use countersign_app::protections::List;
use countersign_domain::ids::EntryId;
use countersign_domain::protection::{Draft, DraftEntry, Inheritance, Principal, RunAfterApproval};
use serde::Deserialize;
use utoipa::ToSchema;

/// The most entries of a list that are looked at: one more than can be saved, so that too many are refused.
const MOST: usize = 101;

/// The fields of the form.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(super) struct Fields {
    /// The environment, or the tier.
    #[serde(default)]
    pub(super) name: String,
    /// Who may deploy.
    #[serde(default)]
    pub(super) deploy: Vec<EntryFields>,
    /// Who must approve.
    #[serde(default)]
    pub(super) rules: Vec<EntryFields>,
    /// The unified count.
    #[serde(default)]
    pub(super) count: String,
    /// Whether approved automatic jobs start by themselves.
    #[serde(default)]
    pub(super) run: String,
    /// Whom somebody looks for among those who could deploy.
    #[serde(default)]
    pub(super) deploy_search: String,
    /// Whom somebody looks for among those who could approve.
    #[serde(default)]
    pub(super) rules_search: String,
    /// The entry that somebody wants replaced: its list and its place there.
    #[serde(default)]
    pub(super) replacing: String,
    /// What the form was made for.
    #[serde(default)]
    pub(super) version: String,
    /// The button pressed.
    #[serde(default, rename = "do")]
    pub(super) press: String,
}

/// The fields of one entry.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(super) struct EntryFields {
    /// The party, as `group:7`.
    pub(super) party: String,
    /// The entry it was made from.
    #[serde(default)]
    pub(super) id: String,
    /// How many approvals.
    #[serde(default)]
    pub(super) required: String,
    /// Whether members of the groups above count.
    #[serde(default)]
    pub(super) inherit: String,
}

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Press {
    /// Shows the form with what was typed.
    Look,
    /// Saves it.
    Save,
    /// Adds a party to a list.
    Add(List, Principal),
    /// Takes an entry out of a list.
    Drop(Spot),
    /// Asks who is to take the place of an entry.
    Replace(Spot),
    /// Leaves the entry as it is that was to be replaced.
    Keep,
    /// Puts a party in the place of an entry.
    Put(Spot, Principal),
}

/// An entry that a button is about: where it stood on the page with the button, and whom it names. Buttons that are pressed
/// quickly are taken one after the other, and each may move what the next is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    list: List,
    at: usize,
    party: Principal,
}

impl Spot {
    fn parse(words: [&str; 3]) -> Option<Spot> {
        let [in_list, at, party] = words;
        Some(Spot { list: list(in_list)?, at: at.parse().ok()?, party: Principal::parse(party)? })
    }
}

impl Press {
    /// Reads what a button sends; what is none only looks.
    pub(super) fn parse(text: &str) -> Press {
        let words: Vec<&str> = text.split(' ').collect();
        let read = match words.as_slice() {
            ["save"] => Some(Press::Save),
            ["keep"] => Some(Press::Keep),
            ["add", at, party] => list(at).zip(Principal::parse(party)).map(|(at, party)| Press::Add(at, party)),
            ["drop", at, index, party] => Spot::parse([at, index, party]).map(Press::Drop),
            ["replace", at, index, party] => Spot::parse([at, index, party]).map(Press::Replace),
            ["put", at, index, old, party] => {
                let spot = Spot::parse([at, index, old]);
                spot.zip(Principal::parse(party)).map(|(spot, party)| Press::Put(spot, party))
            }
            _ => None,
        };
        read.unwrap_or(Press::Look)
    }
}

/// A list by the name of its fields.
pub(super) fn list(text: &str) -> Option<List> {
    match text {
        "deploy" => Some(List::Deploy),
        "rules" => Some(List::Rules),
        _ => None,
    }
}

/// The name of a list's fields.
pub(super) fn key(list: List) -> &'static str {
    match list {
        List::Deploy => "deploy",
        List::Rules => "rules",
    }
}

impl Fields {
    /// Does what a button does to what was typed.
    pub(super) fn press(&mut self, press: Press) {
        for entries in [&mut self.deploy, &mut self.rules] {
            entries.retain(|e| Principal::parse(&e.party).is_some());
            entries.truncate(MOST);
        }
        self.replacing = match press {
            Press::Look => std::mem::take(&mut self.replacing),
            Press::Replace(spot) => {
                self.find(spot).map(|index| format!("{} {index}", key(spot.list))).unwrap_or_default()
            }
            _ => String::new(),
        };
        match press {
            Press::Look | Press::Save | Press::Keep | Press::Replace(_) => {}
            Press::Add(list, party) => self.add(list, party),
            Press::Drop(spot) => {
                if let Some(index) = self.find(spot) {
                    self.entries(spot.list).remove(index);
                }
            }
            Press::Put(spot, party) => {
                if let Some(entry) = self.find(spot).and_then(|index| self.entries(spot.list).get_mut(index)) {
                    entry.party = party.to_string();
                }
                self.search(spot.list).clear();
            }
        }
    }

    /// Where the entry is now that a button is about, if it is still there.
    fn find(&mut self, spot: Spot) -> Option<usize> {
        let entries = self.entries(spot.list);
        let named = |entry: &EntryFields| Principal::parse(&entry.party) == Some(spot.party);
        if entries.get(spot.at).is_some_and(named) { Some(spot.at) } else { entries.iter().position(named) }
    }

    fn add(&mut self, list: List, party: Principal) {
        let entries = self.entries(list);
        if entries.len() < MOST && entries.iter().all(|e| Principal::parse(&e.party) != Some(party)) {
            entries.push(EntryFields { party: party.to_string(), required: "1".to_owned(), ..EntryFields::default() });
        }
        self.search(list).clear();
    }

    fn entries(&mut self, list: List) -> &mut Vec<EntryFields> {
        match list {
            List::Deploy => &mut self.deploy,
            List::Rules => &mut self.rules,
        }
    }

    fn search(&mut self, list: List) -> &mut String {
        match list {
            List::Deploy => &mut self.deploy_search,
            List::Rules => &mut self.rules_search,
        }
    }

    /// The protection that was put together, and what of it is no number.
    pub(super) fn draft(&self) -> (Draft, Option<String>) {
        let mut problem = None;
        let mut number = |text: &str, otherwise: i64| match text.trim() {
            "" => otherwise,
            text => text.parse().unwrap_or_else(|_| {
                let why = format!("“{text}” is no number of approvals: write a whole number, in digits.");
                problem.get_or_insert(why);
                otherwise
            }),
        };
        let deploy = entries(&self.deploy, &mut number);
        let rules = entries(&self.rules, &mut number);
        let count = number(&self.count, 0);
        let run = RunAfterApproval::parse(&self.run).unwrap_or_default();
        let name = self.name.trim().to_owned();
        (Draft { name, deploy, rules, required_approval_count: count, run_after_approval: run }, problem)
    }
}

/// The entries of a list; those that name nothing are left out.
fn entries(fields: &[EntryFields], number: &mut impl FnMut(&str, i64) -> i64) -> Vec<DraftEntry> {
    let entry = |of: &EntryFields| {
        Some(DraftEntry {
            id: of.id.parse().ok().map(EntryId),
            principal: Principal::parse(&of.party)?,
            inheritance: if of.inherit.is_empty() { Inheritance::Direct } else { Inheritance::Inherited },
            required_approvals: number(&of.required, 1),
        })
    };
    fields.iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::ids::{GroupId, UserId};

    #[test]
    fn buttons_are_read_as_pages_write_them() {
        let (group, user) = (Principal::Group(GroupId(5)), Principal::User(UserId(4)));
        let rows = [
            ("save", Press::Save),
            ("look", Press::Look),
            ("", Press::Look),
            ("add deploy group:5", Press::Add(List::Deploy, group)),
            ("drop rules 2 group:5", Press::Drop(Spot { list: List::Rules, at: 2, party: group })),
            ("replace rules 0 group:5", Press::Replace(Spot { list: List::Rules, at: 0, party: group })),
            ("put deploy 1 group:5 user:4", Press::Put(Spot { list: List::Deploy, at: 1, party: group }, user)),
            ("add neither group:5", Press::Look),
            ("drop rules 2", Press::Look),
            ("drop rules -1 group:5", Press::Look),
            ("save it", Press::Look),
        ];
        for (text, expected) in rows {
            assert_eq!(Press::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn parties_come_once_go_and_are_replaced_in_place() {
        let mut fields = Fields { rules_search: "sec".to_owned(), ..Fields::default() };
        for party in ["group:5", "group:5", "user:4"] {
            fields.press(Press::parse(&format!("add rules {party}")));
        }
        assert_eq!((fields.rules.len(), fields.rules_search.as_str()), (2, ""));
        fields.rules[0].id = "7".to_owned();
        fields.rules[0].required = "2".to_owned();
        for (press, expected) in [
            ("replace rules 0 group:5", "rules 0"),
            ("keep", ""),
            ("replace rules 9 group:5", "rules 0"),
            ("look", "rules 0"),
        ] {
            fields.press(Press::parse(press));
            assert_eq!(fields.replacing, expected, "{press}");
        }
        fields.press(Press::parse("put rules 0 group:5 role:40"));
        fields.press(Press::parse("drop rules 0 group:5"));
        fields.press(Press::parse("drop rules 1 user:4"));
        let (draft, problem) = fields.draft();
        assert_eq!((problem, draft.rules.len(), fields.replacing.as_str()), (None, 1, ""));
        assert_eq!((draft.rules[0].id, draft.rules[0].required_approvals), (Some(EntryId(7)), 2));
        assert_eq!(draft.rules[0].principal.to_string(), "role:40");
    }

    #[test]
    fn a_button_takes_out_whom_it_names_though_others_went_before() {
        let mut fields = Fields::default();
        for press in ["add rules group:5", "add rules user:4", "add rules role:40"] {
            fields.press(Press::parse(press));
        }
        // All three were pressed on one page; the second of them twice.
        for press in ["drop rules 0 group:5", "drop rules 1 user:4", "drop rules 1 user:4"] {
            fields.press(Press::parse(press));
        }
        let left: Vec<&str> = fields.rules.iter().map(|entry| entry.party.as_str()).collect();
        assert_eq!(left, ["role:40"]);
    }

    #[test]
    fn what_is_no_number_is_told() {
        let entry = EntryFields { party: "group:5".to_owned(), required: "two".to_owned(), ..EntryFields::default() };
        let fields = Fields { rules: vec![entry], count: "9999999999999999999999".to_owned(), ..Fields::default() };
        let (_, problem) = fields.draft();
        assert_eq!(problem.as_deref(), Some("“two” is no number of approvals: write a whole number, in digits."));
    }
}
