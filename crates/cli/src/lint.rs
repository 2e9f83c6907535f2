//! `countersign lint`: says what is wrong with a `.gitlab-ci.yml`, before anybody pushes it.

mod work_tree;

use crate::args::LintArguments;
use crate::output;
use anyhow::Context;
use countersign_ci::{Diagnostic, Input, Lookup, MAX_FILE_BYTES, Reading, Repository, Severity, read_merged};
use serde_json::{Value, json};
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use work_tree::WorkTree;

/// What a configuration from standard input is called.
const USUAL: &str = ".gitlab-ci.yml";

/// Reads the file and prints what there is to say; the exit status is 1 if no pipeline could come of it.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn run(arguments: &LintArguments) -> anyhow::Result<ExitCode> {
    let (tree, path, text) = source(&arguments.file)?;
    let input = Input { path: &path, text: &text, repository: &tree, ..Input::of(&[]) };
    let (reading, merged) = read_merged(&input);
    let excerpt = |of: &Diagnostic| match of.file == path {
        true => of.excerpt(&text),
        false => match tree.file(&of.file) {
            Lookup::File(bytes) => of.excerpt(&bytes),
            _ => None,
        },
    };
    match arguments.json {
        true => output::line(format_args!("{:#}", as_json(&reading, merged.as_deref(), excerpt))),
        false => print(&path, &reading, excerpt),
    }
    Ok(if reading.plan.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The repository around the file, the file's path in it, and its text.
fn source(file: &Path) -> anyhow::Result<(WorkTree, String, Vec<u8>)> {
    if file == Path::new("-") {
        let here = std::env::current_dir().context("the present directory is not known")?;
        return Ok((WorkTree::around(&here), USUAL.into(), bounded(std::io::stdin()).context("nothing can be read")?));
    }
    let unreadable = || format!("{} cannot be read", file.display());
    let whole = file.canonicalize().with_context(unreadable)?;
    let text = std::fs::File::open(&whole).and_then(bounded).with_context(unreadable)?;
    let tree = WorkTree::around(whole.parent().unwrap_or(Path::new("/")));
    let path = whole.strip_prefix(tree.root()).unwrap_or(&whole).to_string_lossy().into_owned();
    Ok((tree, path, text))
}

/// As much as can be a configuration, and a little more, which is then refused.
fn bounded(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    from.take(u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut text)?;
    Ok(text)
}

fn print(path: &str, reading: &Reading, excerpt: impl Fn(&Diagnostic) -> Option<String>) {
    for found in &reading.diagnostics {
        let Diagnostic { severity, file, line, column, message } = found;
        output::line(format_args!("{}: {message}\n  --> {file}:{line}:{column}", severity.as_str()));
        for line in excerpt(found).unwrap_or_default().lines() {
            output::line(format_args!("  {line}"));
        }
    }
    let count = |severity| reading.diagnostics.iter().filter(|found| found.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let warnings = several(warnings, "warning");
    match &reading.plan {
        Some(plan) => output::line(format_args!("{path} is valid: {}, {warnings}", several(plan.jobs.len(), "job"))),
        None => output::line(format_args!("{path} is not valid: {}, {warnings}", several(errors, "error"))),
    }
}

fn several(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// As the REST API tells it.
fn as_json(reading: &Reading, merged: Option<&str>, excerpt: impl Fn(&Diagnostic) -> Option<String>) -> Value {
    let told = |severity| {
        let chosen = reading.diagnostics.iter().filter(|found| found.severity == severity);
        chosen.map(ToString::to_string).collect::<Vec<_>>()
    };
    let diagnostic = |of: &Diagnostic| {
        let Diagnostic { severity, file, line, column, message } = of;
        json!({
            "severity": severity.as_str(), "file": file, "line": line, "column": column, "message": message,
            "excerpt": excerpt(of),
        })
    };
    let includes = reading.includes.iter().map(|file| json!({"location": file.path, "included_from": file.from}));
    let jobs = reading.plan.iter().flat_map(|plan| &plan.jobs);
    json!({
        "valid": reading.plan.is_some(),
        "errors": told(Severity::Error),
        "warnings": told(Severity::Warning),
        "diagnostics": reading.diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
        "merged_yaml": merged,
        "includes": includes.collect::<Vec<_>>(),
        "jobs": jobs.map(|job| json!({"name": job.name, "stage": job.stage, "needs": job.needs})).collect::<Vec<_>>(),
    })
}
