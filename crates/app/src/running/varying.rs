//! Which CI/CD variables reach a pipeline and its jobs, and who may say so.

use super::handing_out::{payload, value};
use super::{NOW, Site, on_both, refusal, user, variable};
use crate::authorize::Ref;
use crate::fixture::in_group;
use crate::variables::{self, Place, Shown, Which};
use crate::vault::Vault;
use crate::{Failure, Result, Tx, projects};
use countersign_domain::access::{Actor, Level};
use countersign_domain::ids::{GroupId, ProjectId};
use countersign_domain::variable::{Changes, Draft, Traits};
use countersign_wire::runner::Job as Payload;

fn draft(key: &str, value: &str) -> Draft {
    Draft { traits: Traits { key: key.into(), ..Traits::default() }, value: value.into() }
}

fn scoped(key: &str, value: &str, scope: &str) -> Draft {
    let mut draft = draft(key, value);
    draft.traits.environment_scope = scope.into();
    draft
}

fn masked(key: &str, value: &str) -> Draft {
    let mut draft = draft(key, value);
    draft.traits.masked = true;
    draft
}

fn of(project: ProjectId) -> Place {
    Place::Project(Ref::Id(project.0))
}

fn of_group(group: GroupId) -> Place {
    Place::Group(Ref::Id(group.0))
}

impl Site<'_> {
    fn vary(&self, by: &Actor, at: &Place, wish: Draft) -> Result<Shown> {
        let at = at.clone();
        let vault = Vault::of_tests();
        self.write(by, move |tx, actor| variables::create(tx, &vault, actor, (&at, &wish), NOW))
    }

    fn alter(&self, by: &Actor, at: &Place, which: Which, changes: Changes) -> Result<Shown> {
        let at = at.clone();
        let vault = Vault::of_tests();
        self.write(by, move |tx, actor| variables::update(tx, &vault, actor, (&at, &which, &changes), NOW))
    }

    fn shown(&self, by: &Actor, at: &Place) -> Result<Vec<Shown>> {
        let (at, vault) = (at.clone(), Vault::of_tests());
        self.world.read(by, move |tx, actor| variables::list(tx, &vault, actor, &at, NOW))
    }

    /// Commits to a new branch that nothing protects.
    fn on_branch(&self, from: &str, yaml: &str) {
        self.app.repositories.create_branch(self.project.0, "feature", from, &mut |_| Ok(())).unwrap();
        self.try_commit(&self.developer, "feature", yaml).unwrap();
    }

    fn move_to(&self, group: GroupId) {
        let (at, to) = (self.at(), Ref::Id(group.0));
        let transfer =
            move |tx: &mut Tx<'_>, actor: &Actor| projects::transfer(tx, actor, &at, &to, Level::Maintainer, NOW);
        self.write(&self.world.root, transfer).unwrap();
    }

    /// What a new runner of that name is told of each job that waits, in order.
    fn told(&self, name: &str) -> Vec<Payload> {
        let runner = self.runner(&[name]);
        let claim = |n: usize| self.claim(&runner, &format!("glcbt-{name}-{n}"));
        (0..).map_while(claim).map(|id| payload(self, &runner, id)).collect()
    }
}

fn any(key: &str) -> Which {
    Which { key: key.into(), environment_scope: None }
}

#[test]
fn maintainers_owners_and_administrators_have_variables_and_nobody_else() {
    on_both("variables_who", |store| {
        let site = Site::new(store);
        let owner = site.world.user("owner");
        let group = site.world.group(&owner, "org", None);
        site.world.join(&in_group(group), &site.maintainer, Level::Maintainer);
        let (project, root) = (of(site.project), site.world.root.clone());
        site.vary(&site.maintainer, &project, draft("A", "1")).unwrap();
        site.vary(&owner, &of_group(group), draft("A", "1")).unwrap();
        site.vary(&root, &Place::Instance, draft("A", "1")).unwrap();
        let nobody = Actor::anonymous();
        for (who, at, expected) in [
            (&site.developer, &project, "Maintainer"),
            (&owner, &project, "404 Project"),
            (&nobody, &project, "404 Project"),
            (&site.maintainer, &of_group(group), "Owner"),
            (&site.developer, &of_group(group), "404 Group"),
            (&owner, &Place::Instance, "admins_only"),
            (&nobody, &Place::Instance, "admins_only"),
        ] {
            for why in [
                refusal(site.vary(who, at, draft("B", "1"))),
                refusal(site.alter(who, at, any("A"), Changes { value: Some("2".into()), ..Changes::default() })),
                refusal(site.shown(who, at)),
            ] {
                assert!(why.contains(expected), "{at:?}: {why}");
            }
        }
        let why = refusal(site.vary(&site.maintainer, &project, draft("A", "2")));
        assert!(why.contains("taken") && why.contains("(A) has already been taken"), "{why}");
        site.vary(&site.maintainer, &project, scoped("A", "2", "review/*")).unwrap();
        let why = refusal(site.alter(&site.maintainer, &project, any("A"), Changes::default()));
        assert!(why.contains("variable.ambiguous"), "{why}");
        let why = refusal(site.alter(&site.maintainer, &project, any("C"), Changes::default()));
        assert!(why.contains("404 Variable Not Found"), "{why}");
    });
}

