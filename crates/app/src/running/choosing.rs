//! What people chose for a project bears on its pipelines and jobs.

use super::{DEPLOY, Site, on_both, refusal, user, variable};
use crate::fixture::NOW;
use crate::git::{Action, ActionKind, CommitRequest, Person};
use crate::projects::{self, Changes};
use countersign_domain::settings::{CancellationRole, FeatureAccess, OverrideRole, ProjectSettingsChanges as Chosen};

fn choose(site: &Site<'_>, settings: Chosen) {
    let (at, changes) = (site.at(), Changes { settings, ..Changes::default() });
    site.write(&site.maintainer, move |tx, by| projects::update(tx, by, &at, &changes, NOW)).unwrap();
}

/// Commits a file that no pipeline begins from.
fn put(site: &Site<'_>, path: &str, content: &str) {
    let person = Person { name: "x".into(), email: "x@y".into() };
    let action = Action {
        kind: ActionKind::Create,
        file_path: path.into(),
        previous_path: None,
        content: Some(content.into()),
        execute_filemode: None,
        last_commit_id: None,
    };
    let request = CommitRequest {
        branch: "main".into(),
        start: None,
        message: "Put a file".into(),
        author: person.clone(),
        committer: person,
        at: 0,
        actions: vec![action],
    };
    site.app.repositories.commit_actions(site.project.0, &request).unwrap();
}

#[test]
fn the_configuration_is_looked_for_where_the_project_says_and_then_in_the_usual_places() {
    on_both("choosing_path", |store| {
        let site = Site::new(store);
        choose(&site, Chosen { ci_config_path: Some(Some("ops/ci.yml".into())), ..Chosen::default() });
        let usual = site.pipeline(&site.developer, "usual:\n  script: [echo]\n");
        assert_eq!(site.jobs(usual.id)[0].name, "usual");
        let named = "rules: [{if: '$CI_CONFIG_PATH == \"ops/ci.yml\"'}]";
        put(&site, "ops/ci.yml", &format!("own:\n  script: [echo]\n  {named}\n"));
        let asked = site.ask(&site.developer, "main", &[]).unwrap();
        assert_eq!(site.jobs(asked)[0].name, "own");
        let pushed = site.pipeline(&site.developer, "usual:\n  script: [echo again]\n");
        assert!(pushed.id > asked);
        assert_eq!(site.jobs(pushed.id)[0].name, "own");
    });
}

#[test]
fn a_project_without_pipelines_creates_none() {
    on_both("choosing_builds", |store| {
        let site = Site::new(store);
        choose(&site, Chosen { builds_access_level: Some(FeatureAccess::Disabled), ..Chosen::default() });
        site.commit(&site.developer, DEPLOY);
        assert!(site.newest().is_none());
        assert!(refusal(site.ask(&site.developer, "main", &[])).contains("Pipelines are disabled!"));
        choose(&site, Chosen { builds_access_level: Some(FeatureAccess::Private), ..Chosen::default() });
        site.ask(&site.developer, "main", &[]).unwrap();
    });
}

#[test]
fn the_project_says_who_gives_variables() {
    on_both("choosing_variables", |store| {
        let site = Site::new(store);
        let pipeline = site.pipeline(&site.developer, "go:\n  when: manual\n  script: [echo]\n");
        let job = site.jobs(pipeline.id)[0].id;
        let given = [variable("A", "1")];
        let role = |role: OverrideRole| {
            let chosen = Some(role);
            choose(&site, Chosen { ci_pipeline_variables_minimum_override_role: chosen, ..Chosen::default() });
        };
        role(OverrideRole::NoOneAllowed);
        assert!(refusal(site.ask(&site.maintainer, "main", &given)).contains("Insufficient permissions"));
        assert!(refusal(site.play(&site.maintainer, job, &given)).starts_with("access.switched_off"));
        role(OverrideRole::Maintainer);
        assert!(refusal(site.play(&site.developer, job, &given)).starts_with("access.role"));
        role(OverrideRole::Developer);
        site.ask(&site.developer, "main", &given).unwrap();
        site.play(&site.developer, job, &given).unwrap();
    });
}

#[test]
fn the_project_says_who_cancels_but_a_deploy_entry_stands_in_for_any_role() {
    on_both("choosing_cancel", |store| {
        let site = Site::new(store);
        let yaml = format!("{DEPLOY}build:\n  script: [echo]\n");
        let pipeline = site.pipeline(&site.developer, &yaml);
        let of = |name: &str| site.jobs(pipeline.id).into_iter().find(|job| job.name == name).unwrap().id;
        let role = CancellationRole::Maintainer;
        choose(&site, Chosen { ci_restrict_pipeline_cancellation_role: Some(role), ..Chosen::default() });
        assert!(refusal(site.cancel(&site.developer, of("build"))).starts_with("access.role"));
        assert!(refusal(site.cancel(&site.developer, of("deploy"))).starts_with("access.role"));
        site.protect(vec![user(&site.developer)], 0);
        site.cancel(&site.developer, of("deploy")).unwrap();
        site.cancel(&site.maintainer, of("build")).unwrap();
    });
}
