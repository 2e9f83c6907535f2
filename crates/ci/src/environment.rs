//! A job's `environment`.

use crate::keyword::ENVIRONMENT;
use crate::place::{Place, shown};
use crate::plan::{Action, EnvironmentPlan};
use crate::report::Report;
use crate::yaml::node::{Entry, Kind, Node, Position};
use crate::{duration, values};

/// Longest name and URL, in characters.
const MAX_CHARS: usize = 255;
/// The deployment tiers.
const TIERS: [&str; 5] = ["production", "staging", "testing", "development", "other"];

/// What a job says of its environment, and where it names the job that stops it.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) plan: EnvironmentPlan,
    pub(crate) on_stop: Option<Position>,
}

/// An environment given by name or as a mapping.
pub(crate) fn read(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Written> {
    let mut written = Written::default();
    let Kind::Mapping(entries) = &node.kind else {
        written.plan.name = name(node, place, report)?;
        return Some(written);
    };
    let mut found_name = None;
    let plan = &mut written.plan;
    for entry in entries {
        let (at, value) = (place.at(&entry.key), &entry.value);
        match &*entry.key {
            "name" => found_name = Some(name(value, at, report)),
            "url" => plan.url = url(value, at, report),
            "action" => plan.action = action(value, at, report).unwrap_or(Action::Start),
            "deployment_tier" => plan.deployment_tier = tier(value, at, report),
            "on_stop" => {
                plan.on_stop = values::text(value, at, report).map(str::to_owned);
                written.on_stop = Some(value.at);
            }
            "auto_stop_in" => plan.auto_stop_in = auto_stop_in(value, at, report),
            _ => ENVIRONMENT.refuse(entry, place, report),
        }
    }
    check_effect(entries, plan.action, place, report);
    if found_name.is_none() {
        report.error(node.at, format!("`{place}` needs a `name`"));
    }
    plan.name = found_name??;
    Some(written)
}

/// Says so where something is written that the action makes nothing of.
fn check_effect(entries: &[Entry], action: Action, place: Place<'_>, report: &mut Report) {
    let (deploys, renews) = (action == Action::Start, !matches!(action, Action::Stop | Action::Verify));
    for (key, has_effect, wanted) in
        [("on_stop", deploys, "`start`"), ("auto_stop_in", renews, "`start`, `prepare` or `access`")]
    {
        if let Some(entry) = entries.iter().find(|entry| &*entry.key == key && !has_effect) {
            let at = place.at(key);
            report.warning(entry.at, format!("`{at}` has an effect only with the action {wanted}"));
        }
    }
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

/// Longest time after which an environment stops by itself, in seconds: ten years.
const LONGEST_LIFE: i64 = 10 * 366 * 24 * 3600;

/// What a span of time of at most ten years says, as in `auto_stop_in`, in seconds; 0 for `never`. `None` if it says nothing.
pub fn span_seconds(text: &str) -> Option<i64> {
    match text.trim() {
        "never" => Some(0),
        span => duration::parse(span).filter(|seconds| *seconds <= LONGEST_LIFE),
    }
}

fn auto_stop_in(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let text = values::text(node, place, report)?;
    // With variables in it, only their values decide.
    if !text.contains('$') && span_seconds(text).is_none() {
        let message = "must be a span of time of at most ten years, such as `1 day`, or `never`";
        report.error(node.at, format!("`{place}` {message}"));
        return None;
    }
    Some(text.to_owned())
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
