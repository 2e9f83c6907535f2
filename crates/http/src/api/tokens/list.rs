//! Lists tokens.

use crate::actor::SignedIn;
use crate::api::values::{day, moment, total};
use crate::api::views;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::State;
use countersign_app::tokens;
use countersign_domain::ids::UserId;
use countersign_domain::time::Date;
use countersign_store::tokens::{Filter, Order};
use countersign_wire::token::{ListTokens, Token, TokenSort, TokenState};

/// Lists tokens: one's own; for administrators, everybody's.
#[utoipa::path(get, path = "/personal_access_tokens", tag = "Tokens", params(ListTokens),
    responses((status = 200, body = [Token])))]
pub(super) async fn list_tokens(
    State(app): State<AppState>,
    actor: SignedIn,
    page: Page,
    Params(query): Params<ListTokens>,
) -> Result<Paged<Token>, ApiError> {
    let today = countersign_app::now().date();
    let filter = filter(query, &page, today)?;
    let (rows, count) = app.scan(move |tx| tokens::list(tx, &actor.0, &filter)).await?;
    Ok(Paged::new(page, rows, total(count)).map(|t| views::token(&t, today)))
}

pub(crate) fn filter(query: ListTokens, page: &Page, today: Date) -> Result<Filter, ApiError> {
    let (order, descending) = order(query.sort.unwrap_or(TokenSort::CreatedAsc));
    Ok(Filter {
        user: query.user_id.map(UserId),
        home: None,
        active: query.state.map(|s| (s == TokenState::Active, today)),
        revoked: query.revoked,
        search: query.search.filter(|s| !s.is_empty()),
        created: (
            moment("created_after", query.created_after.as_deref())?,
            moment("created_before", query.created_before.as_deref())?,
        ),
        expires: (
            day("expires_after", query.expires_after.as_deref())?,
            day("expires_before", query.expires_before.as_deref())?,
        ),
        last_used: (
            moment("last_used_after", query.last_used_after.as_deref())?,
            moment("last_used_before", query.last_used_before.as_deref())?,
        ),
        order,
        descending,
        limit: page.limit(),
        offset: page.offset(),
    })
}

fn order(sort: TokenSort) -> (Order, bool) {
    match sort {
        TokenSort::CreatedAsc => (Order::Created, false),
        TokenSort::CreatedDesc => (Order::Created, true),
        TokenSort::ExpiresAsc => (Order::Expires, false),
        TokenSort::ExpiresDesc => (Order::Expires, true),
        TokenSort::LastUsedAsc => (Order::LastUsed, false),
        TokenSort::LastUsedDesc => (Order::LastUsed, true),
        TokenSort::NameAsc => (Order::Name, false),
        TokenSort::NameDesc => (Order::Name, true),
    }
}
