//! Groups and projects with everything that clients look for and set.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::runner::HandRunner;
use countersign_tests::world::level;
use countersign_tests::{Server, World, each_engine, git};
use serde_json::{Value, json};
use std::time::Duration;

each_engine!(
    a_project_keeps_every_setting_it_is_given,
    a_project_has_the_fields_and_types_that_strict_clients_need,
    a_group_keeps_every_setting_it_is_given,
    a_group_has_the_fields_and_types_that_strict_clients_need,
    shares_are_read_back_and_refused_when_doubled,
    lists_of_projects_are_narrowed,
    lists_of_groups_are_narrowed,
    an_archived_project_is_read_only_and_nothing_of_it_is_deployed,
    what_is_around_a_project,
    a_group_goes_with_all_below_it,
    projects_for_others_and_their_addresses,
);

/// What strict clients decode each field as.
fn assert_types(of: &Value, kinds: &[(&str, &str)]) {
    let fits = |value: &Value, kind: &str| match kind {
        "id" => value.is_i64(),
        "text" => value.is_string(),
        "flag" => value.is_boolean(),
        "list" => value.is_array(),
        "record" => value.is_object(),
        "time" => value.as_str().is_some_and(|it| it.len() == 24 && it.ends_with('Z')),
        _ => value.is_null(),
    };
    for (kind, names) in kinds {
        for name in names.split(' ') {
            let value = of.get(name).unwrap_or_else(|| panic!("{name} is missing in {of:#}"));
            assert!(kind.split('|').any(|kind| fits(value, kind)), "{name} is {value}, not {kind}");
        }
    }
}

async fn a_project_keeps_every_setting_it_is_given(server: &'static Server) {
    let world = World::new(server).await;
    let at = &world.project.at;
    let usual = json!({
        "ci_forward_deployment_enabled": true, "ci_forward_deployment_rollback_allowed": true,
        "environments_access_level": "enabled", "builds_access_level": "enabled", "jobs_enabled": true,
        "resource_group_default_process_mode": "unordered", "build_timeout": 3600, "ci_config_path": null,
        "ci_pipeline_variables_minimum_override_role": "maintainer", "restrict_user_defined_variables": true,
        "public_jobs": false, "shared_runners_enabled": true, "group_runners_enabled": true, "archived": false,
        "allow_pipeline_trigger_approve_deployment": false, "topics": [], "tag_list": [],
    });
    assert_shows(&world.owner.get(at).await.ok(200), &usual);
    let settings = [
        json!({"ci_forward_deployment_enabled": false, "ci_forward_deployment_rollback_allowed": false}),
        json!({"environments_access_level": "private", "builds_access_level": "private"}),
        json!({"resource_group_default_process_mode": "newest_ready_first", "build_timeout": 7200}),
        json!({"ci_config_path": "ops/deploy.yml", "ci_pipeline_variables_minimum_override_role": "no_one_allowed"}),
        json!({"ci_restrict_pipeline_cancellation_role": "maintainer", "public_jobs": true}),
        json!({"auto_cancel_pending_pipelines": "enabled", "keep_latest_artifact": true}),
        json!({"ci_default_git_depth": 0, "ci_job_token_scope_enabled": true, "ci_separated_caches": false}),
        json!({"ci_allow_fork_pipelines_to_run_in_parent_project": false}),
        json!({"shared_runners_enabled": false, "group_runners_enabled": false}),
        json!({"allow_pipeline_trigger_approve_deployment": true, "default_branch": "trunk"}),
        json!({"description": "Sells things", "topics": ["shop", "web"], "name": "App 2", "path": "app2"}),
    ];
    for setting in &settings {
        assert_shows(&world.maintainer.put(at, setting.clone()).await.ok(200), setting);
    }
    let now = world.owner.get(at).await.ok(200);
    for setting in &settings {
        assert_shows(&now, setting);
    }
    assert_eq!(now["tag_list"], json!(["shop", "web"]));
    let form =
        countersign_tests::client::Body::form("tag_list=one,two&ci_config_path=&restrict_user_defined_variables=0");
    let expected = json!({"topics": ["one", "two"], "ci_config_path": null,
        "ci_pipeline_variables_minimum_override_role": "developer"});
    assert_shows(&world.owner.put(at, form).await.ok(200), &expected);
    for (odd, field) in [
        (json!({"ci_config_path": "../x.yml"}), "ci_config_path"),
        (json!({"ci_default_git_depth": 1001}), "ci_default_git_depth"),
        (json!({"build_timeout": 1}), "build_timeout"),
        (json!({"topics": ["a\nb"]}), "topics"),
        (json!({"default_branch": "a..b"}), "default_branch"),
    ] {
        let refused = world.owner.put(at, odd).await.refused(400);
        assert!(refused["message"][field].is_array(), "{refused}");
    }
    for odd in [json!({"environments_access_level": "some"}), json!({"resource_group_default_process_mode": 1})] {
        world.owner.put(at, odd).await.refused(400);
    }
    world.dev.put(at, json!({"build_timeout": 7200})).await.refused(403);
    world.outsider.put(at, json!({"build_timeout": 7200})).await.refused(404);
    let body = json!({"name": "born", "namespace_id": world.org.id, "topics": ["x"], "group_runners_enabled": false,
        "ci_config_path": "a.yml", "restrict_user_defined_variables": false});
    let made = world.owner.post("/projects", body).await.ok(201);
    let expected = json!({"topics": ["x"], "group_runners_enabled": false, "ci_config_path": "a.yml",
        "restrict_user_defined_variables": false});
    assert_shows(&made, &expected);
}

