//! Pages and their headers, through a router.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::util::MapRequestLayer;
use tower::{Layer, ServiceExt};

use super::*;
use crate::path::rewrite;

/// A list of 45 rows, one of 20,000, one nobody counted, and an empty one.
fn router() -> Router {
    async fn counted(page: Page, total: i64) -> Paged<i64> {
        let (rows, total) = page.cut((0..total).collect());
        Paged::new(page, rows, total)
    }
    Router::new()
        .route("/api/v4/rows", get(async |page: Page| counted(page, 45).await))
        .route("/api/v4/many", get(async |page: Page| counted(page, 20_000).await))
        .route("/api/v4/none", get(async |page: Page| counted(page, 0).await))
        .route(
            "/api/v4/keyed",
            get(async |page: Page| {
                let page = page.seeking(true)?;
                let start = match page.seek() {
                    Seek::After(key) => key.id + 1,
                    _ => page.offset(),
                };
                let rows: Vec<i64> = (start..45).take(page.limit() as usize).collect();
                let next = page.next(&rows, |row| Key { text: format!("{row}, é"), id: *row });
                Ok::<_, ApiError>(Paged::sought(page, rows, 45, next))
            }),
        )
        .route("/api/v4/unkeyed", get(async |page: Page| Ok::<_, ApiError>(counted(page.seeking(false)?, 45).await)))
        .route(
            "/api/v4/uncounted",
            get(async |page: Page| {
                let rows = (page.offset()..45).take(page.limit() as usize + 1).collect();
                Paged::uncounted(page, rows).map(|row| row + 100)
            }),
        )
}

