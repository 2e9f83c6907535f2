//! Limits how many requests a second one client may make, where the settings say so.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use governor::Quota;

use crate::places::{Place, Places, client, network};
use crate::reply::ApiError;
use crate::{actor, git, runner};

/// Lets each token make that many requests a second, and as many at once; who shows none, or one that is not looked at
/// there, is counted by address.
pub(crate) fn limited<S: Clone + Send + Sync + 'static>(router: Router<S>, per_second: NonZeroU32) -> Router<S> {
    let places = Arc::new(Places::new(Quota::per_second(per_second)));
    router.layer(from_fn(move |request: Request, next: Next| {
        let counted = places.count(place(&places, &request));
        async move {
            match counted {
                Ok(()) => next.run(request).await,
                Err(wait) => {
                    let wait = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                    let why = format!("more than {per_second} requests a second");
                    ApiError::too_many_requests(wait, &why).code("rate.requests").into_response()
                }
            }
        }
    }))
}

fn place(places: &Places, request: &Request) -> Place {
    match secret(request) {
        Some(secret) => places.place(secret.as_bytes()),
        None => places.place(client(request.extensions()).map(network)),
    }
}

/// The secret that the request will be judged by. What nobody looks at gives nobody a share of their own, and neither does
/// another way to write the same.
fn secret(request: &Request) -> Option<String> {
    let (headers, uri) = (request.headers(), request.uri());
    let path = uri.path();
    let of_runner = || runner::shown_secret(headers, request.method(), path);
    match of_runner().or_else(|| git::shown_secret(headers, path)) {
        Some(found) => found,
        None if path.starts_with("/api/") => actor::shown_secret(headers, uri),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::http::header::RETRY_AFTER;
    use axum::routing::get;
    use tower::ServiceExt;

    #[tokio::test]
    async fn each_token_has_its_own_share() {
        let router: Router = limited(Router::new().route("/api/v4/x", get(|| async {})), NonZeroU32::new(2).unwrap());
        let ask = async |token: &str| {
            let request = Request::get("/api/v4/x").header("PRIVATE-TOKEN", token).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        for status in [StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
            assert_eq!(ask("one").await.status(), status);
        }
        let refused = ask("one").await;
        assert_eq!(refused.headers()[RETRY_AFTER], "1");
        assert!(!refused.headers().contains_key("ratelimit-limit"));
        assert_eq!(ask("two").await.status(), StatusCode::OK);
    }
    type Headers<'h> = &'h [(&'h str, &'h str)];

    /// Whether two requests are of one share: one line, and its headers.
    fn shared(one: (&str, Headers<'_>), other: (&str, Headers<'_>)) -> bool {
        let [one, other] = [one, other].map(|(line, headers)| {
            let (method, uri) = line.split_once(' ').unwrap();
            let request = Request::builder().method(method).uri(uri);
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            secret(&request.body(Body::empty()).unwrap())
        });
        one == other
    }

    #[test]
    fn a_token_has_one_share_however_it_is_written() {
        let api = "GET /api/v4/projects";
        let plain: (&str, &[_]) = (api, &[("private-token", "one")]);
        assert!(shared(plain, ("GET /api/v4/projects?private_token=one", &[])));
        for written in ["Bearer one", "bearer one", "BEARER   one ", " Bearer one"] {
            assert!(shared(plain, (api, &[("authorization", written)])), "{written}");
        }
        assert!(shared(plain, (api, &[("private-token", " one ")])));
        assert!(!shared(plain, (api, &[("private-token", "two")])));
        // "git:one", "x:one"
        let clone: (&str, &[_]) = ("GET /a/b.git/info/refs", &[("authorization", "Basic Z2l0Om9uZQ==")]);
        assert!(shared(plain, clone));
        assert!(shared(clone, ("POST /a/b.git/git-upload-pack", &[("authorization", "basic  eDpvbmU=")])));
    }

    #[test]
    fn a_header_that_is_not_looked_at_gives_no_share_of_its_own() {
        let own: Headers<'_> = &[("private-token", "one")];
        let api = "GET /api/v4/projects";
        for more in [("runner-token", "x"), ("job-token", "x"), ("authorization", "Bearer x")] {
            assert!(shared((api, own), (api, &[own[0], more])), "{more:?}");
        }
        let basic = ("authorization", "Basic Z2l0Om9uZQ==");
        let rows: [(&str, Headers<'_>, Headers<'_>); 8] = [
            (api, &[], &[("runner-token", "x")]),
            (api, &[], &[basic]),
            ("GET /a/b.git/info/refs", &[basic], &[basic, ("private-token", "x")]),
            ("GET /a/b.git/info/refs", &[], &[("private-token", "x")]),
            ("GET /a/b", &[], &[("private-token", "x")]),
            ("GET /a/b?private_token=x", &[], &[("runner-token", "x")]),
            (
                "POST /api/v4/jobs/request",
                &[("runner-token", "one")],
                &[("runner-token", "one"), ("private-token", "x")],
            ),
            ("PATCH /api/v4/jobs/1/trace", &[("job-token", "one")], &[("job-token", "one"), ("runner-token", "x")]),
        ];
        for (line, one, other) in rows {
            assert!(shared((line, one), (line, other)), "{line} {other:?}");
        }
        let asks = "POST /api/v4/jobs/request";
        assert!(!shared((asks, &[("runner-token", "one")]), (asks, &[("runner-token", "two")])));
        let sends = "PATCH /api/v4/jobs/1/trace";
        assert!(!shared((sends, &[("job-token", "one")]), (sends, &[("job-token", "two")])));
    }
}