#[test]
fn values_are_sealed_hidden_ones_are_not_shown_and_the_trail_has_none() {
    on_both("variables_sealed", |store| {
        let site = Site::new(store);
        let project = of(site.project);
        let mut hidden = masked("TOKEN", "hunter2hunter2");
        hidden.traits.hidden = true;
        let made = site.vary(&site.maintainer, &project, hidden).unwrap();
        assert_eq!(made.value, None);
        let other = Changes { value: Some("swordfish-swordfish".into()), ..Changes::default() };
        assert_eq!(site.alter(&site.maintainer, &project, any("TOKEN"), other).unwrap().value, None);
        site.vary(&site.maintainer, &project, draft("PLAIN", "plain-plain")).unwrap();
        let shown = site.shown(&site.maintainer, &project).unwrap();
        let values: Vec<_> = shown.iter().map(|of| (of.variable.traits.key.as_str(), of.value.as_deref())).collect();
        assert_eq!(values, [("PLAIN", Some("plain-plain")), ("TOKEN", None)]);
        let trail = move |tx: &mut Tx<'_>| {
            let sql = "SELECT before || after FROM audit_events WHERE code LIKE 'variable.%' ORDER BY id";
            Ok::<_, Failure>(tx.query(sql, &[], |row| row.get::<String>(0))?)
        };
        let trail = store.read_blocking(trail).unwrap();
        assert_eq!(trail.len(), 3);
        assert!(
            trail.iter().all(|text| !text.contains("hunter2") && !text.contains("fish") && !text.contains("plain-"))
        );
        assert!(trail[1].contains(r#""value_changed":true"#), "{}", trail[1]);
        // Nothing in the row, and a row that somebody moves to another owner or frees of its limits opens no more.
        let rows = |tx: &mut Tx<'_>| {
            let sealed = tx.query("SELECT sealed FROM ci_variables", &[], |row| row.get::<Vec<u8>>(0))?;
            Ok::<_, Failure>(sealed)
        };
        let sealed = store.read_blocking(rows).unwrap();
        assert!(sealed.iter().all(|bytes| !bytes.windows(5).any(|part| part == b"plain" || part == b"sword")));
        let free = |tx: &mut Tx<'_>| Ok(tx.execute("UPDATE ci_variables SET hidden = (1 = 0)", &[])?);
        store.housekeeping_blocking(free).unwrap();
        let (at, vault, by) = (project, Vault::of_tests(), site.maintainer.clone());
        let read = store.read_blocking(move |tx| variables::list(tx, &vault, &by, &at, NOW));
        assert!(matches!(read, Err(Failure::Store(why)) if why.to_string().contains("TOKEN")));
    });
}

#[test]
fn the_nearest_owner_wins_over_the_file_and_the_pipeline_wins_over_both() {
    on_both("variables_precedence", |store| {
        let site = Site::new(store);
        let (root, vault) = (site.world.root.clone(), Vault::of_tests());
        let top = site.world.group(&root, "top", None);
        let sub = site.world.group(&root, "sub", Some(top));
        site.move_to(sub);
        // From the lowest to the highest.
        let levels = ["default", "workflow", "job", "rule", "instance", "top", "sub", "project", "pipeline", "played"];
        let key = |level: &str| format!("FROM_{}", level.to_uppercase());
        // The variable named after a level is set there and on every level below.
        let upto = |level: &str| -> Vec<&str> { levels.iter().copied().skip_while(|l| *l != level).collect() };
        let written =
            |level: &str| -> String { upto(level).iter().map(|l| format!("{}: {level}, ", key(l))).collect() };
        let yaml = format!(
            "variables: {{{}}}\nworkflow: {{rules: [{{when: always, variables: {{{}}}}}]}}\n\
             d:\n  script: [x]\n  variables: {{{} CI_ENVIRONMENT_SLUG: mine}}\n  environment: production\n\
             \x20 rules: [{{when: manual, variables: {{{}}}}}]\n",
            written("default"),
            written("workflow"),
            written("job"),
            written("rule"),
        );
        for (level, place) in [
            ("instance", Place::Instance),
            ("top", of_group(top)),
            ("sub", of_group(sub)),
            ("project", of(site.project)),
        ] {
            for above in upto(level) {
                site.vary(&root, &place, draft(&key(above), level)).unwrap();
            }
            site.vary(&root, &place, draft("CI_ENVIRONMENT_URL", "mine")).unwrap();
        }
        site.commit(&site.maintainer, &yaml);
        let given: Vec<_> = upto("pipeline").iter().map(|l| variable(&key(l), "pipeline")).collect();
        let pipeline = site.ask(&site.maintainer, "main", &given).unwrap();
        let job = site.jobs(pipeline).remove(0);
        site.play(&site.maintainer, job.id, &[variable(&key("played"), "played")]).unwrap();
        let told = site.told("one").pop().unwrap();
        for level in levels {
            assert_eq!(value(&told, &key(level)).as_deref(), Some(level), "{level}");
        }
        assert_eq!(value(&told, "CI_ENVIRONMENT_SLUG").as_deref(), Some("production"));
        // What comes to another group comes to have that one's variables.
        let away = site.world.group(&root, "away", None);
        site.vary(&root, &of_group(away), draft("FROM_SUB", "away")).unwrap();
        site.move_to(away);
        let moved = variables::of_job;
        let project = site.project;
        let reach = countersign_domain::variable::Reach { environment: None, ref_protected: true };
        let all = store.read_blocking(move |tx| moved(tx, &vault, project, reach)).unwrap();
        let now = |key: &str| all.iter().find(|v| v.key == key).map(|v| v.value.as_str());
        assert_eq!(
            (now("FROM_SUB"), now("FROM_TOP"), now("FROM_PROJECT")),
            (Some("away"), Some("instance"), Some("project"))
        );
    });
}

