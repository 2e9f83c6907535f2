//! Where the environment of a job can be seen, by what its configuration says.

use super::Found;
use crate::options::Options;
use crate::predefined::{self, Facts};
use crate::script::Variable;
use countersign_ci as ci;
use countersign_domain::environment::settled_url;

/// The address with the values of the job's variables, and of those that it left itself (`own`); `None` if it says none, or
/// what it says is none. Others see it: values that are masked, and those of files, are no part of it.
pub(super) fn of_job(facts: &Facts<'_>, of: &Found, own: &[Variable]) -> Option<String> {
    // Jobs of before it was kept as written have it with its values only.
    let Some(written) = Options::read(&of.job.options).url else { return of.job.environment_url.clone() };
    let names = of.names(None)?;
    let mut all = predefined::of_pipeline(facts, &of.pipeline);
    all.extend(predefined::of_job(facts, &of.job));
    all.extend(predefined::of_environment(&names));
    let written_or_given = of.script.variables.iter().chain(&of.left.variables).chain(own).chain(&of.given);
    all.extend(written_or_given.cloned());
    all.extend(predefined::fixed(&names));
    all.iter_mut().filter(|variable| variable.masked || variable.file).for_each(|variable| variable.value.clear());
    let values = ci::expand_all(&all.iter().map(ci::Variable::from).collect::<Vec<_>>());
    let value = |key: &str| values.iter().rev().find(|v| v.key == key).map(|v| v.value.clone());
    settled_url(&ci::expand(&written, &value)).map(str::to_owned)
}
