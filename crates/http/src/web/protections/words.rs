//! What the rules say about protections, in the words of the pages.

use crate::reply::ApiError;
use crate::web::error::told;
use countersign_app::protections::{Electors, List, Party};
use countersign_domain::protection::{Condition, Principal, Warning};

/// The names that REST has for the parts of a protection, and what the form calls them.
const CALLED: [(&str, &str); 9] = [
    ("deploy_access_levels.user_id", "person who is allowed to deploy"),
    ("deploy_access_levels.group_id", "group that is allowed to deploy"),
    ("approval_rules.user_id", "approver"),
    ("approval_rules.group_id", "approving group"),
    ("approval_rules.required_approvals", "number of required approvals of each approver"),
    ("deploy_access_levels", "list “Allowed to deploy”"),
    ("approval_rules", "list “Approvers”"),
    ("required_approval_count", "number of required approvals"),
    ("The name", "The environment’s name"),
];

/// Why something was not saved.
pub(super) fn problem(why: &ApiError) -> String {
    if why.body().get("code").is_some_and(|code| code == "protection.exists") {
        return "This is protected already. Change that protection, or unprotect it first.".to_owned();
    }
    CALLED.iter().fold(told(why), |text, (name, called)| text.replace(name, called))
}

/// So many people.
pub(super) fn people(count: usize) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

fn approvals(count: u32) -> String {
    if count == 1 { "1 approval".to_owned() } else { format!("{count} approvals") }
}

/// What is odd about a protection. That nobody can approve for whoever is gone goes without saying.
pub(super) fn warnings(of: &[Warning]) -> Vec<String> {
    let gone = |name: &String| {
        of.contains(&Warning::Orphaned(name.clone())) || of.contains(&Warning::NotAssignable(name.clone()))
    };
    let told = |warning: &&Warning| !matches!(warning, Warning::TooFewApprovers { rule, .. } if gone(rule));
    of.iter().filter(told).map(warning).collect()
}

fn warning(of: &Warning) -> String {
    match of {
        Warning::AdministratorsOnly => "Nobody is allowed to deploy: only administrators can.".to_owned(),
        Warning::Orphaned(name) => {
            format!("What “{name}” named was deleted. Nobody can stand for it, and it blocks until you replace it.")
        }
        Warning::NotAssignable(name) => {
            format!("“{name}” no longer has the access it needs here: it counts for nobody until it has.")
        }
        Warning::TooFewApprovers { rule, needed, eligible } => {
            let short = if *eligible == 0 { "nobody".to_owned() } else { format!("only {}", people(*eligible)) };
            format!("“{rule}” must give {}, but {short} can.", approvals(*needed))
        }
        Warning::TooFewDeployers { needed, allowed } => format!(
            "{} required, but {} allowed to deploy, and one of them may be who starts the deployment.",
            verb(&approvals(*needed), *needed as usize),
            verb(&people(*allowed), *allowed)
        ),
    }
}

fn verb(what: &str, count: usize) -> String {
    format!("{what} {}", if count == 1 { "is" } else { "are" })
}

/// Why an entry counts for nobody, if it does.
pub(super) fn broken(of: &Party, list: List) -> Option<String> {
    let nobody = match list {
        List::Deploy => "lets nobody deploy",
        List::Rules => "nobody can approve",
    };
    let what = match of.entry.principal {
        Principal::User(_) => "person",
        Principal::Group(_) | Principal::Role(_) => "group",
    };
    match of.condition {
        Condition::Sound => None,
        Condition::Orphaned => Some(format!("{what} deleted: {nobody}")),
        Condition::NotAssignable(_) => Some(format!("{what} without access: {nobody}")),
    }
}

/// How many can meet a demand for approvals.
pub(super) fn electorate(of: &Electors) -> String {
    let people = match of.electorate.people.len() {
        0 => "Nobody".to_owned(),
        count => people(count),
    };
    match &of.party {
        Some(party) => format!("{people} can approve for {party}"),
        None => format!("{people} can approve: those allowed to deploy"),
    }
}

/// What is left when one of them starts the deployment; nothing where they are too few anyway.
pub(super) fn left(of: &Electors) -> Option<String> {
    let (electorate, left) = (&of.electorate, of.electorate.left());
    let wanted = approvals(electorate.required);
    if !electorate.is_enough() {
        return None;
    }
    if electorate.starter_may_approve {
        return Some(format!("Whoever starts the deployment may approve it too: {} for {wanted}.", people(left)));
    }
    let remain = match left {
        0 => "nobody remains".to_owned(),
        1 => "1 remains".to_owned(),
        more => format!("{more} remain"),
    };
    let stuck = if electorate.can_spare_one() { "" } else { ", which is not enough" };
    Some(format!("If one of them starts the deployment, {remain} for {wanted}{stuck}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::ids::UserId;
    use countersign_domain::protection::Electorate;

    fn electors(people: i64, required: u32, starter_may_approve: bool) -> Electors {
        let people = (1..=people).map(UserId).collect();
        let electorate = Electorate { rule: None, required, people, starter_may_approve };
        Electors { party: Some("Security".to_owned()), electorate, people: None }
    }

    #[test]
    fn it_is_told_who_remains_when_one_of_them_starts_the_deployment() {
        let rows = [
            (electors(5, 2, false), Some("If one of them starts the deployment, 4 remain for 2 approvals.")),
            (electors(2, 1, false), Some("If one of them starts the deployment, 1 remains for 1 approval.")),
            (
                electors(1, 1, false),
                Some("If one of them starts the deployment, nobody remains for 1 approval, which is not enough."),
            ),
            (electors(2, 2, true), Some("Whoever starts the deployment may approve it too: 2 people for 2 approvals.")),
            (electors(1, 2, false), None),
        ];
        for (of, expected) in rows {
            assert_eq!(left(&of).as_deref(), expected);
        }
        assert_eq!(electorate(&electors(1, 1, false)), "1 person can approve for Security");
    }

    #[test]
    fn numbers_and_verbs_agree() {
        let rule = "QA".to_owned();
        let short = Warning::TooFewApprovers { rule, needed: 2, eligible: 1 };
        assert_eq!(warning(&short), "“QA” must give 2 approvals, but only 1 person can.");
        let gone = [Warning::Orphaned("QA".to_owned()), short.clone()];
        assert_eq!(warnings(&gone).len(), 1);
        let close = Warning::TooFewDeployers { needed: 1, allowed: 1 };
        let text = "1 approval is required, but 1 person is allowed to deploy, and one of them may be who starts the \
                    deployment.";
        assert_eq!(warning(&close), text);
    }
}
