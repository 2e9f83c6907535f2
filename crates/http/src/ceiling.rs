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

/// The headers that carry a secret.
const SECRETS: [&str; 4] = ["private-token", "authorization", "job-token", "runner-token"];

/// Lets each token make that many requests a second, and as many at once; who shows none in a header is counted by
/// address.
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
    let secret = SECRETS.iter().find_map(|name| request.headers().get(*name));
    match secret {
        Some(secret) => places.place(secret.as_bytes()),
        None => places.place(client(request.extensions()).map(network)),
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
        let router: Router = limited(Router::new().route("/", get(|| async {})), NonZeroU32::new(2).unwrap());
        let ask = async |token: &str| {
            let request = Request::get("/").header("PRIVATE-TOKEN", token).body(Body::empty()).unwrap();
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
}