async fn a_project_has_the_fields_and_types_that_strict_clients_need(server: &'static Server) {
    let world = World::new(server).await;
    let kinds = [
        ("id", "id creator_id build_timeout ci_default_git_depth forks_count star_count"),
        ("text", "name name_with_namespace path path_with_namespace default_branch visibility ssh_url_to_repo"),
        ("text", "http_url_to_repo web_url import_status auto_cancel_pending_pipelines builds_access_level"),
        ("text", "environments_access_level resource_group_default_process_mode"),
        ("text", "ci_pipeline_variables_minimum_override_role"),
        ("text|null", "description readme_url avatar_url ci_config_path runners_token"),
        ("time", "created_at updated_at last_activity_at"),
        ("list", "topics tag_list shared_with_groups"),
        ("record", "namespace permissions _links"),
        ("flag", "archived empty_repo shared_runners_enabled group_runners_enabled jobs_enabled public_jobs"),
        ("flag", "keep_latest_artifact restrict_user_defined_variables ci_forward_deployment_enabled"),
        ("flag", "allow_pipeline_trigger_approve_deployment ci_forward_deployment_rollback_allowed"),
        ("null", "marked_for_deletion_at marked_for_deletion_on"),
    ];
    let path = format!("{}?statistics=true&license=true&with_custom_attributes=1", world.project.at);
    let shown = world.owner.get(&path).await.ok(200);
    assert_types(&shown, &kinds);
    assert_types(
        &shown["namespace"],
        &[("id", "id"), ("text", "name path kind full_path web_url"), ("null", "parent_id")],
    );
    let access = json!({"project_access": null, "group_access": {"access_level": level::OWNER}});
    assert_shows(&shown["permissions"], &access);
    assert!(shown.get("owner").is_none(), "{shown}");
    let own = world.dev.post("/projects", json!({"name": format!("own-{}", world.mark)})).await.ok(201);
    assert_types(&own, &kinds);
    let expected = json!({"namespace": {"kind": "user"}, "owner": {"id": world.dev.id},
        "permissions": {"project_access": {"access_level": level::OWNER}, "group_access": null}});
    assert_shows(&own, &expected);
    let members = own["_links"]["members"].as_str().unwrap();
    assert!(members.ends_with(&format!("/api/v4/projects/{}/members", own["id"])), "{members}");
    let expected = json!({"id": world.project.id, "import_status": "none", "import_error": null});
    assert_shows(&world.owner.get(&world.project.of("/import")).await.ok(200), &expected);
}

