//! `stages` and a job's `stage`.

use crate::MAX_STAGES;
use crate::place::{Place, shown};
use crate::plan::JobPlan;
use crate::report::Report;
use crate::yaml::node::{Node, Position};
use crate::{suggest, values};

/// Runs before every other stage.
const PRE: &str = ".pre";
/// Runs after every other stage.
const POST: &str = ".post";
/// The stages of a file that has no `stages`.
const DEFAULT: [&str; 3] = ["build", "test", "deploy"];
/// The stage of a job that has no `stage`.
pub(crate) const DEFAULT_OF_JOB: &str = "test";
/// Longest name of a stage, in characters.
const MAX_CHARS: usize = 255;

/// The stages of a file, `.pre` first and `.post` last.
pub(crate) struct Stages(Vec<String>);

impl Stages {
    /// The stages of a file without `stages`.
    pub(crate) fn standard() -> Self {
        Self::around(DEFAULT.map(str::to_owned).to_vec())
    }

    /// Reads `stages`; what cannot be read is reported and left out.
    pub(crate) fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let place = Place::root("stages");
        let items = values::list(node, place, report)?;
        if items.len() > MAX_STAGES {
            report.error(node.at, format!("`stages` has {} entries; at most {MAX_STAGES} are allowed", items.len()));
            return None;
        }
        let mut names: Vec<String> = Vec::new();
        let mut whole = true;
        for item in items {
            match name(item, place, report) {
                None => whole = false,
                Some(PRE | POST) => {}
                Some(name) if names.iter().any(|known| known == name) => {
                    report.warning(
                        item.at,
                        format!("the stage `{}` is listed twice; the first place counts", shown(name)),
                    );
                }
                Some(name) => names.push(name.to_owned()),
            }
        }
        whole.then(|| Self::around(names))
    }

    /// Reports a stage that does not exist.
    pub(crate) fn check(&self, stage: &str, at: Position, place: Place<'_>, report: &mut Report) {
        if self.0.iter().any(|known| known == stage) {
            return;
        }
        let available: Vec<String> = self.0.iter().map(|name| shown(name)).collect();
        let (stage, available) = (shown(stage), available.join(", "));
        let hint = suggest::hint(&stage, self.0.iter().map(String::as_str));
        report.error(
            at,
            format!("`{place}`: the chosen stage `{stage}` does not exist; available stages are {available}{hint}"),
        );
    }

    /// Where a stage is in the order.
    pub(crate) fn position(&self, stage: &str) -> Option<usize> {
        self.0.iter().position(|known| known == stage)
    }

    /// The stages of the plan: `.pre` and `.post` only where used. Numbers the jobs' stages.
    pub(crate) fn place(self, jobs: &mut [JobPlan]) -> Vec<String> {
        let mut stages = self.0;
        stages.retain(|name| !is_edge(name) || jobs.iter().any(|job| job.stage == *name));
        for job in jobs {
            job.stage_index = stages.iter().position(|name| *name == job.stage).unwrap_or_default();
        }
        stages
    }

    fn around(mut names: Vec<String>) -> Self {
        names.insert(0, PRE.to_owned());
        names.push(POST.to_owned());
        Self(names)
    }
}

/// Whether this is `.pre` or `.post`.
pub(crate) fn is_edge(stage: &str) -> bool {
    stage == PRE || stage == POST
}

/// The name of a stage.
pub(crate) fn name<'n>(node: &'n Node, place: Place<'_>, report: &mut Report) -> Option<&'n str> {
    let name = values::text(node, place, report)?;
    if name.is_empty() || name.chars().nth(MAX_CHARS).is_some() || name.chars().any(char::is_control) {
        report.error(node.at, format!("`{place}`: a stage's name must have 1 to {MAX_CHARS} printable characters"));
        return None;
    }
    Some(name)
}
