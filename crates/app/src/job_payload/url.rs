//! Where the environment of a job can be seen, by what its configuration says.

use super::Found;
use super::variables::over_predefined;
use crate::options::Options;
use crate::predefined::{self, Facts};
use crate::script::{Variable, expanded, value};
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
    all.extend(over_predefined(&of.script, of.left.variables.iter().chain(own), &of.given, Some(&names)));
    all.iter_mut().filter(|variable| variable.masked || variable.file).for_each(|variable| variable.value.clear());
    let values = expanded(&all);
    settled_url(&ci::expand(&written, &|key| value(&values, key))).map(str::to_owned)
}
