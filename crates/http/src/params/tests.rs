//! Parameters as clients send them, through a real router.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod arbitrary;
mod errors;
mod forms;
mod limits;
mod multipart;
mod values;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use axum::routing::any;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use tower::ServiceExt;
use utoipa::ToSchema;

use super::{Clearable, Params};
use crate::reply::Json;

#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Tier {
    Production,
    Staging,
}

#[derive(Debug, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub(super) struct Row {
    id: Option<i64>,
    user_id: Option<i64>,
    access_level: Option<i32>,
    #[serde(default, rename = "_destroy")]
    destroy: bool,
}

#[derive(Debug, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub(super) struct Filter {
    environment_scope: Option<String>,
}

/// Everything optional, one of each kind.
#[derive(Debug, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub(super) struct Wish {
    #[schema(max_length = 10, min_length = 1)]
    name: Option<String>,
    #[schema(minimum = 0, maximum = 5)]
    count: Option<i64>,
    ratio: Option<f64>,
    force: Option<bool>,
    tier: Option<Tier>,
    rows: Option<Vec<Row>>,
    scopes: Option<Vec<String>>,
    user_ids: Option<Vec<i64>>,
    tiers: Option<Vec<Tier>>,
    filter: Option<Filter>,
    after: Option<DateTime<Utc>>,
    day: Option<chrono::NaiveDate>,
    inputs: Option<HashMap<String, String>>,
    extra: Option<Value>,
    #[serde(default)]
    plain: bool,
}

/// Sends one request to a route that answers with what it understood.
async fn send<T>(method: &str, query: &str, kind: Option<&str>, body: impl Into<Body>) -> (StatusCode, Value)
where
    T: serde::de::DeserializeOwned + ToSchema + Serialize + Send + 'static,
{
    let router: Router = Router::new().route("/", any(async |Params(wish): Params<T>| Json(wish)));
    let mut request = Request::builder().method(method).uri(format!("/?{query}"));
    if let Some(kind) = kind {
        request = request.header(CONTENT_TYPE, kind);
    }
    let response = router.oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let status = response.status();
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

/// What was understood of a `Wish`, without the names not given.
async fn wish(method: &str, query: &str, kind: Option<&str>, body: &str) -> Value {
    let (status, value) = send::<Wish>(method, query, kind, body.to_owned()).await;
    assert_eq!(status, StatusCode::OK, "{query:?} {body:?}: {value}");
    without_nulls(value)
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(name, value)| !(value.is_null() || name == "plain" && value == false))
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(list) => list.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

async fn refused(query: &str, kind: Option<&str>, body: &str) -> Value {
    let (status, value) = send::<Wish>("POST", query, kind, body.to_owned()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{query:?} {body:?}: {value}");
    value
}

const JSON: Option<&str> = Some("application/json");
const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

#[tokio::test]
async fn every_source_works_on_every_method_and_the_body_wins() {
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(wish(method, "name=q", None, "").await, json!({ "name": "q" }));
        assert_eq!(wish(method, "name=q&count=1", JSON, r#"{"name":"j"}"#).await, json!({ "name": "j", "count": 1 }));
        assert_eq!(wish(method, "name=q&count=1", FORM, "name=f").await, json!({ "name": "f", "count": 1 }));
    }
    assert_eq!(wish("POST", "scopes=a&scopes=b", JSON, r#"{"scopes":["c"]}"#).await, json!({ "scopes": ["c"] }));
}

#[tokio::test]
async fn nothing_is_no_parameters() {
    for kind in [None, JSON, FORM, Some("text/plain"), Some("multipart/form-data; boundary=x")] {
        for body in ["", " \r\n"] {
            assert_eq!(wish("DELETE", "", kind, body).await, json!({}));
        }
    }
    for body in ["null", "{}", "\u{feff}{}"] {
        assert_eq!(wish("POST", "name=q", JSON, body).await, json!({ "name": "q" }));
    }
}

#[tokio::test]
async fn json_is_recognised_by_its_type_or_without_one_by_its_look() {
    let body = r#" {"name":"j"}"#;
    for kind in [None, JSON, Some("Application/JSON; charset=utf-8"), Some("application/vnd.x+json"), Some("text/json")]
    {
        assert_eq!(wish("POST", "", kind, body).await, json!({ "name": "j" }), "{kind:?}");
    }
    assert_eq!(wish("POST", "", None, "name=f").await, json!({ "name": "f" }));
    assert_eq!(wish("POST", "", FORM, body).await, json!({}), "a form is a form, whatever it looks like");
}

#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
struct Patch {
    /// A documented one is no other.
    #[serde(default)]
    #[schema(inline)]
    url: Clearable<String>,
    #[serde(default)]
    agent: Clearable<i64>,
    #[serde(default)]
    tier: Clearable<Tier>,
}

#[tokio::test]
async fn clearables_tell_null_from_absence() {
    let cases = [
        (None, "", ["absent", "absent", "absent"]),
        (JSON, r#"{"url":null,"agent":null,"tier":null}"#, ["cleared", "cleared", "cleared"]),
        (JSON, r#"{"url":"","agent":"","tier":""}"#, ["cleared", "cleared", "cleared"]),
        (JSON, r#"{"url":"u","agent":"5","tier":"staging"}"#, ["set u", "set 5", "set Staging"]),
        (FORM, "url=&agent=7", ["cleared", "set 7", "absent"]),
    ];
    for (kind, body, expected) in cases {
        let (status, value) = send::<Patch>("PUT", "", kind, body).await;
        assert_eq!(
            (status, value),
            (
                StatusCode::OK,
                json!({
                    "url": expected[0], "agent": expected[1], "tier": expected[2],
                })
            ),
            "{body}"
        );
    }
    let (status, value) = send::<Patch>("PUT", "", JSON, r#"{"agent":"x","tier":"y"}"#).await;
    let error = "agent is invalid, tier does not have a valid value";
    assert_eq!((status, value), (StatusCode::BAD_REQUEST, json!({ "error": error })));
}

impl<T: std::fmt::Display> Serialize for Clearable<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Clearable::Absent => "absent".serialize(serializer),
            Clearable::Cleared => "cleared".serialize(serializer),
            Clearable::Set(value) => serializer.collect_str(&format_args!("set {value}")),
        }
    }
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}
