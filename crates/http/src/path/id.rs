//! `:id` in a path: a number or a full path.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{Object, OneOf, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// How a client names a project, group or user in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Id {
    /// By number.
    Number(i64),
    /// By full path (or user name), decoded. Numbers beyond 64 bits end up here too, and match nothing.
    Path(String),
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits => Self::Number(number),
            _ => Self::Path(text.to_owned()),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Path(path) => path.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        let kinds = [Type::Integer, Type::String].map(|kind| RefOr::T(Schema::Object(Object::with_type(kind))));
        let description = Some("A number, or the URL-encoded full path".to_owned());
        RefOr::T(Schema::OneOf(OneOf { items: kinds.into(), description, ..OneOf::new() }))
    }
}

impl ToSchema for Id {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Id")
    }
}

impl From<Id> for countersign_app::authorize::Ref {
    fn from(id: Id) -> Self {
        match id {
            Id::Number(number) => Self::Id(number),
            Id::Path(path) => Self::Path(path),
        }
    }
}
