//! A job's `environment`.

use crate::keyword::ENVIRONMENT;
use crate::place::{Place, shown};
use crate::plan::{Action, EnvironmentPlan};
use crate::report::Report;
use crate::values;
use crate::yaml::node::{Kind, Node};

/// Longest name and URL, in characters.
const MAX_CHARS: usize = 255;
/// The deployment tiers.
const TIERS: [&str; 5] = ["production", "staging", "testing", "development", "other"];

/// An environment given by name or as a mapping.
pub(crate) fn read(node: &Node, place: Place<'_>, report: &mut Report) -> Option<EnvironmentPlan> {
    let Kind::Mapping(entries) = &node.kind else {
        let name = name(node, place, report)?;
        return Some(EnvironmentPlan { name, url: None, action: Action::Start, deployment_tier: None });
    };
    let mut found_name = None;
    let mut plan = EnvironmentPlan { name: String::new(), url: None, action: Action::Start, deployment_tier: None };
    for entry in entries {
        let (at, value) = (place.at(&entry.key), &entry.value);
        match &*entry.key {
            "name" => found_name = Some(name(value, at, report)),
            "url" => plan.url = url(value, at, report),
            "action" => plan.action = action(value, at, report).unwrap_or(Action::Start),
            "deployment_tier" => plan.deployment_tier = tier(value, at, report),
            _ => ENVIRONMENT.refuse(entry, place, report),
        }
    }
    if found_name.is_none() {
        report.error(node.at, format!("`{place}` needs a `name`"));
    }
    plan.name = found_name??;
    Some(plan)
}

fn name(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let name = values::text(node, place, report)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_/${}. ".contains(c);
    let problem = if name.trim().is_empty() {
        "must not be empty".to_owned()
    } else if name.chars().nth(MAX_CHARS).is_some() {
        format!("must have at most {MAX_CHARS} characters")
    } else if !name.chars().all(allowed) {
        "may contain only letters, digits, spaces and `-`, `_`, `/`, `$`, `{`, `}`, `.`".to_owned()
    } else if name.starts_with('/') || name.ends_with('/') {
        "must not start or end with `/`".to_owned()
    } else {
        return Some(name.to_owned());
    };
    report.error(node.at, format!("`{place}` names the environment `{}`; the name {problem}", shown(name)));
    None
}

fn url(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let url = values::text(node, place, report)?;
    if url.chars().nth(MAX_CHARS).is_some() {
        report.error(node.at, format!("`{place}` must have at most {MAX_CHARS} characters"));
        return None;
    }
    Some(url.to_owned())
}

fn action(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Action> {
    let word = values::text(node, place, report)?;
    let action = Action::ALL.into_iter().find(|action| action.as_str() == word);
    if action.is_none() {
        values::refuse_word(node, place, word, &Action::ALL.map(Action::as_str), report);
    }
    action
}

fn tier(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let tier = values::text(node, place, report)?;
    // With variables in it, only their values decide.
    if !tier.contains('$') && !TIERS.contains(&tier) {
        values::refuse_word(node, place, tier, &TIERS, report);
        return None;
    }
    Some(tier.to_owned())
}
