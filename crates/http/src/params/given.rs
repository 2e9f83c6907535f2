//! What a client gave, before anybody knows what it means.

use std::collections::HashMap;

use axum::http::Method;
use serde_json::{Map, Value};

use crate::reply::ApiError;

/// Deepest nesting of parameters.
pub(super) const MAX_DEPTH: usize = 32;
/// Most names and list elements, over all nesting levels.
pub(super) const MAX_KEYS: usize = 10_000;

/// Parameters by name. Later sources replace earlier ones.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The last value of each name.
    pub(super) values: Map<String, Value>,
    /// All values of the names that a form or query repeats without brackets (`scope=a&scope=b`).
    pub(super) repeats: HashMap<String, Vec<String>>,
    /// Whether the request only reads: an empty text is then no filter at all, as in GitLab's finders.
    pub(super) reads: bool,
    keys: usize,
}

impl Given {
    /// Nothing yet, of a request with that method.
    pub(super) fn of(method: &Method) -> Given {
        Given { reads: matches!(*method, Method::GET | Method::HEAD), ..Given::default() }
    }

    /// Counts names; fails when there are too many.
    pub(super) fn count(&mut self, more: usize) -> Result<(), ApiError> {
        self.keys += more;
        if self.keys > MAX_KEYS {
            return Err(ApiError::bad_request(format_args!("too many parameters (maximum is {MAX_KEYS})")));
        }
        Ok(())
    }

    /// Replaces names by those of a later source.
    pub(super) fn replace(&mut self, values: Map<String, Value>, repeats: HashMap<String, Vec<String>>) {
        for (name, value) in values {
            self.repeats.remove(&name);
            self.values.insert(name, value);
        }
        self.repeats.extend(repeats);
    }
}

/// The refusal of parameters that are nested too deeply.
pub(super) fn too_deep() -> ApiError {
    ApiError::bad_request(format_args!("parameters are nested too deeply (maximum is {MAX_DEPTH} levels)"))
}
