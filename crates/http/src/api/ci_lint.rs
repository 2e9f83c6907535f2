//! Says what is wrong with a configuration.

use super::repository::blocking;
use crate::actor::Actor;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::ci_lint::{self, Diagnostic, Included, JobPlan, Linted, Severity, Wish};

use countersign_store::projects::Project;
use countersign_wire::ci_lint::{CiDiagnostic, CiInclude, CiJob, CiLint, LintContent, LintProject};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(lint_project, lint_content))
}

/// Says what is wrong with the configuration of a project; 200 also if something is.
#[utoipa::path(get, path = "/projects/{id}/ci/lint", tag = "Lint",
    params(("id" = Id, Path, description = "The project"), LintProject), responses((status = 200, body = CiLint)))]
async fn lint_project(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(query): Params<LintProject>,
) -> Result<Json<CiLint>, ApiError> {
    let wish = Wish {
        content: None,
        at: query.content_ref.or(query.sha),
        dry_run: query.dry_run.unwrap_or_default(),
        run_for: query.dry_run_ref.or(query.ref_name),
    };
    lint(app, actor, id, wish, query.include_jobs.unwrap_or_default()).await
}

/// Says what is wrong with a configuration; 200 also if something is.
#[utoipa::path(post, path = "/projects/{id}/ci/lint", tag = "Lint",
    params(("id" = Id, Path, description = "The project")), request_body = LintContent,
    responses((status = 200, body = CiLint)))]
async fn lint_content(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<LintContent>,
) -> Result<Json<CiLint>, ApiError> {
    let wish = Wish {
        content: Some(body.content),
        at: body.ref_name.clone(),
        dry_run: body.dry_run.unwrap_or_default(),
        run_for: body.ref_name,
    };
    lint(app, actor, id, wish, body.include_jobs.unwrap_or_default()).await
}

async fn lint(app: AppState, actor: Actor, id: Id, wish: Wish, with_jobs: bool) -> Result<Json<CiLint>, ApiError> {
    let (at, now, vault) = (Ref::from(id), countersign_app::now(), app.config.vault.clone());
    let known = app.read(move |tx| ci_lint::check(tx, &vault, &actor.0, &at, now)).await?;
    let project = known.project.clone();
    let (repositories, config) = (app.repositories.clone(), app.config.clone());
    let found = blocking(move || ci_lint::lint(&repositories, &config, &known, &wish)).await??;
    Ok(Json(shown(&app, &project, found, with_jobs)))
}

fn shown(app: &AppState, project: &Project, of: Linted, with_jobs: bool) -> CiLint {
    let told = |severity| {
        let chosen = of.reading.diagnostics.iter().filter(move |found| found.severity == severity);
        chosen.map(ToString::to_string)
    };
    let errors: Vec<String> = told(Severity::Error).chain(of.problem.clone()).collect();
    let jobs = of.reading.plan.iter().flat_map(|plan| &plan.jobs).map(job);
    CiLint {
        valid: errors.is_empty(),
        errors,
        warnings: told(Severity::Warning).collect(),
        diagnostics: of.reading.diagnostics.iter().zip(&of.excerpts).map(diagnostic).collect(),
        includes: of.reading.includes.iter().map(|file| include(app, project, of.sha.as_deref(), file)).collect(),
        jobs: with_jobs.then(|| jobs.collect()),
        merged_yaml: of.merged,
    }
}

fn diagnostic((of, excerpt): (&Diagnostic, &Option<String>)) -> CiDiagnostic {
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    CiDiagnostic {
        severity: of.severity.as_str().into(),
        file: of.file.clone(),
        line: number(of.line),
        column: number(of.column),
        message: of.message.clone(),
        excerpt: excerpt.clone(),
    }
}

fn include(app: &AppState, project: &Project, sha: Option<&str>, of: &Included) -> CiInclude {
    let url = app.config.external_url.trim_end_matches('/');
    let path = utf8_percent_encode(&of.path, NON_ALPHANUMERIC);
    let raw = sha.map(|sha| format!("{url}/api/v4/projects/{}/repository/files/{path}/raw?ref={sha}", project.id));
    CiInclude {
        kind: "local".into(),
        location: of.path.clone(),
        included_from: of.from.clone(),
        blob: None,
        raw,
        extra: BTreeMap::new(),
        context_project: project.full_path.clone(),
        context_sha: sha.map(str::to_owned),
    }
}

fn job(of: &JobPlan) -> CiJob {
    CiJob {
        name: of.name.clone(),
        stage: of.stage.clone(),
        before_script: of.before_script.clone(),
        script: of.script.clone(),
        after_script: of.after_script.clone(),
        tag_list: of.tags.clone(),
        environment: of.environment.as_ref().map(|at| at.name.clone()),
        when: of.when.as_str().into(),
        allow_failure: of.allow_failure,
        needs: of.needs.clone(),
    }
}
