//! What people choose for a project.

use super::{Changes, NewProject, Wanted, change, code, list, look, make, named, refusal};
use crate::Tx;
use crate::authorize::Ref;
use crate::fixture::{NOW, PUBLIC, World, in_project};
use crate::projects::{archive, create_for};
use countersign_domain::access::{Actor, Level};
use countersign_domain::ids::ProjectId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::settings::{FeatureAccess, OverrideRole, ProcessMode, ProjectSettings, ProjectSettingsChanges};
use countersign_store::testing::on_both;

fn archived(world: &World<'_>, by: &Actor, project: ProjectId, on: bool) -> crate::Result<bool> {
    let changed = world.write(by, move |tx, actor| archive(tx, actor, &Ref::Id(project.0), on, NOW));
    changed.map(|view| view.project.archived)
}

#[test]
fn settings_are_kept_from_the_start_and_when_they_change() {
    on_both("projects_settings", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let wanted = ProjectSettingsChanges {
            resource_group_default_process_mode: Some(ProcessMode::OldestFirst),
            ..ProjectSettingsChanges::default()
        };
        let topics = vec!["web".to_owned(), " Web ".into(), "shop".into()];
        let new = NewProject { settings: wanted, topics, group_runners_enabled: Some(false), ..named("web") };
        let made = make(&world, &ann, new).unwrap().project;
        let mode = ProcessMode::OldestFirst;
        let expected = ProjectSettings { resource_group_default_process_mode: mode, ..ProjectSettings::default() };
        assert_eq!((&made.settings, &made.topics[..]), (&expected, &["web".to_owned(), "shop".into()][..]));
        assert_eq!((made.shared_runners_enabled, made.group_runners_enabled, made.archived), (true, false, false));
        let wanted = ProjectSettingsChanges { ci_config_path: Some(Some("ci/main.yml".into())), ..Default::default() };
        let changes = Changes {
            settings: wanted,
            shared_runners_enabled: Some(false),
            topics: Some(vec![]),
            ..Changes::default()
        };
        change(&world, &ann, made.id, changes).unwrap();
        let now = look(&world, &ann, "ann/web").unwrap().project;
        assert_eq!(now.settings, ProjectSettings { ci_config_path: Some("ci/main.yml".into()), ..expected });
        assert_eq!((now.topics.len(), now.shared_runners_enabled, now.group_runners_enabled), (0, false, false));
        let odd = ProjectSettingsChanges { ci_config_path: Some(Some("../x".into())), ..Default::default() };
        assert_eq!(code(change(&world, &ann, made.id, Changes { settings: odd, ..Changes::default() })), "invalid");
        let odd = Changes { topics: Some(vec!["a,b".into()]), ..Changes::default() };
        assert_eq!(code(change(&world, &ann, made.id, odd)), "invalid");
    });
}

#[test]
fn restricting_variables_and_naming_the_role_are_one_setting() {
    on_both("projects_variables", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let project = world.project(&ann, "web", None);
        let set = |restrict: Option<bool>, role: Option<OverrideRole>| {
            let settings =
                ProjectSettingsChanges { ci_pipeline_variables_minimum_override_role: role, ..Default::default() };
            let changes = Changes { restrict_variables: restrict, settings, ..Changes::default() };
            let settings = change(&world, &ann, project, changes).unwrap().project.settings;
            settings.ci_pipeline_variables_minimum_override_role
        };
        assert_eq!(set(Some(false), None), OverrideRole::Developer);
        assert_eq!(set(Some(true), None), OverrideRole::Maintainer);
        assert_eq!(set(Some(false), Some(OverrideRole::Owner)), OverrideRole::Owner);
        let loose = NewProject { restrict_variables: Some(false), ..named("loose") };
        let made = make(&world, &ann, loose).unwrap().project.settings;
        assert!(!made.restricts_variables());
    });
}

