//! Table: single values, coerced or refused.

use serde_json::{Value, json};

use super::{FORM, JSON, refused, wish};

#[tokio::test]
async fn values_are_coerced() {
    let cases: Vec<(Value, Value)> = vec![
        (json!({ "count": "4" }), json!({ "count": 4 })),
        (json!({ "count": 4.0 }), json!({ "count": 4 })),
        (json!({ "count": "" }), json!({})),
        (json!({ "ratio": "1.5" }), json!({ "ratio": 1.5 })),
        (json!({ "ratio": 2 }), json!({ "ratio": 2.0 })),
        (json!({ "force": "True" }), json!({ "force": true })),
        (json!({ "force": "F" }), json!({ "force": false })),
        (json!({ "force": "1" }), json!({ "force": true })),
        (json!({ "force": 0 }), json!({ "force": false })),
        (json!({ "force": "" }), json!({})),
        (json!({ "plain": "t" }), json!({ "plain": true })),
        (json!({ "plain": null }), json!({})),
        (json!({ "name": 5 }), json!({ "name": "5" })),
        (json!({ "name": true }), json!({ "name": "true" })),
        (json!({ "name": "äöüäöüäöüä" }), json!({ "name": "äöüäöüäöüä" })),
        (json!({ "tier": "staging" }), json!({ "tier": "staging" })),
        (json!({ "tier": "" }), json!({})),
        (json!({ "tier": null }), json!({})),
        (json!({ "filter": "" }), json!({})),
        (json!({ "filter": {} }), json!({ "filter": {} })),
        (json!({ "inputs": { "a": 1, "b": null } }), json!({ "inputs": { "a": "1" } })),
        (json!({ "after": "2026-01-02" }), json!({ "after": "2026-01-02T00:00:00Z" })),
        (json!({ "after": "2026-01-02T03:04:05+02:00" }), json!({ "after": "2026-01-02T01:04:05Z" })),
        (json!({ "after": "2026-01-02T03:04:05 02:00" }), json!({ "after": "2026-01-02T01:04:05Z" })),
        (json!({ "after": "2026-01-02T03:04:05.678Z" }), json!({ "after": "2026-01-02T03:04:05.678Z" })),
        (json!({ "after": "2026-01-02 03:04:05" }), json!({ "after": "2026-01-02T03:04:05Z" })),
        (json!({ "after": "" }), json!({})),
        (json!({ "day": "2026-01-02" }), json!({ "day": "2026-01-02" })),
        (json!({ "day": "2026-01-02T03:04:05Z" }), json!({ "day": "2026-01-02" })),
        (json!({ "extra": [1, { "a": 1.5 }] }), json!({ "extra": [1, { "a": 1.5 }] })),
    ];
    for (given, expected) in cases {
        assert_eq!(wish("POST", "", JSON, &given.to_string()).await, expected, "{given}");
    }
}

#[tokio::test]
async fn values_that_do_not_fit_are_named() {
    let cases = [
        (r#"{"count":"x"}"#, "count is invalid"),
        (r#"{"count":1.5}"#, "count is invalid"),
        (r#"{"count":[1]}"#, "count is invalid"),
        (r#"{"count":true}"#, "count is invalid"),
        (r#"{"count":9223372036854775808}"#, "count is invalid"),
        (r#"{"count":"99999999999999999999"}"#, "count is invalid"),
        (r#"{"count":6}"#, "count does not have a valid value"),
        (r#"{"count":-1}"#, "count does not have a valid value"),
        (r#"{"ratio":"NaN"}"#, "ratio is invalid"),
        (r#"{"force":"maybe"}"#, "force is invalid"),
        (r#"{"force":2}"#, "force is invalid"),
        (r#"{"name":{}}"#, "name is invalid"),
        (r#"{"name":""}"#, "name is empty"),
        (r#"{"name":"12345678901"}"#, "name is too long (maximum is 10 characters)"),
        (r#"{"name":"a\u0000b"}"#, "name is invalid (it contains a NUL character)"),
        (r#"{"extra":{"a":["\u0000"]}}"#, "extra is invalid (it contains a NUL character)"),
        (r#"{"inputs":{"\u0000":"a"}}"#, "inputs[] is invalid (its name contains a NUL character)"),
        (r#"{"tier":"Staging"}"#, "tier does not have a valid value"),
        (r#"{"tier":{}}"#, "tier is invalid"),
        (r#"{"tiers":["staging","x"]}"#, "tiers does not have a valid value"),
        (r#"{"rows":"x"}"#, "rows is invalid"),
        (r#"{"rows":[1]}"#, "rows[0] is invalid"),
        (r#"{"rows":[{},{"user_id":"x"}]}"#, "rows[1][user_id] is invalid"),
        (r#"{"rows":[{"access_level":5000000000}]}"#, "rows[0][access_level] does not have a valid value"),
        (r#"{"filter":"x"}"#, "filter is invalid"),
        (r#"{"filter":{"environment_scope":[]}}"#, "filter[environment_scope] is invalid"),
        (r#"{"scopes":{"a":"b"}}"#, "scopes is invalid"),
        (r#"{"after":"yesterday"}"#, "after is invalid"),
        (r#"{"after":"2026-13-01"}"#, "after is invalid"),
        (r#"{"day":"2026-02-30"}"#, "day is invalid"),
        (r#"{"after":"+262142-01-01T00:00:00Z"}"#, "after is invalid"),
        (r#"{"count":"x","force":"x"}"#, "count is invalid, force is invalid"),
    ];
    for (body, error) in cases {
        assert_eq!(refused("", JSON, body).await, json!({ "error": error }), "{body}");
    }
    assert_eq!(refused("count=x", None, "").await, json!({ "error": "count is invalid" }));
    assert_eq!(refused("", FORM, "rows[][user_id]=x").await, json!({ "error": "rows[0][user_id] is invalid" }));
}

#[tokio::test]
async fn an_empty_text_is_no_filter() {
    assert_eq!(wish("GET", "name=&scopes=&tiers[]=&count=", None, "").await, json!({ "tiers": [] }));
    assert_eq!(refused("name=", None, "").await, json!({ "error": "name is empty" }));
}
