//! A parameter that can be left alone, emptied or set.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use utoipa::__dev::ComposeSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{Object, OneOf, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The schema extension that tells `null` and absence apart.
pub(super) const MARK: &str = "x-clearable";

/// An optional parameter for which `null` or `""` means "empty it", unlike absence, which means "leave it".
///
/// Declare it as `#[serde(default)] #[schema(inline)] field: Clearable<T>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clearable<T> {
    /// Not sent: leave the value as it is.
    #[default]
    Absent,
    /// Sent as `null` or `""`: empty it.
    Cleared,
    /// Sent with a value.
    Set(T),
}

impl<T> Clearable<T> {
    /// The change asked for: none, or the new value, which may be empty.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Cleared => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }

    /// The value after the change, given the present one.
    pub fn or(self, present: Option<T>) -> Option<T> {
        self.change().unwrap_or(present)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Clearable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Cleared, Self::Set))
    }
}

// The derive macro of utoipa accepts generic types only by way of this trait, hidden as it is.
impl<T: ComposeSchema> ComposeSchema for Clearable<T> {
    fn compose(generics: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let mark = Extensions::from_iter([(MARK, true)]);
        match generics.into_iter().next().unwrap_or_else(|| T::compose(Vec::new())) {
            RefOr::T(Schema::Object(mut plain)) if plain.enum_values.is_none() && plain.properties.is_empty() => {
                if let SchemaType::Type(kind) = plain.schema_type {
                    plain.schema_type = SchemaType::from_iter([kind, Type::Null]);
                }
                plain.extensions.get_or_insert_default().merge(mark);
                RefOr::T(Schema::Object(plain))
            }
            other => {
                let null = RefOr::T(Schema::Object(Object::with_type(Type::Null)));
                let either = OneOf { items: vec![null, other], extensions: Some(mark), ..OneOf::new() };
                RefOr::T(Schema::OneOf(either))
            }
        }
    }
}

impl<T: ToSchema> ToSchema for Clearable<T>
where
    Self: PartialSchema,
{
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Clearable{}", T::name()))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}
