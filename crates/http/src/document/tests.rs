//! What must hold of the document, whatever the routes are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(&crate::openapi()).unwrap()
}

fn references<'d>(value: &'d Value, found: &mut Vec<&'d str>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str));
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for reference in found {
        let place = reference.strip_prefix('#').expect("a place in the document");
        assert!(document.pointer(place).is_some(), "{reference}");
    }
}

#[test]
fn every_operation_says_what_it_refuses_and_which_bodies_it_takes() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|item| item.as_object().unwrap()).filter(|(key, _)| *key != "parameters");
    let mut bodies = 0;
    for (_, operation) in operations {
        let name = &operation["operationId"];
        let replies = operation["responses"].as_object().unwrap();
        for status in ["400", "401", "403", "404"] {
            assert!(replies.contains_key(status), "{name}: {status}");
        }
        for (status, reply) in replies {
            assert!(reply["$ref"].is_string() || reply["description"].is_string(), "{name}: {status}");
        }
        let Some(forms) = operation["requestBody"]["content"].as_object() else { continue };
        assert_eq!(forms.len(), 3, "{name}");
        assert!(replies.contains_key("415"), "{name}");
        bodies += 1;
    }
    assert!(bodies > 40, "{bodies}");
    let refusal = &document["components"]["schemas"]["Refusal"];
    assert!(refusal["properties"]["code"].is_object(), "{refusal}");
}
