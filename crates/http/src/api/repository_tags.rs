//! Tags of a project's repository.

use super::repository::{blocking, commits, is_found};
use super::repository_branches::{on, refused};
use crate::actor::Actor;
use crate::api::values::descending;
use crate::api::views::Site;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::git::{GitError, NewTag, RefOrder, Repositories, Tag as Found, TagObject};
use countersign_app::protected_refs::OnRefs;
use countersign_app::ref_changes;
use countersign_domain::protected_ref::{Move, Named};
use countersign_domain::time::Timestamp;
use countersign_store::commits::Commit;
use countersign_wire::branch::{CreateTag, ListTags, Tag, TagOrder};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_tags, create_tag)).routes(routes!(show_tag, delete_tag))
}

/// Lists the tags of a project, the newest first unless asked otherwise.
#[utoipa::path(get, path = "/projects/{id}/repository/tags", tag = "Tags",
    params(("id" = Id, Path, description = "The project"), ListTags),
    responses((status = 200, body = [Tag])))]
async fn list_tags(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListTags>,
) -> Result<Paged<Tag>, ApiError> {
    let on = on(&app, actor, id).await?;
    let order = match (query.order_by.unwrap_or_default(), descending(query.sort, true)) {
        (TagOrder::Name, false) => RefOrder::Name,
        (TagOrder::Name, true) => RefOrder::NameDescending,
        (TagOrder::Updated, false) => RefOrder::Oldest,
        (TagOrder::Updated, true) => RefOrder::Newest,
        (TagOrder::Version, false) => RefOrder::Version,
        (TagOrder::Version, true) => RefOrder::VersionDescending,
    };
    let (repositories, project) = (app.repositories.clone(), on.project.id.0);
    let read = move || match repositories.exists(project) {
        true => repositories.tags(project, order),
        false => Ok(Vec::new()),
    };
    let mut all = blocking(read).await?;
    all.retain(|tag| query.search.as_ref().is_none_or(|text| is_found(&tag.name, text)));
    let page = Paged::cut(page, all);
    let around = around(&app, &on, page.rows().to_vec()).await?;
    let url = app.config.external_url.as_str();
    Ok(page.map(|tag| around.shown(url, &on, &tag)))
}

/// Gets one tag.
#[utoipa::path(get, path = "/projects/{id}/repository/tags/{tag_name}", tag = "Tags",
    params(("id" = Id, Path, description = "The project"), ("tag_name" = String, Path, description = "The URL-encoded name")),
    responses((status = 200, body = Tag)))]
async fn show_tag(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<Json<Tag>, ApiError> {
    let on = on(&app, actor, id).await?;
    show(&app, &on, name).await.map(Json)
}

/// Makes a tag, which is followed as a push: pipelines begin.
#[utoipa::path(post, path = "/projects/{id}/repository/tags", tag = "Tags",
    params(("id" = Id, Path, description = "The project")), request_body = CreateTag,
    responses((status = 201, body = Tag)))]
async fn create_tag(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateTag>,
) -> Result<Created<Tag>, ApiError> {
    let (at, now, asking, name) = (Ref::from(id.clone()), countersign_app::now(), actor.clone(), body.tag_name.clone());
    let check = move |tx: &mut countersign_app::Tx<'_>| {
        ref_changes::check(tx, &asking.0, &at, (Named::tag(&name), Move::Create), now)
    };
    let by = app.read(check).await?;
    let message = body.message.filter(|text| !text.trim().is_empty());
    let new = NewTag { name: body.tag_name, target: body.ref_name, message, tagger: by.person.clone(), at: now.0 };
    let (server, name) = (Arc::clone(&app.0), new.name.clone());
    blocking(move || ref_changes::create_tag(&server, &by, &new).map_err(|why| refused(why, "Tag"))).await?;
    let on = on(&app, actor, id).await?;
    show(&app, &on, name).await.map(Created)
}

/// Deletes a tag: a protected one only as a maintainer.
#[utoipa::path(delete, path = "/projects/{id}/repository/tags/{tag_name}", tag = "Tags",
    params(("id" = Id, Path, description = "The project"), ("tag_name" = String, Path, description = "The URL-encoded name")),
    responses((status = 204)))]
async fn delete_tag(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<NoContent, ApiError> {
    let (at, now, tag) = (Ref::from(id), countersign_app::now(), name.clone());
    let check = move |tx: &mut countersign_app::Tx<'_>| {
        ref_changes::check(tx, &actor.0, &at, (Named::tag(&tag), Move::Delete), now)
    };
    let by = app.read(check).await?;
    let (server, full) = (Arc::clone(&app.0), format!("refs/tags/{name}"));
    blocking(move || ref_changes::delete(&server, &by, &full).map_err(|why| refused(why, "Tag"))).await?;
    Ok(NoContent)
}

async fn show(app: &AppState, on: &OnRefs, name: String) -> Result<Tag, ApiError> {
    let (repositories, project) = (app.repositories.clone(), on.project.id.0);
    let read = move || match repositories.exists(project) {
        true => repositories.tag(project, &name),
        false => Ok(None),
    };
    let tag = blocking(read).await?.ok_or_else(|| ApiError::not_found_of("Tag"))?;
    let around = around(app, on, vec![tag.clone()]).await?;
    Ok(around.shown(&app.config.external_url, on, &tag))
}

/// What is shown around tags.
struct Around {
    commits: HashMap<String, Commit>,
    objects: HashMap<String, TagObject>,
}

async fn around(app: &AppState, on: &OnRefs, tags: Vec<Found>) -> Result<Around, ApiError> {
    let (repositories, project) = (app.repositories.clone(), on.project.id.0);
    blocking(move || load(&repositories, project, &tags)).await
}

fn load(repositories: &Repositories, project: i64, tags: &[Found]) -> Result<Around, GitError> {
    let shas: Vec<&str> = tags.iter().filter_map(|tag| tag.commit.as_deref()).collect();
    let targets: Vec<&str> = tags.iter().map(|tag| tag.target.as_str()).collect();
    let objects = repositories.tag_objects(project, &targets)?;
    let objects = targets.iter().zip(objects).filter_map(|(name, object)| Some(((*name).to_owned(), object?)));
    Ok(Around { objects: objects.collect(), commits: commits(repositories, project, &shas)? })
}

impl Around {
    fn shown(&self, url: &str, on: &OnRefs, tag: &Found) -> Tag {
        let site = Site { url, project: &on.project };
        let object = self.objects.get(&tag.target);
        let commit = tag.commit.as_ref().and_then(|sha| self.commits.get(sha));
        let tagged = object.and_then(|object| object.tagger.as_ref());
        Tag {
            name: tag.name.clone(),
            message: object.map(|object| object.message.trim_end().to_owned()).unwrap_or_default(),
            target: tag.target.clone(),
            commit: commit.map(|commit| site.commit(commit)),
            release: None,
            protected: on.rules.protects(Named::tag(&tag.name)),
            created_at: tagged.map(|by| Timestamp(by.at).to_string()),
        }
    }
}
