//! What else is to be known of a deployment.

use crate::web::view::{Fact, Moment, below, short};
use countersign_app::deployments::Dossier;
use countersign_domain::time::Timestamp;

/// What else is to be known.
pub(super) fn of(of: &Dossier, now: Timestamp) -> Vec<Fact> {
    let (deployment, project) = (&of.item.case.deployment, &of.item.project);
    let job = of.item.case.job.as_ref().filter(|_| of.with_job);
    let environment = below(project, &format!("environments/{}", deployment.environment_id));
    let mut facts = vec![
        Fact::linked("Environment", deployment.environment_name.clone(), environment),
        Fact::plain("Tier", deployment.environment_tier.as_str()),
        Fact::plain("Commit", short(&deployment.sha)),
        Fact::plain(if deployment.tag { "Tag" } else { "Branch" }, deployment.ref_name.clone()),
    ];
    if let Some(job) = job {
        let text = format!("{}, {}", job.name, job.status.as_str());
        facts.push(Fact::linked("Job", text, below(project, &format!("jobs/{}", job.id))));
    }
    if let Some(id) = deployment.pipeline_id.filter(|_| of.whole) {
        facts.push(Fact::linked("Pipeline", id.to_string(), below(project, &format!("pipelines/{id}"))));
    }
    if deployment.status.is_pending() {
        facts.extend(what_comes_next(of));
    }
    if let Some(before) = &of.previous {
        let since = before.finished_at.map(|at| Moment::of(at, now).ago).unwrap_or_default();
        let href = below(project, &format!("deployments/{}", before.iid));
        facts.push(Fact::linked("There before", format!("{}, {since} ago", short(&before.sha)), href));
    }
    facts
}

/// What follows on the approvals, and who may deploy.
fn what_comes_next(of: &Dossier) -> Vec<Fact> {
    let (deployment, gate) = (&of.item.case.deployment, &of.item.case.gate);
    let then = match &of.item.case.job {
        _ if gate.is_outdated() => "nothing: something later was deployed meanwhile",
        None => "the tool that asked may go on",
        Some(job) if gate.starts_by_itself(job.when, deployment.user_id) => "runs by itself",
        Some(_) => "started by someone who may deploy",
    };
    let mut facts = vec![Fact::plain("After approval", then)];
    let names = |all: &Vec<String>| if all.is_empty() { "Administrators".to_owned() } else { all.join(", ") };
    let lists: Vec<String> = of.deployers.iter().map(names).collect();
    if !lists.is_empty() {
        facts.push(Fact::plain("May deploy", lists.join("; and ")));
    }
    facts
}
