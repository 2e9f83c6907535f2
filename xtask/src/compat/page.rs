//! The page that people read.

use std::fmt::Write;

use super::known::Known;
use super::verdict::{Judged, Verdict};

const HEAD: &str = "<!-- Written by `cargo xtask compat` from the routes and docs/compat.toml. Change those. -->

# Which of GitLab's REST v4 is here

For whoever wants to know whether their scripts, Terraform plans and client libraries work against Countersign as they are.
The calls are those that known clients make; what we have of each is read off our own routes, and checked with every change.

- **yes**: it is there, with every parameter that clients send.
- **partly**: it is there, but something is left out: *accepted* parameters are taken and kept, and change nothing; of
  *refused* ones only the value is taken that changes nothing; *ignored* ones are not looked at.
- **no**: it is not there, and answers 404.

";

/// The whole page.
pub(super) fn write(known: &Known, resources: &[Judged]) -> String {
    let mut page = HEAD.to_owned();
    page += &summary(resources);
    page += "\n## For all calls\n\n| What | | |\n|---|---|---|\n";
    for [what, there, note] in &known.general {
        line(&mut page, &format!("| {what} | {there} | {note} |"));
    }
    for resource in resources {
        section(&mut page, resource);
    }
    page += "\n## Where it differs on purpose\n\n";
    for [what, why] in &known.differences {
        line(&mut page, &format!("- {what} *Why:* {why}"));
    }
    page
}

fn summary(resources: &[Judged]) -> String {
    let mut table = "| | yes | partly | no |\n|---|---|---|---|\n".to_owned();
    let mut all = [0; 3];
    for resource in resources {
        let counts = ["yes", "partly", "no"].map(|word| resource.calls.iter().filter(|it| it.word() == word).count());
        all.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        let [yes, partly, no] = counts;
        line(&mut table, &format!("| [{}](#{}) | {yes} | {partly} | {no} |", resource.name, anchor(&resource.name)));
    }
    let [yes, partly, no] = all;
    line(&mut table, &format!("| all | {yes} | {partly} | {no} |"));
    table
}

/// The address of a heading on the page.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn section(page: &mut String, resource: &Judged) {
    line(page, &format!("\n## {}", resource.name));
    let (there, absent): (Vec<&Verdict>, Vec<&Verdict>) = resource.calls.iter().partition(|it| it.there);
    if !there.is_empty() {
        *page += "\n| Call | | Parameters |\n|---|---|---|\n";
    }
    for call in there {
        line(page, &format!("| `{}` | {} | {} |", call.name, call.word(), details(call)));
    }
    let mut reasons: Vec<&str> = Vec::new();
    for why in absent.iter().filter_map(|it| it.why.as_deref()) {
        if !reasons.contains(&why) {
            reasons.push(why);
        }
    }
    for why in reasons {
        let calls = absent.iter().filter(|it| it.why.as_deref() == Some(why));
        let names: Vec<String> = calls.map(|it| format!("`{}`", it.name)).collect();
        line(page, &format!("\n**no:** {}. {why}", names.join(", ")));
    }
}

/// What a call takes, and what is different.
fn details(call: &Verdict) -> String {
    let mut parts = Vec::new();
    // Every list has pages.
    let works: Vec<String> =
        call.works.iter().filter(|it| !["page", "per_page"].contains(&it.as_str())).cloned().collect();
    if !works.is_empty() {
        parts.push(names(&works));
    }
    for (what, list) in [("accepted", &call.accepted), ("refused", &call.refused)] {
        if !list.is_empty() {
            parts.push(format!("*{what}:* {}", names(list)));
        }
    }
    for (name, why) in &call.missing {
        parts.push(format!("*ignored:* `{name}` ({why})"));
    }
    parts.extend(call.why.clone());
    parts.join("; ")
}

fn names(list: &[String]) -> String {
    list.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ")
}

fn line(page: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{}", text.trim_end());
}