#[test]
fn what_is_not_for_everybody_is_hidden_from_visitors() {
    on_both("projects_visitors", |store| {
        let world = World::new(store);
        let (ann, bob, visitor) = (world.user("ann"), world.user("bob"), world.user("visitor"));
        let project = make(&world, &ann, NewProject { visibility: PUBLIC, ..named("web") }).unwrap().project.id;
        world.join(&in_project(project), &bob, Level::Reporter);
        let read = |by: &Actor| {
            let search = crate::environments::Search::default();
            world.read(by, move |tx, actor| crate::environments::list(tx, actor, &Ref::Id(project.0), &search, NOW))
        };
        let logs = |by: &Actor| {
            world.read(by, move |tx, by| crate::job_dossier::reads_logs(tx, by, &Ref::Id(project.0), NOW)).unwrap()
        };
        let log = |by: &Actor| {
            let of = countersign_domain::ids::JobId(1);
            world.read(by, move |tx, by| crate::pipelines::with_trace(tx, by, &Ref::Id(project.0), of, NOW))
        };
        let files = |by: &Actor| {
            let of = ("main", "build");
            world.read(by, move |tx, by| crate::artifacts::newest(tx, by, &Ref::Id(project.0), of, NOW))
        };
        let none = Refusal::NotFound(Missing::Row);
        for by in [&ann, &bob, &visitor, &Actor::anonymous()] {
            read(by).unwrap();
            assert!(logs(by));
            assert_eq!((refusal(log(by)), refusal(files(by))), (none.clone(), none.clone()));
        }
        let private = Some(FeatureAccess::Private);
        for settings in [
            ProjectSettingsChanges { environments_access_level: private, ..Default::default() },
            ProjectSettingsChanges {
                environments_access_level: Some(FeatureAccess::Enabled),
                builds_access_level: private,
                ..Default::default()
            },
        ] {
            change(&world, &ann, project, Changes { settings, ..Changes::default() }).unwrap();
            for by in [&ann, &bob, &world.root] {
                read(by).unwrap();
                assert!(logs(by));
                assert_eq!((refusal(log(by)), refusal(files(by))), (none.clone(), none.clone()));
            }
            for by in [&visitor, &Actor::anonymous()] {
                assert_eq!(refusal(read(by)), Refusal::Role("Reporter"));
                assert!(!logs(by));
                assert_eq!(refusal(log(by)), Refusal::Role("Reporter"));
                assert_eq!(refusal(files(by)), Refusal::Role("Reporter"));
                let code = move |tx: &mut Tx<'_>, by: &Actor| {
                    crate::git_access::fetch(tx, by, &Ref::Id(project.0), NOW).map(drop)
                };
                world.read(by, code).unwrap();
            }
            look(&world, &visitor, "ann/web").unwrap();
        }
    });
}

#[test]
fn an_owner_archives_a_project_and_takes_it_out_again() {
    on_both("projects_archive", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let project = world.project(&ann, "web", None);
        world.join(&in_project(project), &bob, Level::Maintainer);
        assert_eq!(refusal(archived(&world, &bob, project, true)), Refusal::Role("Owner"));
        assert!(archived(&world, &ann, project, true).unwrap());
        assert!(archived(&world, &ann, project, true).unwrap(), "again changes nothing");
        let found = |archived: Option<bool>| {
            let wanted = Wanted { archived, limit: 9, ..Wanted::default() };
            world.read(&ann, move |tx, by| list(tx, by, &wanted, NOW)).unwrap().1
        };
        assert_eq!((found(None), found(Some(true)), found(Some(false))), (1, 1, 0));
        let rename = Changes { name: Some("Web".into()), ..Changes::default() };
        change(&world, &bob, project, rename).expect("what it is called is no content");
        assert!(!archived(&world, &ann, project, false).unwrap());
        assert_eq!((found(Some(true)), found(Some(false))), (0, 1));
        let events = "SELECT code FROM audit_events WHERE code LIKE 'project.%archived' ORDER BY id";
        let named = store.read_blocking(|tx| tx.query(events, &[], |row| row.get::<String>(0))).unwrap();
        assert_eq!(named, ["project.archived", "project.unarchived"]);
    });
}

#[test]
fn administrators_create_projects_for_others() {
    on_both("projects_for", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let go = |by: &Actor, user: i64| {
            let user = countersign_domain::ids::UserId(user);
            world.write(by, move |tx, actor| create_for(tx, actor, user, &named("gift"), NOW))
        };
        let own = ann.user().unwrap().0;
        assert_eq!(refusal(go(&bob, own)), Refusal::AdminsOnly);
        assert_eq!(code(go(&world.root, 9_999)), "not_found");
        let made = go(&world.root, own).unwrap();
        assert_eq!((made.project.full_path.as_str(), made.owner.map(|o| o.id)), ("ann/gift", ann.user()));
        look(&world, &ann, "ann/gift").unwrap();
    });
}
