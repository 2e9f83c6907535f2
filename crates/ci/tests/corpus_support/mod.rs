//! Reads the files of the corpus, and shows what was read from them.

use countersign_ci::{
    Changed, EnvironmentPlan, Inherit, Input, JobPlan, Lookup, Plan, Reading, Repository, Run, Variable, When,
};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// One file of the corpus, with what is around it.
pub(crate) struct Commit {
    /// What it is called.
    pub(crate) name: String,
    text: String,
    /// What the comments at its top say.
    pub(crate) known: BTreeMap<String, String>,
    /// Where its other files are.
    pub(crate) dir: PathBuf,
    /// The paths of the commit; of some, nothing else is known.
    pub(crate) paths: Vec<String>,
    /// The variables given to the pipeline.
    pub(crate) given: Vec<Variable>,
    /// Those that are always there.
    pub(crate) predefined: Vec<Variable>,
}

fn variable(key: &str, value: &str) -> Variable {
    Variable { key: key.into(), value: value.into(), raw: true }
}

impl Commit {
    /// All files, by name.
    pub(crate) fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
        let mut files: Vec<PathBuf> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "yml"));
        files.sort();
        files.iter().map(|path| Self::of(path)).collect()
    }

    fn of(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let known: BTreeMap<String, String> = text
            .lines()
            .map_while(|line| line.strip_prefix("# "))
            .filter_map(|line| line.split_once(": "))
            .map(|(word, value)| (word.to_owned(), value.to_owned()))
            .collect();
        let words = |name: &str| known.get(name).map(|value| value.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let dir = path.with_extension("d");
        let mut paths = words("files").unwrap_or_default();
        list(&dir, "", &mut paths);
        paths.push(".gitlab-ci.yml".into());
        paths.sort();
        let pairs = words("given").unwrap_or_default();
        let given =
            pairs.iter().map(|pair| pair.split_once('=').unwrap()).map(|(key, value)| variable(key, value)).collect();
        let mut commit = Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            text,
            known,
            dir,
            paths,
            given,
            predefined: Vec::new(),
        };
        commit.predefined = commit.predefined();
        commit
    }

    fn known(&self, word: &str) -> Option<&str> {
        self.known.get(word).map(String::as_str)
    }

    fn ref_name(&self) -> &str {
        self.known("tag").or(self.known("ref")).unwrap_or("main")
    }

    fn source(&self) -> &str {
        self.known("source").unwrap_or("push")
    }

    fn predefined(&self) -> Vec<Variable> {
        let kind = if self.known("tag").is_some() { "CI_COMMIT_TAG" } else { "CI_COMMIT_BRANCH" };
        vec![
            variable("CI", "true"),
            variable("CI_PIPELINE_SOURCE", self.source()),
            variable("CI_COMMIT_REF_NAME", self.ref_name()),
            variable("CI_DEFAULT_BRANCH", "main"),
            variable("CI_PROJECT_PATH", "acme/shop"),
            variable(kind, self.ref_name()),
        ]
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// As it is read.
    pub(crate) fn input(&self) -> Input<'_> {
        let run = Run {
            source: self.source(),
            ref_name: self.ref_name(),
            tag: self.known("tag").is_some(),
            project: "acme/shop",
        };
        Input {
            path: ".gitlab-ci.yml",
            text: self.text.as_bytes(),
            repository: self,
            predefined: &self.predefined,
            given: &self.given,
            secret: &[],
            run: self.known("lint").is_none().then_some(run),
        }
    }
}

fn list(dir: &Path, below: &str, into: &mut Vec<String>) {
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = format!("{below}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            list(&path, &format!("{name}/"), into);
        } else {
            into.push(name);
        }
    }
}

impl Repository for Commit {
    fn file(&self, path: &str) -> Lookup {
        fs::read(self.dir.join(path)).map_or(Lookup::Missing, Lookup::File)
    }

    fn content_id(&self, path: &str) -> Option<String> {
        self.paths.iter().any(|known| known == path).then(|| format!("id-of-{path}"))
    }

    fn paths(&self) -> Option<&[String]> {
        Some(&self.paths)
    }

