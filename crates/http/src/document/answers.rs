//! What any operation may answer besides what it is for, and in which forms it takes its parameters.

use serde_json::json;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AnyOf, Components, Schema};
use utoipa::openapi::{ContentBuilder, RefOr, Response};
use utoipa::{PartialSchema, ToSchema};

use super::shared;
use crate::path::Id;

/// The name of the schema that all refusals have in common.
const REFUSAL: &str = "Refusal";

/// What every operation may refuse.
const ALWAYS: [&str; 6] = ["400", "401", "403", "404", "429", "503"];
/// What one with parameters may refuse besides: those of a body count, whatever the method.
const WITH_PARAMETERS: [&str; 3] = ["408", "413", "415"];
/// What one that changes something may refuse besides.
const CHANGING: [&str; 1] = ["409"];
/// The refusals, with what they mean.
const REFUSALS: [(&str, &str); 11] = [
    ("400", "A parameter is missing, malformed or not acceptable"),
    ("401", "The token is missing, unknown, expired or revoked"),
    ("403", "Seen, but not allowed; or the token lacks the scope, or its owner is blocked"),
    ("404", "It does not exist, or may not be seen"),
    ("408", "The body did not arrive in time"),
    ("409", "It is there already, or was changed at the same moment"),
    ("413", "The body is too large"),
    ("415", "The body is in a form that is not understood"),
    ("422", "A user or group that cannot be named here"),
    ("429", "Too many requests; `Retry-After` says how long to wait"),
    ("503", "The server is too busy now; `Retry-After` says how long to wait"),
];
/// The forms that a body may have.
const FORMS: [&str; 2] = ["application/x-www-form-urlencoded", "multipart/form-data"];

/// Adds the schemas and replies that operations refer to.
pub(super) fn describe(components: &mut Components) {
    components.schemas.insert(Id::name().into_owned(), Id::schema());
    for schema in components.schemas.values_mut() {
        overlap(schema);
    }
    if let Ok(schema) = serde_json::from_value::<Schema>(refusal()) {
        components.schemas.insert(REFUSAL.to_owned(), RefOr::T(schema));
    }
    for (status, meaning) in REFUSALS {
        let body = ContentBuilder::new().schema(Some(shared::<Schema>("schemas", REFUSAL))).build();
        let reply = ResponseBuilder::new().description(meaning).content("application/json", body).build();
        components.responses.insert(status.to_owned(), RefOr::T(reply));
    }
}

/// What is shown in full or in part fits several of its shapes: whoever reads the full one may read it as a part.
fn overlap(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::OneOf(one)) = schema
        && one.items.iter().all(|item| matches!(item, RefOr::Ref(_)))
    {
        let any = AnyOf { items: one.items.clone(), description: one.description.clone(), ..AnyOf::new() };
        *schema = RefOr::T(Schema::AnyOf(any));
    }
}

/// A refusal in any of its shapes.
fn refusal() -> serde_json::Value {
    let reasons = json!({"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}});
    let text = |meaning: &str| json!({"type": "string", "description": meaning});
    json!({
        "type": "object",
        "description": "A refusal: `message` or `error` is there",
        "properties": {
            "message": {
                "oneOf": [{"type": "string"}, reasons],
                "description": "What was refused; by field where a field is to blame"
            },
            "error": text("What is wrong with the parameters, the token or the address"),
            "error_description": text("What is wrong with the token"),
            "scope": text("The scopes of which the token needs one"),
            "code": text("The stable code of the reason"),
        }
    })
}

/// Adds to the operations of an address what they have in common with all others.
pub(super) fn complete(item: &mut PathItem) {
    if let Some(get) = item.get.as_mut() {
        common(get, &[]);
    }
    for change in [&mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten() {
        common(change, &CHANGING);
    }
}

fn common(operation: &mut Operation, more: &[&str]) {
    refuse(operation, more);
    accept(operation);
    for (status, reply) in &mut operation.responses.responses {
        if let RefOr::T(reply) = reply {
            name(status, reply);
        }
    }
}

fn refuse(operation: &mut Operation, more: &[&str]) {
    let takes = operation.request_body.is_some() || operation.parameters.iter().flatten().any(in_query);
    let parameters = if takes { &WITH_PARAMETERS[..] } else { &[] };
    let replies = &mut operation.responses.responses;
    for status in ALWAYS.iter().chain(more).chain(parameters) {
        replies.entry((*status).to_owned()).or_insert_with(|| shared("responses", status));
    }
    // A route only names these; what they mean is the same everywhere.
    for status in ["409", "422"] {
        if let Some(RefOr::T(reply)) = replies.get(status)
            && reply.content.is_empty()
        {
            replies.insert(status.to_owned(), shared("responses", status));
        }
    }
}

fn in_query(parameter: &RefOr<utoipa::openapi::path::Parameter>) -> bool {
    let RefOr::T(parameter) = parameter else { return true };
    parameter.parameter_in == utoipa::openapi::path::ParameterIn::Query
}

/// Whatever is taken as JSON is taken as a form too.
fn accept(operation: &mut Operation) {
    let Some(RefOr::T(body)) = operation.request_body.as_mut() else { return };
    if let Some(json) = body.content.get("application/json").cloned() {
        body.content.extend(FORMS.map(|form| (form.to_owned(), json.clone())));
    }
}

/// Every reply has a description, as the specification asks.
fn name(status: &str, reply: &mut Response) {
    if reply.description.is_empty() {
        reply.description = match status {
            "201" => "Created or done",
            "202" => "Accepted",
            "204" => "Done; there is nothing to say",
            _ => "Done",
        }
        .to_owned();
    }
}
