//! What the OpenAPI document says of all routes alike: how clients prove who they are, how lists come in pages, what may
//! be refused.

mod answers;
#[cfg(test)]
mod tests;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Object, ObjectBuilder, OpenApi, Ref, RefOr, Required, Schema, Type};

/// Headers of a list, with what they mean. Those after the first are missing where pages go by keys.
const HEADERS: [(&str, Type, &str); 7] = [
    ("Link", Type::String, "The addresses of the previous, next, first and last page, as far as there are such"),
    ("X-Page", Type::Integer, "The number of this page"),
    ("X-Per-Page", Type::Integer, "Most rows of a page"),
    ("X-Next-Page", Type::String, "The number of the next page; empty on the last"),
    ("X-Prev-Page", Type::String, "The number of the page before; empty on the first"),
    ("X-Total", Type::Integer, "How many rows there are; missing above 10,000"),
    ("X-Total-Pages", Type::Integer, "How many pages there are; missing above 10,000 rows"),
];

/// Adds to a document what its routes have in common.
pub(crate) fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    document.security = Some(secure(components));
    describe(components);
    answers::describe(components);
    for item in document.paths.paths.values_mut() {
        item.parameters.get_or_insert_default().push(shared("parameters", "Sudo"));
        answers::complete(item);
        if let Some(list) = listing(item) {
            paginate(list);
        }
    }
}

/// The ways in which clients prove who they are; one of them, or none, suffices.
fn secure(components: &mut Components) -> Vec<SecurityRequirement> {
    let key = |name, meaning| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, meaning)));
    let schemes = [
        ("private_token", key("PRIVATE-TOKEN", "A personal access token")),
        ("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer))),
        ("job_token", key("JOB-TOKEN", "The token of a running job")),
    ];
    let by_name = schemes.iter().map(|(name, _)| SecurityRequirement::new(*name, [""; 0]));
    let ways = by_name.chain([SecurityRequirement::default()]).collect();
    components.add_security_schemes_from_iter(schemes);
    ways
}

/// The headers and parameters that several routes share.
fn describe(components: &mut Components) {
    for (name, kind, meaning) in HEADERS {
        let header = HeaderBuilder::new().schema(Some(Object::with_type(kind))).description(Some(meaning));
        components.headers.insert(name.to_owned(), RefOr::T(header.build()));
    }
    let number = || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).build();
    let sudo = "In whose name the request is made, by id or username: administrators only, with a token that has the \
                scope `sudo`. The query parameter `sudo` does the same";
    let parameters = [
        ("page", ParameterIn::Query, number(), "The number of the page; 1 if not given"),
        (
            "per_page",
            ParameterIn::Query,
            number(),
            "Most rows of the page; 20 if not given, and more than 100 counts as 100",
        ),
        ("Sudo", ParameterIn::Header, Object::with_type(Type::String), sudo),
    ];
    for (name, place, schema, meaning) in parameters {
        let described = ParameterBuilder::new().name(name).parameter_in(place).required(Required::False);
        let described = described.description(Some(meaning)).schema(Some(schema)).build();
        components.parameters.insert(name.to_owned(), RefOr::T(described));
    }
}

/// The operation that answers with a list.
fn listing(item: &mut PathItem) -> Option<&mut Operation> {
    item.get.as_mut().filter(|get| {
        let Some(RefOr::T(answer)) = get.responses.responses.get("200") else { return false };
        let Some(RefOr::T(content)) = answer.content.get("application/json") else { return false };
        matches!(content.schema, Some(RefOr::T(Schema::Array(_))))
    })
}

fn paginate(list: &mut Operation) {
    list.parameters.get_or_insert_default().extend(["page", "per_page"].map(|name| shared("parameters", name)));
    if let Some(RefOr::T(answer)) = list.responses.responses.get_mut("200") {
        answer.headers.extend(HEADERS.map(|(name, ..)| (name.to_owned(), shared("headers", name))));
    }
}

fn shared<T>(kind: &str, name: &str) -> RefOr<T> {
    RefOr::Ref(Ref::new(format!("#/components/{kind}/{name}")))
}
