//! Table: multipart bodies against what they mean.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Wish, refused, send, wish};
use crate::limits::BODY_LIMIT;

const KIND: Option<&str> = Some("multipart/form-data; boundary=----b0");

/// A body with those parts: what stands after `form-data` and in the other headers, and the content.
fn body(parts: &[(&str, &str)]) -> String {
    let each = parts
        .iter()
        .map(|(head, content)| format!("------b0\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"));
    each.collect::<String>() + "------b0--\r\n"
}

#[tokio::test]
async fn fields_are_those_of_a_form_and_files_are_dropped() {
    let cases: Vec<(&[(&str, &str)], Value)> = vec![
        (&[], json!({})),
        (&[("name=\"name\"", "a b")], json!({ "name": "a b" })),
        (&[("name=name", "a"), ("name=\"count\"", "5")], json!({ "name": "a", "count": 5 })),
        (&[("name=\"name\"", "one"), ("name=\"name\"", "two")], json!({ "name": "two" })),
        (&[("name=\"scopes[]\"", "a"), ("name=\"scopes[]\"", "b")], json!({ "scopes": ["a", "b"] })),
        (&[("name=\"scopes\"", "a"), ("name=\"scopes\"", "b")], json!({ "scopes": ["a", "b"] })),
        (&[("name=\"scopes\"", "a,b")], json!({ "scopes": ["a", "b"] })),
        (
            &[("name=\"rows[][id]\"", "1"), ("name=\"rows[][user_id]\"", "2"), ("name=\"rows[][id]\"", "3")],
            json!({ "rows": [{ "id": 1, "user_id": 2, "_destroy": false }, { "id": 3, "_destroy": false }] }),
        ),
        (&[("name=\"filter[environment_scope]\"", "pr\"od")], json!({ "filter": { "environment_scope": "pr\"od" } })),
        (&[("name=\"force\"", "True"), ("name=\"tier\"", "staging")], json!({ "force": true, "tier": "staging" })),
        (&[("name=\"name\"; x=1\r\nContent-Type: text/plain; charset=utf-8", "é\n")], json!({ "name": "é\n" })),
        (&[("name=\"name\"; filename=\"a.png\"\r\nContent-Type: image/png", "\r\n--\0")], json!({})),
        (&[("filename*=utf-8''a; name=\"name\"", "x"), ("name=\"count\"", "1")], json!({ "count": 1 })),
        (&[("name=\"inputs[a\\\"b]\"", "1")], json!({ "inputs": { "a\"b": "1" } })),
        (&[("name=\"inputs[a%22b]\"", "1")], json!({ "inputs": { "a\"b": "1" } })),
        (&[("name=\"\"", "x"), ("other=name", "x")], json!({})),
        (&[("name=\"name\"", "")], json!({})),
    ];
    for (parts, expected) in cases {
        for method in ["POST", "PUT", "DELETE", "GET"] {
            // An empty text is too short a name here.
            let body = body(parts);
            if parts == [("name=\"name\"", "")] {
                assert_eq!(refused("", KIND, &body).await, json!({ "error": "name is empty" }));
            } else {
                assert_eq!(wish(method, "", KIND, &body).await, expected, "{body}");
            }
        }
    }
    let text = body(&[("name=\"name\"", "m")]);
    assert_eq!(wish("POST", "name=q&count=1", KIND, &text).await, json!({ "name": "m", "count": 1 }));
    let quoted = Some("Multipart/Form-Data; charset=utf-8; Boundary=\"----b0\"");
    assert_eq!(wish("POST", "", quoted, &format!("preamble\r\n{text}epilogue")).await, json!({ "name": "m" }));
    assert_eq!(
        wish("POST", "", KIND, "------b0  \r\nContent-Disposition: form-data; name=name\r\n\r\nm\r\n------b0--").await,
        json!({ "name": "m" })
    );
    assert_eq!(wish("POST", "", KIND, "------b0\r\n\r\nno headers\r\n------b0--").await, json!({}));
}

#[tokio::test]
async fn what_is_no_multipart_body_is_refused() {
    let whole = body(&[("name=\"name\"", "m")]);
    for text in [
        "x",
        "------b1--",
        "------b0",
        "------b0 x\r\n",
        "------b0\r\nno end",
        whole.trim_end_matches("------b0--\r\n"),
    ] {
        let message = refused("", KIND, text).await["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("400 Bad request - the multipart body cannot be read: "), "{text:?}: {message}");
    }
    let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
    for kind in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"", &long] {
        let message = "400 Bad request - the multipart body cannot be read: its Content-Type names no boundary";
        assert_eq!(
            refused("", Some(kind), &whole).await,
            json!({ "message": message, "code": "bad_request" }),
            "{kind}"
        );
    }
    let nul = body(&[("name=\"name\"", "a\0b")]);
    assert_eq!(refused("", KIND, &nul).await, json!({ "error": "name is invalid (it contains a NUL character)" }));
    let not_text =
        [b"------b0\r\nContent-Disposition: form-data; name=name\r\n\r\n\xff\r\n------b0--".to_vec()].concat();
    let (status, _) = send::<Wish>("POST", "", KIND, not_text).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let file = "x".repeat(BODY_LIMIT);
    let (status, _) = send::<Wish>("POST", "", KIND, body(&[("name=\"avatar\"; filename=\"a\"", &file)])).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}
