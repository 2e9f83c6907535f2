//! What of a deployment a person decides on, as a short text: a page that is out of date can decide nothing.

use crate::reassess;
use countersign_domain::approval::{Summary, Verdict};
use countersign_domain::refusal::Refusal;
use countersign_domain::token;
use countersign_store::deployments::Case;
use std::fmt::Write;

/// How many bytes of each hash are shown: enough to tell versions of one deployment apart.
const BYTES: usize = 8;

/// The version of a deployment as it stands: what would ship and how it stands, its rules, its votes; a hash of each.
pub(crate) fn version(of: &Case, summary: &Summary) -> String {
    let [what, rules, votes] = parts(of, summary);
    format!("{what}.{rules}.{votes}")
}

/// Checks that what was shown to somebody is what there is. Whoever rejects need not know of all the votes.
///
/// # Errors
/// What has changed since.
pub(super) fn check(of: &Case, shown: &str, verdict: Verdict) -> Result<(), Refusal> {
    let now = parts(of, &Summary::of(&of.gate));
    let mut seen = shown.split('.');
    let same = now.map(|part| seen.next() == Some(part.as_str()));
    let stale = |what: &str| Err(Refusal::Stale(what.to_owned()));
    match (same, verdict) {
        ([true, true, true], _) | ([true, true, false], Verdict::Rejected) => Ok(()),
        ([false, ..], _) => stale(&format!("the deployment became {}", reassess::status_now(of).as_str())),
        ([_, false, _], _) => stale("the approval rules changed"),
        _ => stale("somebody else voted"),
    }
}

fn parts(of: &Case, summary: &Summary) -> [String; 3] {
    let deployment = &of.deployment;
    let what = format!("{} {} {}", deployment.id, deployment.sha, reassess::status_now(of).as_str());
    let mut rules = String::new();
    for rule in &summary.rules {
        // Writing to a string cannot fail.
        let _ = writeln!(
            rules,
            "{} {:?} {} {}",
            rule.id,
            rule.principal,
            rule.required,
            rule.orphaned || rule.unassignable
        );
    }
    for (required, _) in &summary.unified {
        let _ = writeln!(rules, "unified {required}");
    }
    let votes: Vec<String> = of.gate.votes.iter().map(|v| format!("{} {}", v.id, v.verdict.as_str())).collect();
    [mark(&what), mark(&rules), mark(&votes.join(","))]
}

fn mark(of: &str) -> String {
    token::hex(&token::hash(of)).chars().take(BYTES * 2).collect()
}
