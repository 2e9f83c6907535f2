//! The pages: one file each. A page reads and decides by the use cases that REST calls; its template only shows.
//!
//! Pages of a project or group are found under the paths GitLab has; [`place`] turns those into routes.

mod assets;
mod card;
mod cookies;
mod deeds;
mod deployed;
mod deployment;
mod environment;
mod environments;
mod error;
mod flash;
mod form;
mod frame;
mod group;
mod headers;
mod home;
mod job;
mod lists;
mod live;
mod log;
mod member;
mod members;
mod members_change;
mod mirror;
mod new_place;
mod overview;
mod pager;
mod password;
mod pipeline;
mod pipelines;
pub(crate) mod place;
mod place_head;
mod project;
mod protections;
mod seal;
mod sessions;
mod sign_in;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod tests;
mod tokens;
mod users;
mod view;
mod visitor;
mod vote;

pub(crate) use error::not_found;
pub(crate) use live::Room;

use crate::state::AppState;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::compression::CompressionLayer;

/// All pages, with what surrounds them.
pub(crate) fn routes(app: &AppState) -> Router<AppState> {
    pages()
        .layer(from_fn_with_state(app.clone(), visitor::settle))
        .merge(assets::routes())
        .layer(from_fn(headers::harden))
        .layer(CompressionLayer::new())
}

/// The pages themselves.
fn pages() -> Router<AppState> {
    Router::new()
        .merge(deployment::routes())
        .merge(environment::routes())
        .merge(environments::routes())
        .merge(home::routes())
        .merge(job::routes())
        .merge(lists::routes())
        .merge(live::routes())
        .merge(members::routes())
        .merge(new_place::routes())
        .merge(mirror::routes())
        .merge(overview::routes())
        .merge(password::routes())
        .merge(pipeline::routes())
        .merge(pipelines::routes())
        .merge(protections::routes())
        .merge(sessions::routes())
        .merge(sign_in::routes())
        .merge(tokens::routes())
        .merge(users::routes())
        .merge(vote::routes())
}