    fn changed(&self, since: Option<&str>) -> Changed {
        let word = since.map_or("changed".to_owned(), |since| format!("since {since}"));
        match (self.known(&word), since) {
            (Some("unknown"), _) => Changed::Unknown,
            (Some(paths), _) => Changed::Paths(paths.split(' ').map(str::to_owned).collect()),
            (None, None) => Changed::Everything,
            (None, Some(_)) => Changed::NoSuchRef,
        }
    }
}

/// What was read, a line for each thing that is not as it is by default.
pub(crate) fn shown(reading: &Reading) -> String {
    let mut out = String::new();
    for found in &reading.diagnostics {
        let (severity, line, column) = (found.severity.as_str(), found.line, found.column);
        writeln!(out, "{severity} {}:{line}:{column} {}", found.file, found.message).unwrap();
    }
    for included in &reading.includes {
        writeln!(out, "included {} by {}", included.path, included.from).unwrap();
    }
    if let Some(plan) = &reading.plan {
        self::plan(&mut out, plan);
    }
    out
}

fn plan(out: &mut String, plan: &Plan) {
    if plan.unwanted {
        writeln!(out, "no pipeline is wanted").unwrap();
    }
    if let Some(name) = &plan.name {
        writeln!(out, "name {name:?}").unwrap();
    }
    writeln!(out, "stages {}", plan.stages.join(", ")).unwrap();
    variables(out, "", &plan.variables);
    for left in &plan.left_out {
        writeln!(out, "left out {:?}: {:?}", left.name, left.why).unwrap();
    }
    for job in &plan.jobs {
        self::job(out, job);
    }
}

fn variables(out: &mut String, indent: &str, variables: &[Variable]) {
    for Variable { key, value, raw } in variables {
        let raw = if *raw { " (raw)" } else { "" };
        writeln!(out, "{indent}{key}={value:?}{raw}").unwrap();
    }
}

fn job(out: &mut String, job: &JobPlan) {
    writeln!(out, "job {:?} in {} ({}:{})", job.name, job.stage, job.file, job.line).unwrap();
    let mut line = |what: &str, value: String| writeln!(out, "  {what} {value}").unwrap();
    for (what, script) in [
        ("pre_get_sources", &job.pre_get_sources),
        ("before_script", &job.before_script),
        ("script", &job.script),
        ("after_script", &job.after_script),
    ] {
        if !script.is_empty() {
            line(what, format!("{script:?}"));
        }
    }
    if job.when != When::OnSuccess {
        let wait = job.start_in.map(|seconds| format!(" after {seconds} s")).unwrap_or_default();
        line("when", format!("{}{wait}", job.when.as_str()));
    }
    if job.allow_failure {
        line("allow_failure", String::new());
    }
    if !job.allowed_exit_codes.is_empty() {
        line("allowed exit codes", format!("{:?}", job.allowed_exit_codes));
    }
    if let Some(retry) = &job.retry {
        line("retry", format!("{retry:?}"));
    }
    if let Some(timeout) = job.timeout {
        line("timeout", format!("{timeout} s"));
    }
    if let Some(needs) = &job.needs {
        line("needs", format!("{needs:?}"));
    }
    if let Some(files) = &job.files_from {
        line("gets the files of", format!("{files:?}"));
    }
    if let Some(artifacts) = &job.artifacts {
        line("leaves", format!("{artifacts:?}"));
    }
    for cache in &job.caches {
        line("cache", format!("{cache:?}"));
    }
    if !job.tags.is_empty() {
        line("tags", format!("{:?}", job.tags));
    }
    if let Inherit::Only(names) = &job.inherited_variables {
        line("inherits only the variables", format!("{names:?}"));
    }
    if let Some((index, total)) = job.parallel {
        line("is", format!("{index} of {total}"));
    }
    if let Some(image) = &job.image {
        line("image", format!("{image:?}"));
    }
    for service in &job.services {
        line("service", format!("{service:?}"));
    }
    if job.interruptible {
        line("interruptible", String::new());
    }
    if let Some(asked) = &job.manual_confirmation {
        line("manual_confirmation", asked.clone());
    }
    if let Some(group) = &job.resource_group {
        line("resource group", group.clone());
    }
    if let Some(environment) = &job.environment {
        line("environment", self::environment(environment));
    }
    variables(out, "  ", &job.variables);
}

fn environment(of: &EnvironmentPlan) -> String {
    format!("{of:?}")
}