#[test]
fn a_secret_of_production_reaches_only_a_job_that_names_production_and_passed_its_gate() {
    on_both("variables_reach", |store| {
        let site = Site::new(store);
        let project = of(site.project);
        let mut secret = masked("DEPLOY_KEY", "s3cr3t-s3cr3t");
        secret.traits.environment_scope = "production".into();
        secret.traits.protected = true;
        site.vary(&site.maintainer, &project, secret).unwrap();
        site.vary(&site.maintainer, &project, masked("DEPLOY_KEY", "review-only-1")).unwrap();
        site.vary(&site.maintainer, &project, scoped("DEPLOY_URL", "prod", "prod*")).unwrap();
        site.protect(vec![user(&site.maintainer)], 1);
        let yaml = "deploy:\n  script: [x]\n  environment: production\nbuild:\n  script: [x]\n\
                    review:\n  script: [x]\n  environment: review/a\n";
        let pipeline = site.pipeline(&site.developer, yaml);
        let open = site.told("one");
        let names: Vec<_> = open.iter().map(|job| job.job_info.name.as_str()).collect();
        assert_eq!(names, ["build", "review"], "the deployment waits for approval");
        for job in &open {
            assert_eq!(value(job, "DEPLOY_KEY").as_deref(), Some("review-only-1"));
            assert_eq!(value(job, "DEPLOY_URL"), None);
            assert!(!serde_json::to_string(job).unwrap().contains("s3cr3t"));
        }
        let job = site.named(pipeline.id, "deploy").id;
        site.approve(&site.maintainer, job).unwrap();
        site.play(&site.maintainer, job, &[]).unwrap();
        let runner = site.runner(&["gate"]);
        let id = site.claim(&runner, "glcbt-gate").unwrap();
        let told = payload(&site, &runner, id);
        let key = told.variables.iter().find(|v| v.key == "DEPLOY_KEY").unwrap();
        assert_eq!((key.value.as_str(), key.masked, key.public), ("s3cr3t-s3cr3t", true, false));
        assert_eq!(value(&told, "DEPLOY_URL").as_deref(), Some("prod"));
        // On a branch that is not protected the protected one is not there, and hides nothing.
        site.on_branch(&pipeline.sha, &yaml.replace("production", "prod/eu"));
        let told = site.told("two");
        let eu = told.iter().find(|job| job.job_info.name == "deploy").unwrap();
        assert_eq!(value(eu, "DEPLOY_KEY").as_deref(), Some("review-only-1"));
        assert_eq!(value(eu, "CI_COMMIT_REF_PROTECTED").as_deref(), Some("false"));
    });
}

