//! Parameters as the rules know them.

use crate::reply::ApiError;
use countersign_app::script::Variable;
use countersign_domain::access::{Level, Visibility};
use countersign_domain::settings::FeatureAccess;
use countersign_domain::time::{Date, Timestamp};
use countersign_wire::pipeline::{PipelineVariable, VariableType};
use countersign_wire::project as wire;
use countersign_wire::sort::Sort;
use countersign_wire::visibility::Visibility as WireVisibility;

/// A level by its number.
pub(crate) fn level(name: &str, number: i64) -> Result<Level, ApiError> {
    Level::from_number(number).ok_or_else(|| ApiError::parameters(&[format!("{name} does not have a valid value")]))
}

/// A level by its number, if one was sent.
pub(crate) fn level_opt(name: &str, number: Option<i64>) -> Result<Option<Level>, ApiError> {
    number.map(|n| level(name, n)).transpose()
}

/// A day; nothing for an empty text.
pub(crate) fn day(name: &str, text: Option<&str>) -> Result<Option<Date>, ApiError> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    let invalid = || ApiError::parameters(&[format!("{name} is invalid: use YYYY-MM-DD, such as 2026-11-21")]);
    Date::parse(text).map(Some).ok_or_else(invalid)
}

/// A point in time; nothing for an empty text.
pub(crate) fn moment(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    let invalid = || ApiError::parameters(&[format!("{name} is invalid: use ISO 8601, such as 2026-11-21T09:30:00Z")]);
    Timestamp::parse(text).map(Some).ok_or_else(invalid)
}

/// A visibility.
pub(crate) fn visibility(of: WireVisibility) -> Visibility {
    match of {
        WireVisibility::Private => Visibility::Private,
        WireVisibility::Internal => Visibility::Internal,
        WireVisibility::Public => Visibility::Public,
    }
}

/// Whether the highest come first.
pub(crate) fn descending(sort: Option<Sort>, otherwise: bool) -> bool {
    sort.map_or(otherwise, |s| s == Sort::Desc)
}

/// For whom a part of a project is there.
pub(crate) fn access(of: wire::FeatureAccess) -> FeatureAccess {
    match of {
        wire::FeatureAccess::Disabled => FeatureAccess::Disabled,
        wire::FeatureAccess::Private => FeatureAccess::Private,
        wire::FeatureAccess::Enabled => FeatureAccess::Enabled,
    }
}

/// The number of rows of a list.
pub(crate) fn total(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or_default()
}

/// Variables given for a pipeline or a job.
pub(crate) fn variables(given: Option<Vec<PipelineVariable>>) -> Vec<Variable> {
    let variable = |of: PipelineVariable| {
        let file = of.variable_type == Some(VariableType::File);
        Variable { key: of.key, value: of.value, file, ..Variable::default() }
    };
    given.unwrap_or_default().into_iter().map(variable).collect()
}
