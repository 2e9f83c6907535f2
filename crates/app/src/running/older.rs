//! What a newer commit makes superfluous in the older pipelines of its branch.

use super::{Pipeline, Site, on_both};
use crate::options::Options;
use crate::projects;
use countersign_domain::settings::ProjectSettingsChanges;

impl Site<'_> {
    /// Lets new commits cancel what is superfluous, or not.
    fn auto_cancel(&self, on: bool) {
        let settings = ProjectSettingsChanges { auto_cancel_pending_pipelines: Some(on), ..Default::default() };
        let (at, changes) = (self.at(), projects::Changes { settings, ..projects::Changes::default() });
        let update =
            move |tx: &mut crate::Tx<'_>, by: &super::Actor| projects::update(tx, by, &at, &changes, super::NOW);
        self.write(&self.maintainer, update).unwrap();
    }

    /// Has a runner take that job; what else it could take is canceled first.
    fn only_lint(&self, runner: &super::Runner, lint: super::JobId) {
        let waiting = self
            .app
            .store
            .read_blocking(|tx| Ok::<_, crate::Failure>(super::jobs::waiting(tx, None, super::JobId(0), 99)?));
        for job in waiting.unwrap().into_iter().filter(|job| job.id < lint) {
            self.cancel(&self.developer, job.id).unwrap();
        }
        assert_eq!(self.claim(runner, &super::whole::token(lint)), Some(lint));
    }

    fn after_another(&self, of: &Pipeline, yaml: &str) -> Vec<String> {
        self.pipeline(&self.developer, &format!("{yaml}# after {}\n", of.id));
        self.statuses(of.id)
    }
}

const YAML: &str = "lint: {stage: build, script: [x], interruptible: true, tags: [lint]}\n\
                    build: {stage: build, script: [x]}\n\
                    deploy: {stage: build, script: [x], environment: production}\n\
                    test: {stage: test, script: [x]}\n";

#[test]
fn a_new_commit_cancels_what_waits_and_what_may_be_interrupted() {
    on_both("older", |store| {
        let site = Site::new(store);
        let runner = site.runner(&["lint"]);
        let first = site.pipeline(&site.developer, YAML);
        assert_eq!(site.after_another(&first, YAML)[..2], ["lint pending", "build pending"], "it was not asked for");
        site.auto_cancel(true);
        let of = site.newest().unwrap();
        // What was there before it was asked for is superfluous all the same; deployments are left alone.
        assert_eq!(
            site.after_another(&of, YAML),
            ["lint canceled", "build canceled", "deploy pending", "test canceled"]
        );
        assert_eq!(site.statuses(first.id), site.statuses(of.id));
        // The one interruptible job runs: it goes too.
        let of = site.pipeline(&site.developer, &format!("{YAML}# again\n"));
        let lint = site.named(of.id, "lint").id;
        site.only_lint(&runner, lint);
        assert_eq!(site.statuses(of.id)[0], "lint running");
        assert_eq!(site.after_another(&of, YAML)[..2], ["lint canceled", "build canceled"]);
    });
}

#[test]
fn a_pipeline_stays_in_which_something_has_started_that_must_not_be_interrupted() {
    on_both("older_started", |store| {
        let site = Site::new(store);
        site.auto_cancel(true);
        let runner = site.runner(&["lint"]);
        let of = site.pipeline(&site.developer, &YAML.replace("lint:", "a:").replace("build:", "b:"));
        site.runs(&runner, "a", 0);
        site.runs(&runner, "b", 0);
        let yaml = YAML.replace("build:", "other:");
        assert_eq!(site.after_another(&of, &yaml), ["a success", "b success", "deploy pending", "test created"]);
        let only = |what: &str| format!("workflow: {{auto_cancel: {{on_new_commit: {what}}}}}\n{YAML}");
        let of = site.pipeline(&site.developer, &only("interruptible"));
        assert_eq!(site.after_another(&of, &yaml)[..2], ["lint canceled", "build pending"]);
        let of = site.pipeline(&site.developer, &only("none"));
        assert_eq!(site.after_another(&of, &yaml)[..2], ["lint pending", "build pending"]);
    });
}

#[test]
fn pipelines_of_other_branches_and_of_the_same_commit_stay() {
    on_both("older_elsewhere", |store| {
        let site = Site::new(store);
        site.auto_cancel(true);
        let of = site.pipeline(&site.developer, YAML);
        let again = site.ask(&site.maintainer, "main", &[]).unwrap();
        site.app.repositories.create_branch(site.project.0, "feature", &of.sha, &mut |_| Ok(())).unwrap();
        site.try_commit(&site.developer, "feature", &format!("{YAML}# else\n")).unwrap();
        for pipeline in [of.id, again] {
            assert_eq!(site.statuses(pipeline)[..2], ["lint pending", "build pending"]);
        }
    });
}

#[test]
fn what_people_are_asked_has_the_values_of_the_environment() {
    on_both("confirmation", |store| {
        let site = Site::new(store);
        let yaml = "go: {script: [x], when: manual, environment: review/one, \
                    manual_confirmation: 'Deploy $CI_COMMIT_REF_NAME to $CI_ENVIRONMENT_NAME, $SECRET?'}\n\
                    variables: {SECRET: hush}\n";
        let of = site.pipeline(&site.developer, yaml);
        let asked = Options::read(&site.named(of.id, "go").options).manual_confirmation;
        assert_eq!(asked.as_deref(), Some("Deploy main to review/one, ?"));
    });
}
