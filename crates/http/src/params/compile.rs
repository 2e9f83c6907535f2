//! Turns the utoipa schema of a type into its [`Shape`], once per type.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, KnownFormat, SchemaFormat, SchemaType, Type};
use utoipa::openapi::schema::{Array, Object};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{Number, ToSchema};

use super::clearable::MARK;
use super::shape::{Field, Shape};

static SHAPES: LazyLock<RwLock<HashMap<TypeId, Arc<Shape>>>> = LazyLock::new(RwLock::default);

/// The shape of `T`.
pub(super) fn shape_of<T: ToSchema + 'static>() -> Arc<Shape> {
    let id = TypeId::of::<T>();
    if let Some(shape) = SHAPES.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
        return Arc::clone(shape);
    }
    let mut named = Vec::new();
    T::schemas(&mut named);
    let mut compiler = Compiler { named: named.into_iter().collect(), open: Vec::new() };
    let shape = Arc::new(compiler.shape(&T::schema()));
    SHAPES.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&shape));
    shape
}

struct Compiler {
    named: HashMap<String, RefOr<Schema>>,
    /// The references being followed: a type within itself is not checked any deeper.
    open: Vec<String>,
}

impl Compiler {
    fn shape(&mut self, schema: &RefOr<Schema>) -> Shape {
        match schema {
            RefOr::Ref(reference) => {
                let name = last_part(&reference.ref_location);
                let Some(target) = self.named.get(name).cloned().filter(|_| !self.open.iter().any(|o| o == name))
                else {
                    return Shape::Any;
                };
                self.open.push(name.to_owned());
                let shape = self.shape(&target);
                self.open.pop();
                shape
            }
            RefOr::T(schema) => self.inline(schema),
        }
    }

    fn inline(&mut self, schema: &Schema) -> Shape {
        match schema {
            Schema::Array(array) => self.list(array),
            Schema::Object(object) => self.object(object),
            Schema::OneOf(either) => self.either(&either.items),
            Schema::AnyOf(either) => self.either(&either.items),
            Schema::AllOf(all) => self.all(&all.items),
            _ => Shape::Any,
        }
    }

    fn list(&mut self, array: &Array) -> Shape {
        let of = match &array.items {
            ArrayItems::RefOrSchema(items) => self.shape(items),
            ArrayItems::False => Shape::Any,
        };
        Shape::List { of: Box::new(of), min: array.min_items.unwrap_or(0), max: array.max_items.unwrap_or(usize::MAX) }
    }

    fn either(&mut self, items: &[RefOr<Schema>]) -> Shape {
        let mut shapes: Vec<Shape> = items.iter().filter(|item| !is_null(item)).map(|item| self.shape(item)).collect();
        match shapes.len() {
            0 => Shape::Any,
            1 => shapes.swap_remove(0),
            _ => Shape::Either(shapes),
        }
    }

    /// Flattened structs arrive as several records: their names make one record.
    fn all(&mut self, items: &[RefOr<Schema>]) -> Shape {
        let (mut all, mut rest) = (Vec::new(), None);
        let items = items.iter().filter(|item| !is_description(item));
        let mut shapes: Vec<Shape> = items.map(|item| self.shape(item)).collect();
        if shapes.len() == 1 {
            return shapes.swap_remove(0);
        }
        for shape in shapes {
            let Shape::Record { fields, others } = shape else { return Shape::Any };
            all.extend(fields);
            rest = rest.or(others);
        }
        Shape::Record { fields: all, others: rest }
    }

    fn object(&mut self, object: &Object) -> Shape {
        let kinds: Vec<&Type> = match &object.schema_type {
            SchemaType::Type(kind) => vec![kind],
            SchemaType::Array(kinds) => kinds.iter().filter(|kind| **kind != Type::Null).collect(),
            SchemaType::AnyValue => Vec::new(),
        };
        let mut shapes: Vec<Shape> = kinds.into_iter().map(|kind| self.kind(kind, object)).collect();
        let shape = match shapes.len() {
            0 if object.properties.is_empty() => Shape::Any,
            0 => self.record(object),
            1 => shapes.swap_remove(0),
            _ => Shape::Either(shapes),
        };
        match &object.enum_values {
            Some(values) => {
                let values = values.iter().filter(|value| !value.is_null()).cloned().collect();
                Shape::Choice { of: Box::new(shape), values }
            }
            None => shape,
        }
    }

