//! The environment a new job names: expanded with what is known now, checked, found or created.

use crate::environment_of::{self, Ensured};
use crate::flow::Flow;
use crate::script::{Variable, expanded, value};
use crate::{Failure, Result, predefined};
use countersign_ci as ci;
use countersign_domain::environment::{Tier, settled_url};
use countersign_domain::job::EnvironmentAction;
use countersign_store::environments::Environment;
use countersign_store::pipelines::Pipeline;

/// What became of the environment a job names.
pub(super) enum Found {
    /// It names none.
    None,
    /// It is not valid: the job fails, and never runs without an environment.
    Invalid,
    /// Here it is.
    Placed(Box<Placed>),
}

/// The environment of a new job.
pub(super) struct Placed {
    /// It.
    pub(super) environment: Environment,
    /// Where it can be seen, as far as that is known.
    pub(super) url: Option<String>,
    /// The tier asked for.
    pub(super) asked_tier: Option<Tier>,
    /// Whether that tier may not be stored.
    pub(super) tier_refused: bool,
    /// After how many seconds it stops by itself; 0 for never.
    pub(super) auto_stop_in: Option<i64>,
}

impl Found {
    /// The environment, if there is one.
    pub(super) fn placed(&self) -> Option<&Placed> {
        match self {
            Found::Placed(placed) => Some(placed),
            Found::None | Found::Invalid => None,
        }
    }
}

/// Expands what a job says of its environment, and finds or creates it.
pub(super) fn find(
    flow: &mut Flow<'_, '_>,
    pipeline: &Pipeline,
    named: &ci::EnvironmentPlan,
    variables: &[Variable],
) -> Result<Found> {
    let values = expanded(variables);
    let name = ci::expand(&named.name, &|key| value(&values, key));
    let asked_tier = match &named.deployment_tier {
        None => None,
        Some(text) => match Tier::parse(&ci::expand(text, &|key| value(&values, key))) {
            Some(tier) => Some(tier),
            None => return Ok(Found::Invalid),
        },
    };
    let auto_stop_in = match &named.auto_stop_in {
        None => None,
        Some(text) => match ci::span_seconds(&ci::expand(text, &|key| value(&values, key))) {
            Some(seconds) => Some(seconds),
            None => return Ok(Found::Invalid),
        },
    };
    let ensured = match environment_of::ensure(flow, pipeline.project_id, &name, asked_tier, pipeline.user_id) {
        Ok(ensured) => ensured,
        Err(Failure::Refused(_)) => return Ok(Found::Invalid),
        Err(other) => return Err(other),
    };
    let Ensured { environment, tier_refused } = ensured;
    // What it says may come of variables that are known only when the job runs, or has run.
    let url = named.url.as_ref().map(|url| address(url, &environment, named.action, &values, asked_tier));
    let url = url.and_then(|url| settled_url(&url).map(str::to_owned));
    Ok(Found::Placed(Box::new(Placed { environment, url, asked_tier, tier_refused, auto_stop_in })))
}

fn address(url: &str, at: &Environment, action: ci::Action, values: &[ci::Variable], asked: Option<Tier>) -> String {
    let names = predefined::Names {
        id: at.id.0,
        name: &at.name,
        slug: &at.slug,
        tier: asked.unwrap_or(at.tier),
        action: self::action(action),
        url: None,
    };
    let fixed = predefined::fixed(&names);
    let own = predefined::of_environment(&names);
    ci::expand(url, &|key| {
        let found = |all: &[Variable]| all.iter().find(|v| v.key == key).map(|v| v.value.clone());
        found(&fixed).or_else(|| value(values, key)).or_else(|| found(&own))
    })
}

/// What a job does with its environment, as the rules name it.
pub(super) fn action(of: ci::Action) -> EnvironmentAction {
    match of {
        ci::Action::Start => EnvironmentAction::Start,
        ci::Action::Stop => EnvironmentAction::Stop,
        ci::Action::Prepare => EnvironmentAction::Prepare,
        ci::Action::Access => EnvironmentAction::Access,
        ci::Action::Verify => EnvironmentAction::Verify,
    }
}
