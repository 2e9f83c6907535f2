//! CI/CD variables of projects, groups and the instance: the same but for whose they are.

mod group;
mod instance;
mod project;

use crate::pagination::{Page, Paged};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use countersign_app::Tx;
use countersign_app::variables::{self, Place, Shown, Which};
use countersign_domain::access::Actor;
use countersign_domain::variable::{Changes, Draft, EVERYWHERE, Kind, Owner, Traits};
use countersign_store::Intent;
use countersign_wire::pipeline::VariableType;
use countersign_wire::variable::{CreateVariable, UpdateVariable, Variable, VariableFilter};
use utoipa_axum::router::OpenApiRouter;

/// The routes of the files below this one.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().merge(project::routes()).merge(group::routes()).merge(instance::routes())
}

async fn list(app: AppState, actor: Actor, at: Place, page: Page) -> Result<Paged<Variable>, ApiError> {
    let (now, vault) = (countersign_app::now(), app.config.vault.clone());
    let all = app.scan(move |tx| variables::list(tx, &vault, &actor, &at, now)).await?;
    Ok(Paged::cut(page, all).map(|of| shown(&of)))
}

async fn show(app: AppState, actor: Actor, at: Place, which: Which) -> Result<Json<Variable>, ApiError> {
    let (now, vault) = (countersign_app::now(), app.config.vault.clone());
    let found = app.read(move |tx| variables::show(tx, &vault, &actor, (&at, &which), now)).await?;
    Ok(Json(shown(&found)))
}

async fn create(app: AppState, actor: Actor, at: Place, wish: Draft) -> Result<Created<Variable>, ApiError> {
    let vault = app.config.vault.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| variables::create(tx, &vault, actor, (&at, &wish), now);
    app.write(actor, Intent::Edit, job).await.map(|made| Created(shown(&made)))
}

async fn update(
    app: AppState,
    actor: Actor,
    at: Place,
    which: Which,
    changes: Changes,
) -> Result<Json<Variable>, ApiError> {
    let vault = app.config.vault.clone();
    let job =
        move |tx: &mut Tx<'_>, actor: &Actor, now| variables::update(tx, &vault, actor, (&at, &which, &changes), now);
    app.write(actor, Intent::Edit, job).await.map(|changed| Json(shown(&changed)))
}

async fn delete(app: AppState, actor: Actor, at: Place, which: Which) -> Result<NoContent, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| variables::delete(tx, actor, (&at, &which), now);
    app.write(actor, Intent::Edit, job).await.map(|()| NoContent)
}

fn which(key: String, filter: Option<VariableFilter>) -> Which {
    Which { key, environment_scope: filter.and_then(|filter| filter.environment_scope) }
}

fn kind(of: VariableType) -> Kind {
    match of {
        VariableType::EnvVar => Kind::EnvVar,
        VariableType::File => Kind::File,
    }
}

fn wished(body: CreateVariable) -> Draft {
    let hidden = body.masked_and_hidden.unwrap_or_default();
    let traits = Traits {
        key: body.key,
        kind: body.variable_type.map(kind).unwrap_or_default(),
        protected: body.protected.unwrap_or_default(),
        masked: hidden || body.masked.unwrap_or_default(),
        hidden,
        raw: body.raw.unwrap_or_default(),
        environment_scope: body.environment_scope.unwrap_or_else(|| EVERYWHERE.into()),
        description: body.description.filter(|text| !text.is_empty()),
    };
    Draft { traits, value: body.value }
}

fn changes(body: UpdateVariable) -> Changes {
    Changes {
        value: body.value,
        kind: body.variable_type.map(kind),
        protected: body.protected,
        masked: body.masked,
        raw: body.raw,
        environment_scope: body.environment_scope,
        description: body.description,
    }
}

fn shown(of: &Shown) -> Variable {
    let traits = &of.variable.traits;
    let scoped = of.variable.owner != Owner::Instance;
    Variable {
        variable_type: match traits.kind {
            Kind::EnvVar => VariableType::EnvVar,
            Kind::File => VariableType::File,
        },
        key: traits.key.clone(),
        value: of.value.clone(),
        hidden: traits.hidden,
        protected: traits.protected,
        masked: traits.masked,
        raw: traits.raw,
        environment_scope: scoped.then(|| traits.environment_scope.clone()),
        description: traits.description.clone(),
    }
}
