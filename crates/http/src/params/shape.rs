//! The shape parameters must have: what a schema says, reduced to what checking needs.

use serde_json::Value;

/// What one value must look like.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Anything.
    Any,
    /// Text, with its limits in characters.
    Text { min: Option<usize>, max: Option<usize> },
    /// A calendar day, `YYYY-MM-DD`.
    Date,
    /// A point in time, RFC 3339.
    Time,
    /// A 64-bit integer within bounds, both included.
    Integer { min: i64, max: i64 },
    /// A number within bounds, both included.
    Number { min: f64, max: f64 },
    /// True or false.
    Boolean,
    /// One of the listed values, each of which has the inner shape.
    Choice { of: Box<Shape>, values: Vec<Value> },
    /// A list.
    List { of: Box<Shape>, min: usize, max: usize },
    /// An object: known names, and the shape of all others if they are kept.
    Record { fields: Vec<Field>, others: Option<Box<Shape>> },
    /// The first alternative that fits.
    Either(Vec<Shape>),
}

/// One name of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) required: bool,
    /// `null` and `""` mean "empty it" instead of "not sent".
    pub(super) clearable: bool,
    pub(super) shape: Shape,
}

impl Shape {
    /// Whether an empty string is no value of this shape, and so counts as not sent.
    pub(super) fn ignores_blank(&self) -> bool {
        !matches!(self, Self::Any | Self::Text { .. } | Self::List { .. })
    }

    /// Whether a single text can stand for a value of this shape.
    pub(super) fn is_scalar(&self) -> bool {
        match self {
            Self::Record { .. } | Self::List { .. } | Self::Any => false,
            Self::Either(shapes) => shapes.iter().all(Self::is_scalar),
            _ => true,
        }
    }
}