    fn kind(&mut self, kind: &Type, object: &Object) -> Shape {
        match kind {
            Type::String => text(object),
            Type::Integer => integer(object),
            Type::Number => Shape::Number {
                min: object.minimum.as_ref().map_or(f64::MIN, float),
                max: object.maximum.as_ref().map_or(f64::MAX, float),
            },
            Type::Boolean => Shape::Boolean,
            Type::Object => self.record(object),
            Type::Array | Type::Null => Shape::Any,
        }
    }

    /// Required names come first, in the order of declaration, which the map of properties does not keep.
    fn record(&mut self, object: &Object) -> Shape {
        let optional = object.properties.keys().filter(|name| !object.required.contains(name));
        let names: Vec<&String> = object.required.iter().chain(optional).collect();
        let mut fields = Vec::new();
        for name in names {
            let Some(schema) = object.properties.get(name) else { continue };
            let clearable = self.is_clearable(schema);
            let required = !clearable && object.required.contains(name);
            fields.push(Field { name: name.clone(), required, clearable, shape: self.shape(schema) });
        }
        let others = match object.additional_properties.as_deref() {
            Some(AdditionalProperties::RefOr(schema)) => Some(self.shape(schema)),
            Some(AdditionalProperties::FreeForm(true)) => Some(Shape::Any),
            Some(AdditionalProperties::FreeForm(false)) => None,
            None => fields.is_empty().then_some(Shape::Any),
        };
        Shape::Record { fields, others: others.map(Box::new) }
    }

    fn is_clearable(&self, schema: &RefOr<Schema>) -> bool {
        let target = match schema {
            RefOr::Ref(reference) => self.named.get(last_part(&reference.ref_location)),
            inline => Some(inline),
        };
        let extensions = match target {
            Some(RefOr::T(Schema::Object(object))) => &object.extensions,
            Some(RefOr::T(Schema::OneOf(either))) => &either.extensions,
            Some(RefOr::T(Schema::AllOf(all))) => return all.items.iter().any(|item| self.is_clearable(item)),
            _ => return false,
        };
        extensions.as_ref().is_some_and(|all| all.contains_key(MARK))
    }
}

fn last_part(location: &str) -> &str {
    location.rsplit('/').next().unwrap_or(location)
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

/// Whether an item only adds words to the other: what the documentation of a field becomes.
fn is_description(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Object)
        && object.properties.is_empty() && object.additional_properties.is_none() && object.description.is_some())
}

fn text(object: &Object) -> Shape {
    match object.format {
        Some(SchemaFormat::KnownFormat(KnownFormat::Date)) => Shape::Date,
        Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)) => Shape::Time,
        _ => Shape::Text { min: object.min_length, max: object.max_length },
    }
}

fn integer(object: &Object) -> Shape {
    let (least, most) = match object.format {
        Some(SchemaFormat::KnownFormat(KnownFormat::Int32)) => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    Shape::Integer {
        min: object.minimum.as_ref().map_or(least, whole).max(least),
        max: object.maximum.as_ref().map_or(most, whole).min(most),
    }
}

fn whole(number: &Number) -> i64 {
    match number {
        Number::Int(value) => i64::try_from(*value).unwrap_or(i64::MAX),
        Number::UInt(value) => i64::try_from(*value).unwrap_or(i64::MAX),
        Number::Float(value) => *value as i64,
    }
}

fn float(number: &Number) -> f64 {
    match number {
        Number::Int(value) => *value as f64,
        Number::UInt(value) => *value as f64,
        Number::Float(value) => *value,
    }
}
