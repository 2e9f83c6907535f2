//! Which operations there are, with which parameters, from the OpenAPI document.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

/// The parameters of each operation, by `METHOD path` below `/api/v4`.
pub(super) type Routes = BTreeMap<String, BTreeMap<String, Effect>>;

/// What a parameter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// What it is for.
    Works,
    /// It is accepted, but changes nothing.
    Accepted,
    /// Only the value that changes nothing is accepted.
    Refused,
}

/// How the description of a parameter begins that has no effect.
const MARKS: [(&str, Effect); 6] = [
    ("Kept for clients", Effect::Accepted),
    ("Accepted", Effect::Accepted),
    ("Without effect", Effect::Accepted),
    ("Only null", Effect::Refused),
    ("Not accepted", Effect::Refused),
    ("Refused", Effect::Refused),
];

/// Reads the document.
///
/// # Errors
/// It is no OpenAPI document.
pub(super) fn read(document: &str) -> Result<Routes> {
    let document: Value = serde_json::from_str(document).context("the OpenAPI document is no JSON")?;
    let paths = document["paths"].as_object().context("the OpenAPI document has no paths")?;
    let mut routes = Routes::new();
    for (path, item) in paths {
        let path = path.strip_prefix("/api/v4").unwrap_or(path);
        for (method, operation) in item.as_object().into_iter().flatten().filter(|(key, _)| *key != "parameters") {
            let mut found = BTreeMap::new();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let parameter = resolved(&document, parameter);
                if parameter["in"] == "query" {
                    note(&mut found, parameter["name"].as_str().unwrap_or_default(), parameter);
                }
            }
            fields(&document, &operation["requestBody"]["content"]["application/json"]["schema"], &mut found);
            routes.insert(format!("{} {path}", method.to_uppercase()), found);
        }
    }
    Ok(routes)
}

/// The fields of a schema, through references and parts.
fn fields(document: &Value, schema: &Value, found: &mut BTreeMap<String, Effect>) {
    let schema = resolved(document, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fields(document, part, found);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        note(found, name, field);
    }
}

fn note(found: &mut BTreeMap<String, Effect>, name: &str, described: &Value) {
    let in_choice = || ["oneOf", "anyOf"].iter().find_map(|kind| described[kind][0]["description"].as_str());
    let description = described["description"].as_str().or_else(in_choice).unwrap_or_default();
    let mark = MARKS.iter().find(|(mark, _)| description.starts_with(mark));
    found.insert(name.to_owned(), mark.map_or(Effect::Works, |(_, effect)| *effect));
}

fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let place = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    place.and_then(|place| document.pointer(place)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::{Effect, read};

    #[test]
    fn parameters_come_from_queries_and_bodies() {
        let document = r##"{"paths": {"/api/v4/a": {"parameters": [{"name": "x", "in": "query"}], "put": {
            "parameters": [{"name": "q", "in": "query"}, {"name": "id", "in": "path"}, {"$ref": "#/components/p/page"}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/s"}}}}}}},
            "components": {"p": {"page": {"name": "page", "in": "query"}}, "s": {"allOf": [{"properties": {
            "kept": {"oneOf": [{"description": "Kept for clients."}]}, "null": {"description": "Only null."}}}]}}}"##;
        let routes = read(document).unwrap_or_else(|why| panic!("{why:#}"));
        let found: Vec<_> = routes["PUT /a"].iter().map(|(name, effect)| (name.as_str(), *effect)).collect();
        let expected =
            [("kept", Effect::Accepted), ("null", Effect::Refused), ("page", Effect::Works), ("q", Effect::Works)];
        assert_eq!((found, routes.len()), (expected.to_vec(), 1));
    }
}