async fn fetch(uri: &str, extra: &[(&str, &str)], router: Router) -> (StatusCode, HeaderMap, Value) {
    let mut request = Request::builder().uri(uri).header(HOST, "ci.test:8080");
    for (name, value) in extra {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = MapRequestLayer::new(rewrite).layer(router).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn numbers(headers: &HeaderMap) -> Vec<String> {
    ["x-page", "x-per-page", "x-prev-page", "x-next-page", "x-total", "x-total-pages"]
        .iter()
        .map(|name| headers.get(*name).map_or("-".to_owned(), |value| value.to_str().unwrap().to_owned()))
        .collect()
}

#[tokio::test]
async fn numbers_describe_the_page() {
    let cases = [
        ("/api/v4/rows", "1 20  2 45 3", 20),
        ("/api/v4/rows?page=3", "3 20 2  45 3", 5),
        ("/api/v4/rows?page=9", "9 20 8  45 3", 0),
        ("/api/v4/rows?per_page=500", "1 100   45 1", 45),
        ("/api/v4/rows?per_page=45", "1 45   45 1", 45),
        ("/api/v4/rows?per_page=1&page=", "1 1  2 45 45", 1),
        ("/api/v4/rows?pagination=keyset&cursor=x", "1 20  2 45 3", 20),
        ("/api/v4/many?per_page=50&page=2", "2 50 1 3 - -", 50),
        ("/api/v4/none", "1 20   0 0", 0),
        ("/api/v4/uncounted?page=2", "2 20 1 3 - -", 20),
        ("/api/v4/uncounted?page=3", "3 20 2  - -", 5),
        ("/api/v4/rows?page=9223372036854775807", "9223372036854775807 20 9223372036854775806  45 3", 0),
    ];
    for (uri, expected, rows) in cases {
        let (status, headers, body) = fetch(uri, &[], router()).await;
        assert_eq!(status, StatusCode::OK, "{uri}");
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        assert_eq!(numbers(&headers).join(" "), expected, "{uri}");
        assert_eq!(body.as_array().unwrap().len(), rows, "{uri}");
    }
}

#[tokio::test]
async fn pages_that_are_none_are_refused() {
    for (query, error) in [
        ("page=x", "page is invalid"),
        ("page=0", "page does not have a valid value"),
        ("page=-1", "page does not have a valid value"),
        ("page=9223372036854775808", "page is invalid"),
        ("per_page=ten", "per_page is invalid"),
        ("per_page=0", "per_page does not have a valid value"),
        ("per_page=-3", "per_page does not have a valid value"),
        ("per_page=1e2", "per_page is invalid"),
    ] {
        let (status, _, body) = fetch(&format!("/api/v4/rows?{query}"), &[], router()).await;
        assert_eq!((status, body), (StatusCode::BAD_REQUEST, json!({ "error": error })), "{query}");
    }
}

#[tokio::test]
async fn links_are_absolute_and_keep_the_query() {
    let (_, headers, _) = fetch("/api/v4/rows/?page=2&scope[]=a,b;c&per_page=10&x=%2C", &[], router()).await;
    let at = "http://ci.test:8080/api/v4/rows/?scope[]=a%2Cb%3Bc&x=%2C";
    let expected = [("prev", 1), ("next", 3), ("first", 1), ("last", 5)]
        .map(|(rel, page)| format!("<{at}&page={page}&per_page=10>; rel=\"{rel}\""))
        .join(", ");
    assert_eq!(headers[LINK], expected);
    let (_, headers, _) = fetch("/api/v4/many?per_page=100", &[], router()).await;
    let at = "http://ci.test:8080/api/v4/many";
    let expected = [("next", 2), ("first", 1)]
        .map(|(rel, page)| format!("<{at}?page={page}&per_page=100>; rel=\"{rel}\""))
        .join(", ");
    assert_eq!(headers[LINK], expected);
    let (_, headers, _) = fetch("/api/v4/none", &[], router()).await;
    let at = "http://ci.test:8080/api/v4/none?page=1&per_page=20";
    assert_eq!(headers[LINK], format!("<{at}>; rel=\"first\", <{at}>; rel=\"last\""));
}

#[tokio::test]
async fn links_do_not_repeat_a_token_however_it_is_written() {
    for name in ["private_token", "private%5Ftoken", "%70rivate_token"] {
        let uri = format!("/api/v4/rows?a=1&{name}=glpat-secret&b=2&pa%67e=2");
        let (_, headers, _) = fetch(&uri, &[], router()).await;
        let links = headers[LINK].to_str().unwrap();
        assert!(links.contains("/rows?a=1&b=2&page=") && !links.contains("secret"), "{links}");
    }
}

#[tokio::test]
async fn pages_by_key_have_a_link_to_the_next_and_nothing_else() {
    let mut uri = "/api/v4/keyed?sort=asc&pagination=keyset&per_page=15&order_by=id&x=a,b".to_owned();
    let mut seen = Vec::new();
    for page in 1..=3 {
        let (status, headers, body) = fetch(&uri, &[], router()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(numbers(&headers).join(""), "------");
        seen.extend(body.as_array().unwrap().iter().map(|row| row.as_i64().unwrap()));
        match headers.get(LINK).map(|link| link.to_str().unwrap()) {
            None => assert_eq!(page, 3),
            Some(link) => {
                let at = "http://ci.test:8080/api/v4/keyed?sort=asc&pagination=keyset&order_by=id&x=a%2Cb&cursor=";
                assert!(link.starts_with(&format!("<{at}")) && !link.contains(','), "{link}");
                uri = link.strip_suffix("&per_page=15>; rel=\"next\"").unwrap().replace("<http://ci.test:8080", "");
                uri.push_str("&per_page=15");
            }
        }
    }
    assert_eq!(seen, (0..45).collect::<Vec<_>>());
    let (_, headers, _) = fetch("/api/v4/keyed?page=2&per_page=20", &[], router()).await;
    assert_eq!(numbers(&headers).join(" "), "2 20 1 3 45 3", "only if it is asked for");
    for cursor in ["x", "%00", "e30", "MSAA"] {
        let (status, _, body) = fetch(&format!("/api/v4/keyed?pagination=keyset&cursor={cursor}"), &[], router()).await;
        assert_eq!((status, body), (StatusCode::BAD_REQUEST, json!({ "error": "cursor is invalid" })), "{cursor}");
    }
    let (status, _, body) = fetch("/api/v4/unkeyed?pagination=keyset", &[], router()).await;
    let error = "Keyset pagination is not yet available for this type of request";
    assert_eq!((status, body), (StatusCode::METHOD_NOT_ALLOWED, json!({ "error": error })));
}

#[tokio::test]
async fn only_a_configured_server_trusts_its_proxy() {
    let https: &[(&str, &str)] = &[("x-forwarded-proto", "https")];
    let first = async |extra: &[(&str, &str)], router: Router| {
        let (_, headers, _) = fetch("/api/v4/none", extra, router).await;
        headers[LINK].to_str().unwrap().split("/api").next().unwrap().to_owned()
    };
    assert_eq!(first(https, router()).await, "<http://ci.test:8080");
    let elsewhere = || router().layer(Extension(Arc::new(ExternalUrl::parse("https://ci.example.com/root/").unwrap())));
    assert_eq!(first(&[], elsewhere()).await, "<http://ci.test:8080");
    assert_eq!(first(https, elsewhere()).await, "<https://ci.test:8080");
    let same = router().layer(Extension(Arc::new(ExternalUrl::parse("https://ci.test:8080/root/").unwrap())));
    assert_eq!(first(&[], same).await, "<https://ci.test:8080/root");
    for text in ["ci.example.com", "ftp://x", "https://x/?q=1", "/x", ""] {
        assert_eq!(ExternalUrl::parse(text), None, "{text}");
    }
}

#[tokio::test]
async fn head_has_the_same_headers_and_no_body() {
    let request = Request::head("/api/v4/rows").header(HOST, "h").body(Body::empty()).unwrap();
    let response = router().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["x-total"], "45");
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert!(to_bytes(response.into_body(), usize::MAX).await.unwrap().is_empty());
}