#[test]
fn conditions_see_them_but_no_text_has_a_masked_one() {
    on_both("variables_conditions", |store| {
        let site = Site::new(store);
        let project = of(site.project);
        let mut guarded = draft("GUARDED", "yes");
        guarded.traits.protected = true;
        for wish in
            [draft("PLAIN", "eu"), masked("SECRET", "s3cr3t-s3cr3t"), scoped("SCOPED", "yes", "production"), guarded]
        {
            site.vary(&site.maintainer, &project, wish).unwrap();
        }
        let yaml = "workflow:\n  name: 'p $PLAIN $SECRET'\n\
                    named:\n  script: [x]\n  environment: {name: review/$PLAIN, url: 'https://$PLAIN.example/$SECRET'}\n\
                    secret:\n  script: [x]\n  rules: [{if: '$SECRET == \"s3cr3t-s3cr3t\"'}]\n\
                    guarded:\n  script: [x]\n  rules: [{if: $GUARDED}]\n\
                    scoped:\n  script: [x]\n  rules: [{if: $SCOPED}]\n";
        let jobs = |of: &countersign_store::pipelines::Pipeline| {
            site.jobs(of.id).into_iter().map(|job| (job.name, job.environment_url)).collect::<Vec<_>>()
        };
        let url = Some("https://eu.example/".to_owned());
        let pipeline = site.pipeline(&site.developer, yaml);
        let expected = [("named".to_owned(), url.clone()), ("secret".into(), None), ("guarded".into(), None)];
        assert_eq!(jobs(&pipeline), expected);
        assert_eq!(pipeline.name.as_deref(), Some("p eu"));
        site.on_branch(&pipeline.sha, &format!("{yaml}# on a branch\n"));
        assert_eq!(jobs(&site.newest().unwrap()), expected[..2]);
        // Nor does a message: the path of an included file is told where there is none.
        let included = "include: {local: '/$SECRET.yml'}\nd: {script: [x]}\n";
        let broken = site.pipeline(&site.developer, included);
        assert!(broken.yaml_errors.is_some_and(|text| !text.contains("s3cr3t")));
        // A value somebody gives the pipeline wins, and is no secret of the project.
        let id = site.ask(&site.maintainer, "feature", &[variable("SECRET", "open")]).unwrap();
        assert_eq!(site.jobs(id).len(), 1);
        let named = move |tx: &mut Tx<'_>| Ok::<_, Failure>(countersign_store::pipelines::find(tx, id)?);
        assert_eq!(store.read_blocking(named).unwrap().unwrap().name.as_deref(), Some("p eu open"));
    });
}

#[test]
fn a_tag_whose_variable_does_not_get_there_is_not_lost() {
    on_both("variables_tags", |store| {
        let site = Site::new(store);
        let project = of(site.project);
        let known = [scoped("PROD_RUNNER", "hardened", "production"), masked("SECRET", "s3cr3t-s3cr3t")];
        for wish in known.into_iter().chain([draft("EMPTY", ""), draft("REGION", "eu")]) {
            site.vary(&site.maintainer, &project, wish).unwrap();
        }
        let tags = "$PROD_RUNNER, x-$SECRET, $EMPTY, 'linux-$REGION$EMPTY', '$REGION-${NOTHING}'";
        let yaml = format!(
            "deploy: {{script: [x], environment: production, tags: [{tags}]}}\n\
                            other: {{script: [x], environment: production, tags: [$PROD_RUNNER]}}\n"
        );
        let pipeline = site.pipeline(&site.developer, &yaml);
        let stored: Vec<String> = serde_json::from_str(&site.named(pipeline.id, "deploy").tags).unwrap();
        assert_eq!(stored, ["$PROD_RUNNER", "x-${SECRET}", "$EMPTY", "linux-eu", "$REGION-${NOTHING}"]);
        assert!(site.told("shared").is_empty(), "no runner has such tags");
    });
}

#[test]
fn where_an_environment_can_be_seen_is_known_when_its_job_runs() {
    on_both("variables_url", |store| {
        let site = Site::new(store);
        let project = of(site.project);
        site.vary(&site.maintainer, &project, scoped("HOST", "prod.example.org", "production")).unwrap();
        site.vary(&site.maintainer, &project, masked("SECRET", "s3cr3t-s3cr3t")).unwrap();
        let runner = site.runner(&["url"]);
        let seen = |name: &'static str| {
            let at = site.project;
            let read = move |tx: &mut Tx<'_>| {
                Ok::<_, Failure>(countersign_store::environments::by_name(tx, at, name)?.and_then(|e| e.external_url))
            };
            store.read_blocking(read).unwrap()
        };
        for (url, expected) in [
            ("https://$HOST/$SECRET", "https://prod.example.org/"),
            // What is no address says nothing.
            ("https://$NOTHING", "https://prod.example.org/"),
            ("https://plain.example.org", "https://plain.example.org"),
        ] {
            let yaml = format!("deploy:\n  script: [x]\n  environment: {{name: production, url: '{url}'}}\n");
            site.commit(&site.developer, &yaml);
            let job = site.take(&runner).unwrap();
            assert_eq!(value(&payload(&site, &runner, job), "CI_ENVIRONMENT_URL").as_deref(), Some(expected));
            site.ends(job, 0);
            assert_eq!(seen("production").as_deref(), Some(expected), "{url}");
        }
    });
}
