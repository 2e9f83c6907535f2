//! Compares a plan with what gitlab-ci-local says.

use super::corpus_support::Commit;
use countersign_ci::{Inherit, JobPlan, Plan, read};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How the two differ, a line for each difference; and how many jobs both have.
pub(crate) fn differences(file: &Commit, answer: &Value) -> (Vec<String>, usize) {
    let reading = read(&file.input());
    let error = answer["error"].as_str();
    let Some(plan) = &reading.plan else {
        let first = reading.diagnostics.iter().find(|found| found.severity.as_str() == "error").expect("an error");
        let alone = error.is_none().then(|| format!("refused here only: {}", first.message));
        return (alone.into_iter().collect(), 0);
    };
    let mut found: Vec<String> = error.map(reasons).unwrap_or_default();
    let mut compared = 0;
    if answer["jobs"].is_array() {
        let (more, count) = compare(plan, answer);
        found.extend(more);
        compared = count;
    }
    (found, compared)
}

/// Why it refuses a file: all that its schema says, or the first line of the one thing it says otherwise.
fn reasons(message: &str) -> Vec<String> {
    let mut lines = message.lines().map(str::trim).filter(|line| !line.starts_with("parsing and downloads finished"));
    let schema: Vec<&str> =
        lines.clone().filter_map(|line| line.strip_prefix("• ")).filter(|line| line.contains("[#/")).collect();
    if schema.is_empty() {
        return vec![format!("refused there only: {}", lines.next().unwrap_or_default())];
    }
    schema.into_iter().map(|line| format!("refused by the schema there: {line}")).collect()
}

fn compare(plan: &Plan, answer: &Value) -> (Vec<String>, usize) {
    let mut found = Vec::new();
    let all = answer["jobs"].as_array().expect("a list");
    let mut theirs: BTreeMap<&str, &Value> = BTreeMap::new();
    for job in all.iter().filter(|job| job["when"] != "never") {
        theirs.insert(text(&job["name"]), job);
    }
    let names: BTreeSet<&str> = theirs.keys().copied().collect();
    let mut compared = 0;
    for job in &plan.jobs {
        let Some(other) = theirs.remove(name_there(job).as_str()) else {
            found.push(format!("{}: only here", job.name));
            continue;
        };
        compared += 1;
        let mut line = |what: &str, here: String, there: String| {
            if here != there {
                found.push(format!("{}: {what} is {here} here, {there} there", job.name));
            }
        };
        line("stage", job.stage.clone(), text(&other["stage"]).to_owned());
        line("when", job.when.as_str().to_owned(), text(&other["when"]).to_owned());
        line("allow_failure", allowed(job), allowed_there(&other["allow_failure"]));
        line("needs", needs(job, plan), needs_there(&other["needs"], &names));
        for (key, here, there) in variables(plan, job, answer, other) {
            line(&format!("variable {key}"), here, there);
        }
    }
    found.extend(theirs.keys().map(|name| format!("{name}: only there")));
    (found, compared)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The name of the job in the file: that of an instance has something behind it.
fn base(job: &JobPlan) -> &str {
    match job.parallel {
        Some((index, total)) => {
            let number = format!(" {index}/{total}");
            job.name.strip_suffix(&number).or(job.name.split(": [").next()).unwrap_or(&job.name)
        }
        None => &job.name,
    }
}

/// Instances are called otherwise there: `job: [1/3]` and `job: [a,b]`.
fn name_there(job: &JobPlan) -> String {
    match job.parallel {
        Some((index, total)) if job.name.ends_with(&format!(" {index}/{total}")) => {
            format!("{}: [{index}/{total}]", base(job))
        }
        Some(_) => job.name.replace(", ", ","),
        None => job.name.clone(),
    }
}

fn allowed(job: &JobPlan) -> String {
    match job.allowed_exit_codes.as_slice() {
        [] => job.allow_failure.to_string(),
        codes => format!("{codes:?}"),
    }
}

fn allowed_there(value: &Value) -> String {
    match &value["exit_codes"] {
        Value::Null => value.to_string(),
        Value::Array(codes) => format!("[{}]", codes.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")),
        code => format!("[{code}]"),
    }
}

/// Needs by the names of the file: of instances, all are needed there.
fn needs(job: &JobPlan, plan: &Plan) -> String {
    let Some(needs) = &job.needs else { return "null".to_owned() };
    let name = |need: &String| {
        plan.jobs.iter().find(|other| other.name == *need).map_or(need.clone(), |of| base(of).to_owned())
    };
    let names: BTreeSet<String> = needs.iter().map(name).collect();
    format!("{names:?}")
}

/// Needs without those that are optional and not there.
fn needs_there(needs: &Value, names: &BTreeSet<&str>) -> String {
    let Some(needs) = needs.as_array() else { return "null".to_owned() };
    let there = |name: &str| names.iter().any(|known| *known == name || known.starts_with(&format!("{name}: [")));
    let counts = |need: &&Value| need["optional"] != true || there(text(&need["job"]));
    let names: BTreeSet<&str> = needs.iter().filter(counts).map(|need| text(&need["job"])).collect();
    format!("{names:?}")
}

/// The variables whose values differ, but for those that instances and rules have: these it does not tell.
fn variables(plan: &Plan, job: &JobPlan, answer: &Value, other: &Value) -> Vec<(String, String, String)> {
    let config = &answer["config"];
    let written = &config[base(job)];
    let mut here: BTreeMap<String, String> = BTreeMap::new();
    let inherited = plan.variables.iter().filter(|variable| match &job.inherited_variables {
        Inherit::Only(names) => names.contains(&variable.key),
        _ => true,
    });
    for variable in inherited.chain(&job.variables) {
        let value = if variable.raw { variable.value.replace('$', "$$") } else { variable.value.clone() };
        here.insert(variable.key.clone(), value);
    }
    let mut there: BTreeMap<String, String> = BTreeMap::new();
    let inherit = &written["inherit"]["variables"];
    for (key, value) in pairs(&config["variables"]) {
        let named = inherit.as_array().is_none_or(|names| names.iter().any(|name| *name == key));
        if *inherit != false && named {
            there.insert(key, value);
        }
    }
    there.extend(pairs(&written["variables"]));
    let matrix: BTreeSet<String> = list(&written["parallel"]["matrix"]).flat_map(pairs).map(|(key, _)| key).collect();
    let rules = list(&other["rules"]).chain(list(&config["workflow"]["rules"]));
    let ruled: BTreeSet<String> = rules.flat_map(|rule| pairs(&rule["variables"])).map(|(key, _)| key).collect();
    let keys: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
    let counts = |key: &&String| !matrix.contains(*key) && !ruled.contains(*key);
    let shown = |of: Option<&String>| of.map_or("missing".to_owned(), |value| format!("{value:?}"));
    let both = keys.into_iter().filter(counts).map(|key| (key.clone(), shown(here.get(key)), shown(there.get(key))));
    both.filter(|(_, here, there)| here != there).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect()
}
