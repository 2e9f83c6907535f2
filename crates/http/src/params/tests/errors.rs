//! Missing parameters and bodies that cannot be read.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{FORM, JSON, Tier, refused, send};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Protect {
    name: String,
    deploy_access_levels: Vec<Level>,
    tier: Option<Tier>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Level {
    access_level: i64,
}

#[tokio::test]
async fn all_missing_parameters_are_named_in_the_order_of_declaration() {
    let cases = [
        ("", "name is missing, deploy_access_levels is missing"),
        ("null", "name is missing, deploy_access_levels is missing"),
        (r#"{"name":null}"#, "name is missing, deploy_access_levels is missing"),
        (r#"{"deploy_access_levels":[]}"#, "name is missing"),
        (r#"{"deploy_access_levels":[{}],"name":"x"}"#, "deploy_access_levels[0][access_level] is missing"),
        (
            r#"{"deploy_access_levels":[{"access_level":""}],"tier":"x"}"#,
            "name is missing, deploy_access_levels[0][access_level] is empty, tier does not have a valid value",
        ),
    ];
    for (body, error) in cases {
        let (status, value) = send::<Protect>("POST", "", JSON, body).await;
        assert_eq!((status, value), (StatusCode::BAD_REQUEST, json!({ "error": error })), "{body}");
    }
    let (status, _) = send::<Protect>("POST", "name=x", FORM, "deploy_access_levels[][access_level]=40").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn invalid_json_is_refused_with_its_position() {
    let cases = [
        (
            r#"{"deploy_access_levels": [{"group_id": 9899829, access_level: 40}]}"#,
            "invalid JSON at line 1 column 49: key must be a string",
        ),
        ("{\n  \"name\": \n}", "invalid JSON at line 3 column 1: expected value"),
        (r#"{"name":"x"} y"#, "invalid JSON at line 1 column 14: trailing characters"),
        (r#"{"name":"\ud800"}"#, "invalid JSON at line 1 column 16: unexpected end of hex escape"),
    ];
    for (body, error) in cases {
        let expected =
            json!({ "message": format!("400 Bad request - {error}"), "error": error, "code": "bad_request" });
        assert_eq!(refused("", JSON, body).await, expected, "{body}");
    }
    let (status, value) = send::<Protect>("POST", "", JSON, &b"{\"name\":\"\xff\"}"[..]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(value["error"].as_str().unwrap().starts_with("invalid JSON at line 1 column"), "{value}");
}

#[tokio::test]
async fn other_bodies_are_refused_clearly() {
    for (body, kind) in [("[1]", "an array"), ("5", "a number"), ("\"x\"", "a string"), ("true", "a boolean")] {
        let message = format!("400 Bad request - the JSON body must be an object, not {kind}");
        assert_eq!(refused("", JSON, body).await, json!({ "message": message, "code": "bad_request" }));
    }
    let (status, value) = send::<Protect>("POST", "", Some("application/xml"), "<x/>").await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let message = "415 Unsupported Media Type - 'application/xml' is not supported; \
                   send application/json, application/x-www-form-urlencoded or multipart/form-data";
    assert_eq!(value, json!({ "message": message, "code": "media_type" }));
    for query in ["name=%ff", "%c3=1"] {
        let message = "400 Bad request - a parameter is not valid UTF-8";
        assert_eq!(refused(query, None, "").await, json!({ "message": message, "code": "bad_request" }));
    }
}