async fn a_group_keeps_every_setting_it_is_given(server: &'static Server) {
    let world = World::new(server).await;
    let settings = json!({
        "lfs_enabled": true, "request_access_enabled": true, "project_creation_level": "maintainer",
        "subgroup_creation_level": "owner", "require_two_factor_authentication": true, "two_factor_grace_period": 56,
        "auto_devops_enabled": true, "emails_disabled": true, "emails_enabled": false, "mentions_disabled": true,
        "share_with_group_lock": true, "membership_lock": true, "prevent_forking_outside_group": true,
        "default_branch_protection": 1, "default_branch": "trunk", "wiki_access_level": "private",
        "description": "All of it",
    });
    let mut body = settings.clone();
    body["name"] = json!("Born so");
    body["path"] = json!(format!("born-{}", world.mark));
    let made = world.owner.post("/groups", body).await.ok(201);
    assert_shows(&made, &settings);
    let group = world.subgroup("plain", "Plain", &world.org).await;
    let usual = json!({"project_creation_level": "developer", "subgroup_creation_level": "maintainer",
        "default_branch_protection": 2, "two_factor_grace_period": 48, "membership_lock": false,
        "emails_disabled": false, "default_branch": null});
    assert_shows(&world.owner.get(&group.at).await.ok(200), &usual);
    for (name, value) in settings.as_object().unwrap() {
        let setting = json!({name: value});
        assert_shows(&world.owner.put(&group.at, setting.clone()).await.ok(200), &setting);
        assert_shows(&world.owner.get(&group.at).await.ok(200), &setting);
    }
    assert_shows(&world.owner.get(&group.at).await.ok(200), &settings);
    for odd in [
        json!({"default_branch_protection": 5}),
        json!({"project_creation_level": "guest"}),
        json!({"two_factor_grace_period": -1}),
    ] {
        world.owner.put(&group.at, odd).await.refused(400);
    }
    world.maintainer.put(&group.at, json!({"lfs_enabled": false})).await.refused(403);
    let body = json!({"name": "x", "namespace_id": group.id});
    world.dev.post("/projects", body.clone()).await.refused(403);
    let born = world.maintainer.post("/projects", body).await.ok(201);
    assert_eq!(born["default_branch"], "trunk");
    let invite = json!({"group_id": world.qa.id, "group_access": 30});
    let path = format!("/projects/{}/share", id(&born));
    world.owner.post(&path, invite).await.refused_as(400, "share.locked");
    world.maintainer.post("/groups", json!({"name": "y", "path": "y", "parent_id": group.id})).await.refused(403);
}

async fn a_group_has_the_fields_and_types_that_strict_clients_need(server: &'static Server) {
    let world = World::new(server).await;
    let kinds = [
        ("id", "id default_branch_protection two_factor_grace_period"),
        ("text", "name path description visibility full_name full_path web_url project_creation_level"),
        ("text", "subgroup_creation_level shared_runners_setting wiki_access_level ip_restriction_ranges"),
        ("id|null", "parent_id"),
        ("text|null", "avatar_url default_branch runners_token"),
        ("flag", "membership_lock share_with_group_lock lfs_enabled request_access_enabled auto_devops_enabled"),
        ("flag", "require_two_factor_authentication emails_enabled emails_disabled mentions_disabled"),
        ("flag", "prevent_forking_outside_group"),
        ("record", "default_branch_protection_defaults"),
        ("time", "created_at"),
        ("null", "marked_for_deletion_on"),
    ];
    let shown = world.owner.get(&world.qa.at).await.ok(200);
    assert_types(&shown, &kinds);
    assert_types(&shown, &[("list", "shared_with_groups projects shared_projects")]);
    assert_eq!(shown["parent_id"], world.org.id);
    for row in world.owner.get("/groups?owned=true").await.ok(200).as_array().unwrap() {
        assert_types(row, &kinds);
    }
}

async fn shares_are_read_back_and_refused_when_doubled(server: &'static Server) {
    let world = World::new(server).await;
    let (guests, host) = (&world.qa, world.subgroup("host", "Host", &world.org).await);
    for place in [&world.project, &host] {
        let day = "2099-12-31";
        let body = json!({"group_id": guests.id, "group_access": 30, "expires_at": day});
        world.owner.post(&place.of("/share"), body.clone()).await.ok(201);
        let expected = json!([{"group_id": guests.id, "group_name": "qa-group", "group_full_path": guests.path,
            "group_access_level": 30, "expires_at": day, "member_role_id": null}]);
        assert_eq!(world.owner.get(&place.at).await.ok(200)["shared_with_groups"], expected);
        let again = world.owner.post(&place.of("/share"), body).await.refused_as(409, "share.exists");
        assert_eq!(again["message"], "Group already shared with this group");
        let gone = place.of(&format!("/share/{}", guests.id));
        assert_eq!(world.owner.delete(&gone).await.ok(204), Value::Null);
        world.owner.delete(&gone).await.refused(404);
        assert_eq!(world.owner.get(&place.at).await.ok(200)["shared_with_groups"], json!([]));
        let body = json!({"group_id": guests.id, "group_access": 30, "expires_at": null});
        world.owner.post(&place.of("/share"), body).await.ok(201);
        assert_eq!(world.owner.get(&place.at).await.ok(200)["shared_with_groups"][0]["expires_at"], Value::Null);
        for odd in [
            json!({"group_access": 30}),
            json!({"group_id": guests.id}),
            json!({"group_id": guests.id, "group_access": 31}),
            json!({"group_id": world.security.id, "group_access": 30, "expires_at": "2000-01-01"}),
            json!({"group_id": world.security.id, "group_access": 30, "expires_at": "tomorrow"}),
        ] {
            world.owner.post(&place.of("/share"), odd).await.refused(400);
        }
        let nothing = json!({"group_id": 999_999, "group_access": 30});
        world.owner.post(&place.of("/share"), nothing).await.refused(404);
        world.dev.post(&place.of("/share"), json!({"group_id": guests.id, "group_access": 30})).await.refused(403);
    }
    let shown = world.owner.get(&guests.at).await.ok(200);
    assert_eq!(ids(&shown["shared_projects"]), [world.project.id]);
}

