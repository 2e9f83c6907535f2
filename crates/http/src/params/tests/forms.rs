//! Table: queries and forms against what they mean.

use serde_json::{Value, json};

use super::{FORM, JSON, wish};

#[tokio::test]
async fn nested_names_build_lists_and_objects() {
    let cases: Vec<(&str, Value)> = vec![
        ("name=a+b%20c&name=last", json!({ "name": "last" })),
        ("scopes[]=a&scopes[]=b", json!({ "scopes": ["a", "b"] })),
        ("scopes%5B%5D=a&scopes%5B%5D=b", json!({ "scopes": ["a", "b"] })),
        ("scopes=a&scopes=b", json!({ "scopes": ["a", "b"] })),
        ("scopes=a,b,%20c", json!({ "scopes": ["a", "b", "c"] })),
        ("scopes=a", json!({ "scopes": ["a"] })),
        ("scopes[]=", json!({ "scopes": [] })),
        ("scopes=", json!({ "scopes": [] })),
        ("scopes[0]=a&scopes[2]=c&scopes[1]=b", json!({ "scopes": ["a", "b", "c"] })),
        ("user_ids=1,2&tiers=staging,production", json!({ "user_ids": [1, 2], "tiers": ["staging", "production"] })),
        ("user_ids[]=1&user_ids[]=", json!({ "user_ids": [1] })),
        ("filter[environment_scope]=prod", json!({ "filter": { "environment_scope": "prod" } })),
        ("rows[][id]=1&rows[][user_id]=2&rows[][id]=3", json!({ "rows": [row(1, Some(2)), row(3, None)] })),
        ("rows[1][id]=3&rows[0][id]=1&rows[0][user_id]=2", json!({ "rows": [row(1, Some(2)), row(3, None)] })),
        ("rows[10][id]=3&rows[9][id]=1", json!({ "rows": [row(1, None), row(3, None)] })),
        ("rows[id]=1", json!({ "rows": [row(1, None)] })),
        ("inputs[a]=1&inputs[b]=true", json!({ "inputs": { "a": "1", "b": "true" } })),
        ("extra[a][][b]=1&extra[a][][b]=2", json!({ "extra": { "a": [{ "b": "1" }, { "b": "2" }] } })),
        ("extra[][a][]=1&extra[][a][]=2", json!({ "extra": [{ "a": ["1", "2"] }] })),
        ("extra[][a][b]=1&extra[][a][c]=2", json!({ "extra": [{ "a": { "b": "1", "c": "2" } }] })),
        ("extra[][]=1&extra[][]=2", json!({ "extra": [["1"], ["2"]] })),
        ("extra=1&extra[a]=2", json!({ "extra": { "a": "2" } })),
        ("extra[a]=1&extra[]=2", json!({ "extra": ["2"] })),
        ("extra[a]=1&extra=2", json!({ "extra": "2" })),
        ("name[=x&[name]=y&name]=z&[]=1&=2&&name[a]b=3", json!({})),
        ("unknown=1&sudo=root&page=2", json!({})),
        ("force", json!({})),
    ];
    for (text, expected) in cases {
        assert_eq!(wish("POST", text, None, "").await, expected, "query {text}");
        assert_eq!(wish("POST", "", FORM, text).await, expected, "form {text}");
    }
}

fn row(id: i64, user_id: Option<i64>) -> Value {
    let mut row = json!({ "id": id, "_destroy": false });
    if let Some(user_id) = user_id {
        row["user_id"] = json!(user_id);
    }
    row
}

#[tokio::test]
async fn json_lists_come_in_many_forms_too() {
    let cases: Vec<(&str, Value)> = vec![
        (r#"{"rows":[{"id":1,"_destroy":true}]}"#, json!({ "rows": [{ "id": 1, "_destroy": true }] })),
        (r#"{"rows":{"1":{"id":3},"0":{"id":1}}}"#, json!({ "rows": [row(1, None), row(3, None)] })),
        (r#"{"rows":{"id":1}}"#, json!({ "rows": [row(1, None)] })),
        (r#"{"rows":[]}"#, json!({ "rows": [] })),
        (r#"{"rows":{}}"#, json!({ "rows": [] })),
        (r#"{"rows":null}"#, json!({})),
        (r#"{"rows":[null,{"id":1,"user_id":null}]}"#, json!({ "rows": [row(1, None)] })),
        (r#"{"user_ids":5}"#, json!({ "user_ids": [5] })),
        (r#"{"user_ids":["5","6"]}"#, json!({ "user_ids": [5, 6] })),
        (r#"{"scopes":["a,b"]}"#, json!({ "scopes": ["a,b"] })),
        (r#"{"name":"a","name":"b"}"#, json!({ "name": "b" })),
    ];
    for (text, expected) in cases {
        assert_eq!(wish("PUT", "", JSON, text).await, expected, "{text}");
    }
}
