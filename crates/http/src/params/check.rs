//! Checks what was given against a [`Shape`], coercing on the way and collecting every problem.

mod list;

use serde_json::{Map, Value};

use super::given::Given;
use super::scalar;
use super::shape::{Field, Shape};

/// Most problems reported at once: enough to repair a request, too few to blow up the reply.
const MAX_PROBLEMS: usize = 50;
/// Longest part of a client's own name that is repeated in a problem, in characters.
const MAX_NAME: usize = 100;

/// Checks the parameters of a request; the result has exactly the names of the shape.
pub(super) fn decode(shape: &Shape, mut given: Given) -> Result<Value, Vec<String>> {
    if let Shape::Record { fields, .. } = shape {
        for field in fields.iter().filter(|field| matches!(field.shape, Shape::List { .. })) {
            if let Some(all) = given.repeats.remove(&field.name) {
                given.values.insert(field.name.clone(), Value::from(all));
            }
        }
    }
    let mut check = Check { reads: given.reads, ..Check::default() };
    let value = check.fit(shape, Value::Object(given.values), "");
    match (check.problems.is_empty(), value) {
        (true, Some(value)) => Ok(value),
        (true, None) => Err(vec!["parameters are invalid".to_owned()]),
        (false, _) => Err(check.problems),
    }
}

#[derive(Default)]
struct Check {
    problems: Vec<String>,
    reads: bool,
}

impl Check {
    /// Notes a problem; always nothing, so that callers can end with it.
    fn bad<T>(&mut self, at: &str, what: &str) -> Option<T> {
        let problem = format!("{at} {what}");
        if self.problems.len() < MAX_PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        None
    }

    /// The value in the given shape; nothing when it does not fit (a problem is noted then).
    fn fit(&mut self, shape: &Shape, value: Value, at: &str) -> Option<Value> {
        match shape {
            Shape::Any => self.any(value, at),
            Shape::Text { min, max } => self.text(value, *min, *max, at),
            Shape::Date => self.valid(scalar::date(&value), at),
            Shape::Time => self.valid(scalar::time(&value), at),
            Shape::Boolean => self.valid(scalar::boolean(&value), at),
            Shape::Integer { min, max } => {
                let number = scalar::integer(&value);
                self.within(number, number.is_some_and(|n| *min <= n && n <= *max), at)
            }
            Shape::Number { min, max } => {
                let number = scalar::number(&value);
                self.within(number, number.is_some_and(|n| *min <= n && n <= *max), at)
            }
            Shape::Choice { of, values } => {
                let value = self.fit(of, value, at)?;
                if values.contains(&value) { Some(value) } else { self.bad(at, "does not have a valid value") }
            }
            Shape::List { of, min, max } => self.list(of, (*min, *max), value, at),
            Shape::Record { fields, others } => self.record(fields, others.as_deref(), value, at),
            Shape::Either(shapes) => self.either(shapes, &value, at),
        }
    }

    fn valid<T: Into<Value>>(&mut self, value: Option<T>, at: &str) -> Option<Value> {
        match value {
            Some(value) => Some(value.into()),
            None => self.bad(at, "is invalid"),
        }
    }

    fn within<T: Into<Value>>(&mut self, value: Option<T>, inside: bool, at: &str) -> Option<Value> {
        match value {
            Some(_) if !inside => self.bad(at, "does not have a valid value"),
            other => self.valid(other, at),
        }
    }

    /// Databases cannot keep NUL characters in text, so none gets past this point.
    fn any(&mut self, value: Value, at: &str) -> Option<Value> {
        if holds_nul(&value) { self.bad(at, "is invalid (it contains a NUL character)") } else { Some(value) }
    }

    fn text(&mut self, value: Value, min: Option<usize>, max: Option<usize>, at: &str) -> Option<Value> {
        let Some(text) = scalar::text(value) else { return self.bad(at, "is invalid") };
        let length = text.chars().count();
        if let Some(min) = min.filter(|min| length < *min) {
            let short = format!("is too short (minimum is {min} characters)");
            return self.bad(at, if length == 0 { "is empty" } else { &short });
        }
        if let Some(max) = max.filter(|max| length > *max) {
            return self.bad(at, &format!("is too long (maximum is {max} characters)"));
        }
        self.any(Value::String(text), at)
    }

    fn either(&mut self, shapes: &[Shape], value: &Value, at: &str) -> Option<Value> {
        for shape in shapes {
            let mut trial = Check::default();
            if let (Some(fitted), true) = (trial.fit(shape, value.clone(), at), trial.problems.is_empty()) {
                return Some(fitted);
            }
        }
        self.bad(at, "is invalid")
    }

    fn record(&mut self, fields: &[Field], others: Option<&Shape>, value: Value, at: &str) -> Option<Value> {
        let Value::Object(mut given) = value else { return self.bad(at, "is invalid") };
        let before = self.problems.len();
        let mut result = Map::new();
        for field in fields {
            let value = given.get_mut(&field.name).map(Value::take);
            if let Some(value) = self.field(field, value, &below(at, &field.name)) {
                result.insert(field.name.clone(), value);
            }
        }
        let Some(shape) = others else { return (self.problems.len() == before).then_some(Value::Object(result)) };
        for (name, value) in given {
            if value.is_null() || result.contains_key(&name) || fields.iter().any(|field| field.name == name) {
                continue;
            }
            let at = below(at, &name);
            if name.contains('\0') {
                self.bad::<()>(&at.replace('\0', ""), "is invalid (its name contains a NUL character)");
            } else if let Some(value) = self.fit(shape, value, &at) {
                result.insert(name, value);
            }
        }
        (self.problems.len() == before).then_some(Value::Object(result))
    }

    fn field(&mut self, field: &Field, value: Option<Value>, at: &str) -> Option<Value> {
        let blank = value.as_ref().and_then(Value::as_str).is_some_and(|text| text.trim().is_empty());
        match value {
            Some(value) if field.clearable && (value.is_null() || value == "") => Some(Value::Null),
            None | Some(Value::Null) if field.required => self.bad(at, "is missing"),
            None | Some(Value::Null) => None,
            Some(_) if blank && field.shape.ignores_blank() && field.required => self.bad(at, "is empty"),
            Some(_) if blank && (self.reads || field.shape.ignores_blank()) && !field.required => None,
            Some(value) => self.fit(&field.shape, value, at),
        }
    }
}

/// The name of something inside `at`, as a form would write it.
fn below(at: &str, name: &str) -> String {
    let short: String = name.chars().take(MAX_NAME).collect();
    if at.is_empty() { short } else { format!("{at}[{short}]") }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(holds_nul),
        Value::Object(map) => map.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}