async fn lists_of_projects_are_narrowed(server: &'static Server) {
    let world = World::new(server).await;
    let sub = world.subgroup("sub", "Sub", &world.org).await;
    let mark = &world.mark;
    let body = json!({"name": "inner", "namespace_id": sub.id, "visibility": "private", "topics": [mark, "web"]});
    let inner = id(&world.owner.post("/projects", body).await.ok(201));
    let other = world.project("other").await.id;
    let app = world.project.id;
    let list = async |query: &str| ids(&world.owner.get(query).await.ok(200));
    assert_eq!(list(&world.org.of("/projects?order_by=id&sort=asc")).await, [app, other]);
    assert_eq!(list(&world.org.of("/projects?order_by=id&sort=asc&include_subgroups=true")).await, [app, inner, other]);
    assert_eq!(list(&world.org.of("/projects?search=OTH")).await, [other]);
    assert_eq!(list(&format!("/projects?topic={mark},Web")).await, [inner]);
    assert_eq!(list(&format!("/projects?topic={mark},none")).await, [0_i64; 0]);
    assert_eq!(list("/projects?starred=true").await, [0_i64; 0]);
    world.owner.post(&format!("/projects/{other}/archive"), json!({})).await.ok(201);
    assert_eq!(list(&world.org.of("/projects?archived=true")).await, [other]);
    assert_eq!(list(&world.org.of("/projects?archived=false")).await, [app]);
    assert_eq!(list(&world.org.of("/projects?archived=false&id_after=99999999")).await, [0_i64; 0]);
    assert_eq!(list(&world.org.of(&format!("/projects?id_before={other}"))).await, [app]);
    assert_eq!(list(&world.org.of("/projects?last_activity_after=2099-01-01T00:00:00Z")).await, [0_i64; 0]);
    assert_eq!(list(&world.org.of("/projects?last_activity_before=2099-01-01T00:00:00Z&sort=asc")).await, [app, other]);
    world.owner.get("/projects?last_activity_after=yesterday").await.refused(400);
    let own = id(&world.dev.post("/projects", json!({"name": format!("mine-{mark}")})).await.ok(201));
    let of_user = world.dev.get(&format!("/users/{}/projects?search=mine-{mark}", world.dev.id)).await.ok(200);
    assert_eq!(ids(&of_user), [own]);
    let hidden = world.qa1.get(&format!("/users/{}/projects?search=mine-{mark}", world.dev.username)).await.ok(200);
    assert_eq!(hidden, json!([]));
    world.dev.get("/users/999999/projects").await.refused(404);
    let shared = world.subgroup("guests", "Guests", &world.org).await;
    world.share(&world.project, &shared, 30).await;
    assert_eq!(list(&shared.of("/projects")).await, [app]);
    assert_eq!(list(&shared.of("/projects?with_shared=false")).await, [0_i64; 0]);
}

