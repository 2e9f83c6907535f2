//! Bodies that are too large, too deep, or hold too much.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;

use super::{FORM, JSON, Wish, refused, send, wish};
use crate::limits::BODY_LIMIT;

#[tokio::test]
async fn a_body_over_one_mebibyte_is_413_announced_or_not() {
    let message = "413 Request Entity Too Large - at most 1048576 bytes are accepted here";
    let text = format!(r#"{{"extra":"{}"}}"#, "a".repeat(BODY_LIMIT));
    let chunks: Vec<Result<String, std::io::Error>> = text.as_bytes().chunks(9000).map(|c| Ok(str(c))).collect();
    let streamed = Body::from_stream(futures_util::stream::iter(chunks));
    for body in [Body::from(text), streamed] {
        let (status, value) = send::<Wish>("POST", "", JSON, body).await;
        assert_eq!(
            (status, value),
            (StatusCode::PAYLOAD_TOO_LARGE, json!({ "message": message, "code": "too_large" }))
        );
    }
    let most = format!(r#"{{"unknown":"{}"}}"#, "a".repeat(BODY_LIMIT - 14));
    assert_eq!(most.len(), BODY_LIMIT);
    assert_eq!(wish("POST", "", JSON, &most).await, json!({}));
}

fn str(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let chunks = [Ok("{"), Err(std::io::Error::other("gone"))];
    let (status, value) = send::<Wish>("POST", "", JSON, Body::from_stream(futures_util::stream::iter(chunks))).await;
    let message = "400 Bad request - the body broke off before its end";
    assert_eq!((status, value), (StatusCode::BAD_REQUEST, json!({ "message": message, "code": "bad_request" })));
}

#[tokio::test]
async fn nesting_ends_at_32_levels() {
    let deep = |levels: usize| format!(r#"{{"extra":{}{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1));
    let form = |levels: usize| format!("extra{}=1", "[a]".repeat(levels - 1));
    wish("POST", "", JSON, &deep(32)).await;
    wish("POST", "", FORM, &form(32)).await;
    let message = json!({ "message": "400 Bad request - parameters are nested too deeply (maximum is 32 levels)", "code": "bad_request" });
    assert_eq!(refused("", JSON, &deep(33)).await, message);
    assert_eq!(refused("", FORM, &form(33)).await, message);
    let deepest = refused("", JSON, &deep(5000)).await;
    assert!(deepest["error"].as_str().unwrap().contains("recursion limit"), "{deepest}");
}

#[tokio::test]
async fn names_end_at_ten_thousand() {
    let message =
        json!({ "message": "400 Bad request - too many parameters (maximum is 10000)", "code": "bad_request" });
    wish("POST", "", FORM, &"a=1&".repeat(10_000)).await;
    assert_eq!(refused("", FORM, &"a=1&".repeat(10_001)).await, message);
    assert_eq!(refused("a=1", FORM, &"a=1&".repeat(10_000)).await, message);
    let list = format!(r#"{{"a":[{}1]}}"#, "1,".repeat(10_000));
    assert_eq!(refused("", JSON, &list).await, message);
}

#[tokio::test]
async fn a_flood_of_problems_gives_a_short_reply() {
    let rows = format!(r#"{{"rows":[{}1]}}"#, "1,".repeat(9000));
    let error = refused("", JSON, &rows).await["error"].as_str().unwrap().to_owned();
    assert_eq!(error.matches("is invalid").count(), 50);
    let name = "n".repeat(10_000);
    let error = refused("", JSON, &format!(r#"{{"inputs":{{"{name}":[]}}}}"#)).await;
    assert_eq!(error, json!({ "error": format!("inputs[{}] is invalid", &name[..100]) }));
}
