//! What a user is a member of.

use crate::actor::SignedIn;
use crate::api::values::total;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::Path;
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::State;
use countersign_app::users;
use countersign_domain::access::Place;
use countersign_domain::ids::UserId;
use countersign_store::members::{self, MembershipFilter};
use countersign_wire::user::{ListMemberships, Membership, MembershipSource};

/// Lists the direct memberships of a user in groups and projects, for administrators.
#[utoipa::path(get, path = "/users/{id}/memberships", tag = "Users",
    params(("id" = i64, Path, description = "The user"), ListMemberships),
    responses((status = 200, body = [Membership])))]
pub(super) async fn list_memberships(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
    page: Page,
    Params(query): Params<ListMemberships>,
) -> Result<Paged<Membership>, ApiError> {
    let filter = MembershipFilter {
        projects: query.source_type.map(|of| of == MembershipSource::Project),
        limit: page.limit(),
        offset: page.offset(),
    };
    let now = countersign_app::now();
    let (rows, count) = app.scan(move |tx| users::memberships(tx, &actor.0, UserId(id), filter, now)).await?;
    Ok(Paged::new(page, rows, total(count)).map(shown))
}

fn shown(of: members::Membership) -> Membership {
    let (source_id, source_type) = match of.place {
        Place::Group(id) => (id.0, MembershipSource::Namespace),
        Place::Project(id) => (id.0, MembershipSource::Project),
    };
    Membership { source_id, source_name: of.name, source_type, access_level: of.level.number() }
}