async fn lists_of_groups_are_narrowed(server: &'static Server) {
    let world = World::new(server).await;
    let sub = world.subgroup("sub", "Sub", &world.operators).await;
    let list = async |by: &countersign_tests::Client, path: &str| {
        let mut found = ids(&by.get(path).await.ok(200));
        found.sort_unstable();
        found
    };
    let direct = [world.operators.id, world.qa.id, world.security.id];
    assert_eq!(list(&world.owner, &world.org.of("/subgroups")).await, direct);
    assert_eq!(list(&world.owner, &world.org.of("/descendant_groups")).await, [&direct[..], &[sub.id]].concat());
    let skip = format!("/descendant_groups?skip_groups[]={}&skip_groups[]={}", direct[0], direct[1]);
    assert_eq!(list(&world.owner, &world.org.of(&skip)).await, [world.security.id, sub.id]);
    let body = json!({"name": "Open", "path": format!("open-{}", world.mark), "visibility": "public"});
    let open = id(&world.root.post("/groups", body).await.ok(201));
    let search = format!("/groups?search=open-{}", world.mark);
    assert_eq!(list(&world.outsider, &search).await, [0_i64; 0], "people are shown their own groups");
    assert_eq!(list(&world.outsider, &format!("{search}&all_available=true")).await, [open]);
    assert_eq!(list(&world.anonymous, &search).await, [open]);
    assert_eq!(list(&world.root, &search).await, [open]);
    let own = format!("/groups?search={}&top_level_only=true&statistics=true", world.mark);
    assert_eq!(list(&world.guest, &own).await, [world.org.id]);
    world.outsider.get(&world.org.of("/descendant_groups")).await.refused(404);
}

const YAML: &str = "deploy:\n  variables: {GIT_STRATEGY: none}\n  script: ['true']\n  environment: {name: production}\n\
                    build:\n  variables: {GIT_STRATEGY: none}\n  script: ['true']\n";

async fn an_archived_project_is_read_only_and_nothing_of_it_is_deployed(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let outside = world.blocked(&world.deployer, "production").await;
    let repository = git::Repository::new(server, &world.project);
    let sha = repository.commit(".gitlab-ci.yml", YAML.as_bytes());
    repository.push(&world.deployer);
    git::pipeline_of(&world.owner, &world.project, &sha).await;
    let jobs = world.owner.get(&world.project.of("/deployments?environment=production&status=blocked")).await.ok(200);
    assert_eq!(jobs.as_array().unwrap().len(), 2);
    let job = jobs.as_array().unwrap().iter().find_map(|it| it["deployable"]["id"].as_i64()).unwrap();
    world.maintainer.post(&world.project.of("/archive"), json!({})).await.refused(403);
    let archived = world.owner.post(&world.project.of("/archive"), json!({})).await.ok(201);
    assert_eq!(archived["archived"], true);
    assert_eq!(world.owner.post(&world.project.of("/archive"), json!({})).await.ok(201)["archived"], true);
    assert_eq!(world.status(outside).await, "canceled");
    for deployment in world.owner.get(&world.project.of("/deployments")).await.ok(200).as_array().unwrap() {
        assert_eq!(deployment["status"], "canceled", "{deployment}");
    }
    world.vote(&world.qa1, outside, "approved").await.refused(400);
    repository.commit("more", b"more");
    let pushed = repository.try_push(&world.deployer.username, &world.deployer.token, "HEAD:refs/heads/main");
    assert!(!pushed.status.success(), "an archived project takes no push");
    world.report(&world.deployer, "production", "running").await.refused_as(403, "project.archived");
    world.report(&world.dev, "review", "running").await.refused_as(403, "project.archived");
    for (by, path, body) in [
        (&world.dev, "/pipeline".to_owned(), json!({"ref": "main"})),
        (&world.dev, "/environments".to_owned(), json!({"name": "new"})),
        (&world.deployer, format!("/jobs/{job}/retry"), json!({})),
        (&world.op, format!("/jobs/{job}/retry"), json!({})),
    ] {
        by.post(&world.project.of(&path), body).await.refused_as(403, "project.archived");
    }
    let runner = world.runner().await;
    let handed = HandRunner::new(server, &runner).take_if_any(Duration::from_secs(1)).await;
    assert!(handed.is_none(), "no runner gets what was pending");
    world.reporter.get(&world.project.of("/pipelines")).await.ok(200);
    world.owner.put(&world.project.at, json!({"description": "Retired"})).await.ok(200);
    let back = world.owner.post(&world.project.of("/unarchive"), json!({})).await.ok(201);
    assert_eq!(back["archived"], false);
    assert_eq!(world.status(outside).await, "canceled");
    repository.push(&world.deployer);
    let waiting =
        world.owner.get(&world.project.of("/deployments?environment=production&status=blocked")).await.ok(200);
    assert_eq!(waiting.as_array().unwrap().len(), 1);
}

