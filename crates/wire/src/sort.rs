//! The direction of a list, and its pages by key.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// The lowest first.
    Asc,
    /// The highest first.
    Desc,
}

/// Pages that begin behind the last row seen, not after a number of rows.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Keyset {
    /// `keyset` for pages that begin behind the last row seen: such a reply has a `Link` to the next page and no
    /// `X-` headers. Anything else is by number.
    pub pagination: Option<String>,
    /// Behind which row the page begins; taken from `Link`.
    pub cursor: Option<String>,
}
