//! Deployments as clients read them: the types strict decoders take, filters and their rules, deleting.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::runner::HandRunner;
use countersign_tests::terraform::faults;
use countersign_tests::{Body, Server, World, each_engine, git};
use serde_json::{Value, json};

each_engine!(
    what_strict_decoders_read,
    filters_that_go_together,
    filters_that_do_not,
    orders,
    parameters_come_from_anywhere,
    who_may_delete_what,
    there_are_no_merge_requests,
);

const YAML: &str =
    "deploy:\n  variables: {GIT_STRATEGY: none}\n  script: ['true']\n  environment: {name: production}\n";

/// What Go's client decodes of a deployment.
fn types(with_job: bool) -> Value {
    let user = json!({"id": "int", "username": "string", "name": "string", "state": "string", "avatar_url": "string?", "web_url": "string"});
    let pipeline = json!({"id": "int", "sha": "string", "ref": "string", "status": "string", "created_at": "time", "updated_at": "time"});
    let commit = json!({
        "id": "string", "short_id": "string", "title": "string", "author_name": "string", "author_email": "string",
        "created_at": "time", "message": "string",
    });
    let deployable = json!({
        "id": "int", "status": "string", "stage": "string", "name": "string", "ref": "string", "tag": "bool",
        "coverage": "number?", "created_at": "time", "started_at": "time?", "finished_at": "time?", "duration": "number?",
        "user": user, "commit": commit, "pipeline": pipeline, "runner": "object?", "artifacts": "list",
        "artifacts_expire_at": "time?", "tag_list": "list", "web_url": "string", "allow_failure": "bool",
    });
    let environment = json!({
        "id": "int", "name": "string", "slug": "string", "external_url": "string?", "created_at": "time", "updated_at": "time",
    });
    json!({
        "id": "int", "iid": "int", "ref": "string", "sha": "string", "status": "string", "created_at": "time",
        "updated_at": "time", "user": user, "environment": environment,
        "deployable": if with_job { deployable } else { json!("object?") },
    })
}

async fn what_strict_decoders_read(server: &'static Server) {
    let world = World::new(server).await;
    let repository = git::Repository::new(server, &world.project);
    let sha = repository.commit(".gitlab-ci.yml", YAML.as_bytes());
    repository.push(&world.owner);
    git::pipeline_of(&world.owner, &world.project, &sha).await;
    let path = world.project.of("/deployments");
    let read = |list: &Value| faults(&types(true), &list[0]);
    let waiting = world.reporter.get(&path).await.ok(200);
    assert_eq!(read(&waiting), [""; 0], "{waiting}");
    assert_shows(
        &waiting[0],
        &json!({"sha": sha, "ref": "main", "status": "created", "deployable": {"tag": false, "coverage": null}}),
    );
    HandRunner::new(server, &world.runner().await).take().await.succeed().await;
    let done = world.reporter.get(&path).await.ok(200);
    assert_eq!(read(&done), [""; 0], "{done}");
    let one = world.reporter.get(&format!("{path}/{}", done[0]["id"])).await.ok(200);
    assert_eq!(faults(&types(true), &one), [""; 0], "{one}");
    let more = json!({"pending_approval_count": "int", "approvals": "list", "blocked_reasons": "list"});
    assert_eq!(faults(&more, &one), [""; 0], "{one}");
    assert!(one["deployable"]["duration"].is_number() && one["deployable"]["runner"].is_object(), "{one}");
    let environment =
        world.reporter.get(&world.project.of(&format!("/environments/{}", one["environment"]["id"]))).await.ok(200);
    assert_eq!(faults(&types(true), &environment["last_deployment"]), [""; 0], "{environment}");
    // One without a job, with votes.
    let body = json!({"name": "staging", "deploy_access_levels": [{"access_level": 30}], "approval_rules": [{"access_level": 40}]});
    world.protect(&world.project, body).await;
    let body = json!({"environment": "staging", "sha": sha, "ref": "main", "tag": false, "status": "running"});
    let held = world.dev.post(&path, body).await.ok(201);
    world.vote(&world.maintainer, id(&held), "approved").await.ok(201);
    let one = world.deployment(id(&held)).await;
    assert_eq!(faults(&types(false), &one), [""; 0], "{one}");
    let vote = json!([{"user": "object", "status": "string", "created_at": "time", "comment": "string?"}]);
    assert_eq!(faults(&json!({"approvals": vote}), &one), [""; 0], "{one}");
    assert_eq!(one["approvals"].as_array().map(Vec::len), Some(1));
    assert_eq!(one["deployable"], Value::Null);
}