async fn what_is_around_a_project(server: &'static Server) {
    let world = World::new(server).await;
    let groups = world.owner.get(&world.project.of("/groups")).await.ok(200);
    assert_eq!(ids(&groups), [world.org.id]);
    assert_shows(&groups[0], &json!({"full_path": world.org.path, "avatar_url": null}));
    world.share(&world.project, &world.qa, 30).await;
    let groups = world.owner.get(&world.project.of("/groups?with_shared=true&search=qa")).await.ok(200);
    assert_eq!(ids(&groups), [world.qa.id]);
    let users = world.owner.get(&world.project.of("/users?per_page=100")).await.ok(200);
    let mut names: Vec<_> = users.as_array().unwrap().iter().map(|it| it["username"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["deployer", "dev", "dev2", "guest", "maintainer", "owner", "qa1", "qa2", "reporter", "root"]);
    let users = world.owner.get(&world.project.of("/users?search=DEV&per_page=1")).await;
    assert_eq!((users.ok(200).as_array().unwrap().len(), users.header("x-total")), (1, "2"));
    for path in ["/groups", "/users", "/import"] {
        world.outsider.get(&world.project.of(path)).await.refused(404);
    }
}

async fn a_group_goes_with_all_below_it(server: &'static Server) {
    let world = World::new(server).await;
    let path = format!("gone-{}", world.mark);
    let group = world.owner.post("/groups", json!({"name": path, "path": path})).await.ok(201);
    let body = json!({"name": "sub", "path": format!("sub-{}", world.mark), "parent_id": id(&group)});
    let sub = id(&world.owner.post("/groups", body).await.ok(201));
    let project = id(&world.owner.post("/projects", json!({"name": "x", "namespace_id": sub})).await.ok(201));
    let at = format!("/groups/{}", id(&group));
    let unsure = format!("{at}?permanently_remove=true&full_path={path}%2Fx");
    world.owner.delete(&unsure).await.refused_as(400, "delete.full_path");
    let transfer = format!("/groups/{sub}/transfer");
    let top = world.owner.post(&transfer, json!({})).await.ok(201);
    assert_shows(&top, &json!({"parent_id": null, "full_path": format!("sub-{}", world.mark)}));
    world.owner.post(&transfer, json!({"group_id": null})).await.refused_as(400, "group.transfer");
    let back = world.owner.post(&transfer, json!({"group_id": id(&group)})).await.ok(201);
    assert_eq!(back["parent_id"], id(&group));
    world.owner.delete(&format!("{at}?permanently_remove=true&full_path={path}")).await.ok(202);
    for gone in [at.clone(), format!("/groups/{sub}"), format!("/projects/{project}")] {
        world.owner.get(&gone).await.refused(404);
    }
    assert_eq!(world.owner.delete(&at).await.refused(404)["message"], "404 Group Not Found");
    let project = world.project("short").await;
    let wrong = format!("{}?permanently_remove=true&full_path=x", project.at);
    world.owner.delete(&wrong).await.refused_as(400, "delete.full_path");
    let right = format!("{}?full_path={}", project.at, project.path.replace('/', "%2F"));
    world.owner.delete(&right).await.ok(202);
    world.owner.get(&project.at).await.refused(404);
}

async fn projects_for_others_and_their_addresses(server: &'static Server) {
    let world = World::new(server).await;
    let name = format!("gift-{}", world.mark);
    let path = format!("/projects/user/{}", world.dev.id);
    world.owner.post(&path, json!({"name": name})).await.refused(403);
    world.root.post("/projects/user/999999", json!({"name": name})).await.refused(404);
    let body = json!({"name": name, "initialize_with_readme": true});
    let made = world.root.post(&path, body).await.ok(201);
    let expected =
        json!({"path_with_namespace": format!("dev/{name}"), "owner": {"username": "dev"}, "empty_repo": false});
    assert_shows(&made, &expected);
    world.dev.get(&format!("/projects/dev%2F{name}")).await.ok(200);
    for reserved in ["tree", "wikis", "-", "a.git", "x.atom"] {
        let body = json!({"name": "x", "path": reserved, "namespace_id": world.org.id});
        let refused = world.owner.post("/projects", body).await.refused(400);
        assert!(refused["message"]["path"].is_array(), "{refused}");
    }
    for reserved in ["api", "users", "admin", "-"] {
        world.owner.post("/groups", json!({"name": "x", "path": reserved})).await.refused(400);
    }
    let project = world.project("before").await;
    world.owner.put(&project.at, json!({"path": "after"})).await.ok(200);
    world.owner.get(&format!("/projects/{}", project.path.replace('/', "%2F"))).await.refused(404);
}
