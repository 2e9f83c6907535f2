//! Lists, in all the forms clients write them.

use serde_json::{Map, Value};

use super::Check;
use crate::params::shape::Shape;

impl Check {
    /// A list, a comma list, a single value, or an object with numbers for names.
    pub(super) fn list(&mut self, of: &Shape, size: (usize, usize), value: Value, at: &str) -> Option<Value> {
        let Some(elements) = elements(of, value) else { return self.bad(at, "is invalid") };
        let before = self.problems.len();
        let mut result = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            let blank = element.as_str().is_some_and(|text| text.trim().is_empty()) && of.ignores_blank();
            if !element.is_null() && !blank {
                // A word that is none of those listed is the list's fault, as GitLab says it.
                let name = match of {
                    Shape::Choice { .. } => at.to_owned(),
                    _ => format!("{at}[{index}]"),
                };
                result.extend(self.fit(of, element, &name));
            }
        }
        if self.problems.len() > before {
            return None;
        }
        match result.len() {
            0 if size.0 > 0 => self.bad(at, "is empty"),
            few if few < size.0 => self.bad(at, &format!("is too short (minimum is {})", size.0)),
            many if many > size.1 => self.bad(at, &format!("is too long (maximum is {})", size.1)),
            _ => Some(Value::Array(result)),
        }
    }
}

/// The elements of a list, whatever its form. A list of nothing but `""` is how forms write an empty one.
fn elements(of: &Shape, value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(list) if list.len() == 1 && list.iter().all(|only| only == "") => Some(Vec::new()),
        Value::Array(list) => Some(list),
        Value::String(text) if text.trim().is_empty() => Some(Vec::new()),
        Value::String(text) if of.is_scalar() => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Some(parts.map(Value::from).collect())
        }
        Value::Object(map) => numbered(map, of),
        scalar if of.is_scalar() => Some(vec![scalar]),
        _ => None,
    }
}

/// `{"0": a, "1": b}` in the order of the numbers; an object without numbers is a single element.
fn numbered(map: Map<String, Value>, of: &Shape) -> Option<Vec<Value>> {
    if map.keys().all(|name| name.parse::<u32>().is_ok()) {
        let mut pairs: Vec<(u32, Value)> =
            map.into_iter().filter_map(|(name, value)| Some((name.parse().ok()?, value))).collect();
        pairs.sort_by_key(|(number, _)| *number);
        return Some(pairs.into_iter().map(|(_, value)| value).collect());
    }
    matches!(of, Shape::Record { .. }).then(|| vec![Value::Object(map)])
}