/// Five deployments: `a` succeeded, `b` runs, `a` failed, `a` succeeded, `c` was canceled.
async fn five(server: &'static Server) -> (World, Vec<i64>) {
    let world = World::new(server).await;
    let mut made = Vec::new();
    for (environment, status) in
        [("a", "success"), ("b", "running"), ("a", "failed"), ("a", "success"), ("c", "canceled")]
    {
        made.push(id(&world.report(&world.dev, environment, status).await.ok(201)));
        // Times are in milliseconds: no two of them alike.
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    (world, made)
}

/// The numbers of what a query lists.
async fn listed(world: &World, query: &str) -> Vec<i64> {
    let list = world.reporter.get(&world.project.of(&format!("/deployments?{query}"))).await.ok(200);
    list.as_array().into_iter().flatten().filter_map(|row| row["iid"].as_i64()).collect()
}

async fn filters_that_go_together(server: &'static Server) {
    let (world, made) = five(server).await;
    let at = |n: usize, field: &str| {
        let (world, id) = (&world, made[n]);
        let field = field.to_owned();
        async move { world.deployment(id).await[&field].as_str().expect("a time").to_owned() }
    };
    let (third, fourth) = (at(2, "updated_at").await, at(3, "finished_at").await);
    for (query, found) in [
        ("environment=a".to_owned(), vec![1, 3, 4]),
        ("environment=A".to_owned(), vec![]),
        ("environment=a&status=success".to_owned(), vec![1, 4]),
        ("status=canceled".to_owned(), vec![5]),
        ("status=skipped".to_owned(), vec![]),
        (format!("order_by=updated_at&updated_after={third}"), vec![4, 5]),
        (format!("order_by=updated_at&updated_before={third}&sort=desc"), vec![2, 1]),
        (format!("order_by=updated_at&updated_before={third}&status=success"), vec![1]),
        (
            format!("order_by=updated_at&sort=desc&updated_after=2020-01-01&updated_before={third}&environment=a"),
            vec![1],
        ),
        // From the first of these times on, and before the second.
        (format!("order_by=finished_at&status=success&finished_after={fourth}"), vec![4]),
        (format!("order_by=finished_at&status=success&finished_before={fourth}"), vec![1]),
        ("order_by=finished_at&status=success&sort=desc".to_owned(), vec![4, 1]),
        ("order_by=finished_at&status=failed".to_owned(), vec![3]),
        ("order_by=updated_at&updated_after=".to_owned(), vec![1, 2, 3, 4, 5]),
        ("per_page=2&page=2".to_owned(), vec![3, 4]),
        ("per_page=500".to_owned(), vec![1, 2, 3, 4, 5]),
    ] {
        assert_eq!(listed(&world, &query).await, found, "{query}");
    }
    let page = world.reporter.get(&world.project.of("/deployments?environment=a&per_page=2")).await;
    assert_eq!((page.header("x-total"), page.header("x-next-page")), ("3", "2"));
}

async fn filters_that_do_not(server: &'static Server) {
    let (world, _) = five(server).await;
    let both = "`updated_at` filter and `finished_at` filter can not be specified";
    for (query, told) in [
        ("updated_after=2020-01-01", "400 Bad request - `updated_at` filter requires `updated_at` sort"),
        ("updated_before=2020-01-01&order_by=id", "`updated_at` filter requires `updated_at` sort"),
        ("finished_before=2020-01-01&status=success", "`finished_at` filter requires `finished_at` sort."),
        (
            "order_by=finished_at",
            "`finished_at` sort requires `finished_at` filter or a filter with at least one of the finished statuses.",
        ),
        ("order_by=finished_at&status=running", "`finished_at` sort requires `finished_at` filter"),
        (
            "order_by=finished_at&status=failed&finished_after=2020-01-01",
            "must be combined with `success` status filter.",
        ),
        ("order_by=finished_at&status=success&finished_after=2020-01-01&updated_after=2020-01-01", both),
    ] {
        let refused = world.reporter.get(&world.project.of(&format!("/deployments?{query}"))).await.refused(400);
        assert!(refused["message"].as_str().is_some_and(|it| it.contains(told)), "{query}: {refused}");
    }
    for (query, told) in [
        ("status=done", "status does not have a valid value"),
        ("status=success,failed", "status does not have a valid value"),
        ("order_by=environment", "order_by does not have a valid value"),
        ("sort=up", "sort does not have a valid value"),
        ("order_by=updated_at&updated_after=soon", "updated_after is invalid"),
    ] {
        let refused = world.reporter.get(&world.project.of(&format!("/deployments?{query}"))).await.refused(400);
        assert_eq!(refused["error"], told, "{query}");
    }
}

async fn orders(server: &'static Server) {
    let (world, made) = five(server).await;
    for order in ["id", "iid", "created_at", "ref"] {
        assert_eq!(listed(&world, &format!("order_by={order}")).await, [1, 2, 3, 4, 5], "{order}");
        assert_eq!(listed(&world, &format!("order_by={order}&sort=desc")).await, [5, 4, 3, 2, 1], "{order}");
    }
    world.dev.put(&world.project.of(&format!("/deployments/{}", made[1])), json!({"status": "success"})).await.ok(200);
    assert_eq!(listed(&world, "order_by=updated_at").await, [1, 3, 4, 5, 2]);
    assert_eq!(listed(&world, "order_by=finished_at&status=success").await, [1, 4, 2]);
}

async fn parameters_come_from_anywhere(server: &'static Server) {
    let world = World::new(server).await;
    let at = world.project.of("/deployments");
    let query = "environment=qa&sha=0123456789abcdef0123456789abcdef01234567&ref=main&tag=False&status=running";
    let made = [
        world.dev.post(&format!("{at}?{query}"), Body::Empty).await,
        world.dev.post(&format!("{at}?{query}"), json!({})).await,
        world.dev.post(&at, Body::form(query)).await,
        world.dev.post(&format!("{at}?status=failed"), Body::form(query)).await,
    ];
    for reply in made {
        assert_shows(&reply.ok(201), &json!({"environment": {"name": "qa"}, "status": "running", "ref": "main"}));
    }
    let refused = world.dev.post(&at, json!({"environment": "qa"})).await.refused(400);
    assert_eq!(refused["error"], "sha is missing, ref is missing, tag is missing, status is missing");
}

async fn who_may_delete_what(server: &'static Server) {
    let (world, made) = five(server).await;
    let at = |n: usize| world.project.of(&format!("/deployments/{}", made[n]));
    world.dev.delete(&at(0)).await.refused_as(403, "access.role");
    world.outsider.delete(&at(0)).await.refused(404);
    let refused = world.maintainer.delete(&at(1)).await.refused(400);
    assert!(
        refused["message"].as_str().is_some_and(|it| it.contains("Cannot destroy running deployment")),
        "{refused}"
    );
    let refused = world.maintainer.delete(&at(3)).await.refused(400);
    let told = "Deployment currently deployed to environment";
    assert!(refused["message"].as_str().is_some_and(|it| it.contains(told)), "{refused}");
    for n in [0, 2, 4] {
        let gone = world.maintainer.delete(&at(n)).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""), "{n}");
        world.maintainer.get(&at(n)).await.refused(404);
        world.maintainer.put(&at(n), json!({"status": "success"})).await.refused(404);
    }
    assert_eq!(listed(&world, "").await, [2, 4]);
    // Numbers are not given twice.
    assert_eq!(world.report(&world.dev, "a", "running").await.ok(201)["iid"], 6);
    assert_eq!(ids(&world.reporter.get(&world.project.of("/deployments?environment=c")).await.ok(200)), [0; 0]);
}

async fn there_are_no_merge_requests(server: &'static Server) {
    let (world, made) = five(server).await;
    let path = world.project.of(&format!("/deployments/{}/merge_requests", made[0]));
    let list = world.reporter.get(&path).await;
    assert_eq!((list.ok(200), list.header("x-total")), (json!([]), "0"));
    world.outsider.get(&path).await.refused(404);
    world.reporter.get(&world.project.of("/deployments/999999999/merge_requests")).await.refused(404);
}
