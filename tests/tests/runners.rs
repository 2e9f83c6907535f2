//! Runners, looked after by administrators, owners and maintainers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::runner::{HandRunner, MOMENT};
use countersign_tests::{Client, Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    runners_are_listed_for_who_looks_after_them,
    a_runner_is_changed_given_another_token_and_deleted,
    what_a_runner_gets_follows_its_settings,
    a_runner_is_shared_by_projects,
    jobs_of_a_project_that_left_the_group_are_not_told,
    lists_go_by_pages,
);

async fn make(by: &Client, more: Value) -> Value {
    by.post("/user/runners", more).await.ok(201)
}

async fn runners_are_listed_for_who_looks_after_them(server: &'static Server) {
    let world = World::new(server).await;
    let of_project = json!({"runner_type": "project_type", "project_id": world.project.id, "tag_list": ["a", "b"]});
    let of_project = id(&make(&world.maintainer, of_project).await);
    let of_group = json!({"runner_type": "group_type", "group_id": world.org.id, "paused": true, "description": "all"});
    let of_group = id(&make(&world.owner, of_group).await);
    let below = json!({"runner_type": "group_type", "group_id": world.qa.id});
    let below = id(&make(&world.owner, below).await);
    let instance = id(&make(&world.root, json!({"runner_type": "instance_type"})).await);
    let elsewhere = world.project("elsewhere").await;
    let other = json!({"runner_type": "project_type", "project_id": elsewhere.id});
    let other = id(&make(&world.owner, other).await);
    let list = async |by: &Client, path: &str| {
        let mut found =
            ids(&by.get(&format!("{path}{}per_page=100", if path.contains('?') { '&' } else { '?' })).await.ok(200));
        found.retain(|id| [of_project, of_group, below, instance, other].contains(id));
        found
    };
    assert_eq!(list(&world.owner, "/runners").await, [other, below, of_group, of_project]);
    assert_eq!(list(&world.maintainer, "/runners").await, [other, of_project]);
    assert_eq!(list(&world.dev, "/runners").await, [0; 0]);
    assert_eq!(list(&world.root, "/runners/all").await, [other, instance, below, of_group, of_project]);
    world.owner.get("/runners/all").await.refused(403);
    let at = world.project.of("/runners");
    assert_eq!(list(&world.maintainer, &at).await, [instance, of_group, of_project]);
    for (query, expected) in [
        ("type=group_type", vec![of_group]),
        ("paused=true", vec![of_group]),
        ("scope=paused", vec![of_group]),
        ("status=never_contacted&tag_list=a,b", vec![of_project]),
        ("tag_list=a,c", vec![]),
        ("status=online", vec![]),
    ] {
        assert_eq!(list(&world.maintainer, &format!("{at}?{query}")).await, expected, "{query}");
    }
    world.maintainer.get(&format!("{at}?type=odd")).await.refused(400);
    world.dev.get(&at).await.refused(403);
    world.outsider.get(&at).await.refused(404);
    world
        .owner
        .put(&world.project.at, json!({"shared_runners_enabled": false, "group_runners_enabled": false}))
        .await
        .ok(200);
    assert_eq!(list(&world.maintainer, &at).await, [of_project]);
    assert_eq!(list(&world.owner, &world.qa.of("/runners")).await, [instance, below, of_group]);
    world.maintainer.get(&world.org.of("/runners")).await.refused(403);
    for (by, runner, status) in [
        (&world.maintainer, of_group, 403),
        (&world.dev, of_project, 403),
        (&world.outsider, of_project, 404),
        (&world.owner, instance, 403),
    ] {
        let at = format!("/runners/{runner}");
        by.get(&at).await.refused(status);
        by.get(&format!("{at}/managers")).await.refused(status);
        by.put(&at, json!({"paused": true})).await.refused(status);
        by.post(&format!("{at}/reset_authentication_token"), json!({})).await.refused(status);
        by.delete(&at).await.refused(status);
    }
    world.root.delete(&format!("/runners/{instance}")).await.ok(204);
}

async fn a_runner_is_changed_given_another_token_and_deleted(server: &'static Server) {
    let world = World::new(server).await;
    let body = json!({
        "runner_type": "project_type", "project_id": world.project.id, "description": "big", "tag_list": ["a"],
        "maximum_timeout": 1200, "access_level": "ref_protected", "maintenance_note": "in the cellar",
    });
    let made = make(&world.maintainer, body).await;
    let at = format!("/runners/{}", made["id"]);
    let runner = HandRunner::new(server, made["token"].as_str().unwrap());
    let expected = json!({
        "description": "big", "tag_list": ["a"], "run_untagged": true, "paused": false, "active": true, "locked": false,
        "access_level": "ref_protected", "maximum_timeout": 1200, "maintenance_note": "in the cellar",
        "runner_type": "project_type", "is_shared": false, "online": false, "status": "never_contacted",
        "contacted_at": null, "groups": [], "projects": [{"id": world.project.id}],
    });
    assert_shows(&world.maintainer.get(&at).await.ok(200), &expected);
    runner.verify().await.ok(200);
    assert!(runner.take_if_any(MOMENT).await.is_none());
    let seen = world.maintainer.get(&at).await.ok(200);
    let machine = json!({
        "version": "19.4.0", "revision": "d79f3e7b", "platform": "linux", "architecture": "amd64", "executor": "shell",
    });
    assert_shows(&seen, &json!({"online": true, "status": "online"}));
    assert!(seen["contacted_at"].is_string(), "{seen}");
    assert!(seen["ip_address"].as_str().is_some_and(|address| address.starts_with("127.")), "{seen}");
    assert_shows(&seen, &machine);
    let machines = world.maintainer.get(&format!("{at}/managers")).await.ok(200);
    assert_shows(&machines[0], &json!({"system_id": "s_000000000001", "status": "online"}));
    assert_shows(&machines[0], &machine);

    let changes = json!({
        "description": "small", "tag_list": "b,c", "run_untagged": false, "active": false, "locked": true,
        "access_level": "not_protected", "maximum_timeout": null, "maintenance_note": "",
    });
    let changed = world.maintainer.put(&at, changes).await.ok(200);
    let expected = json!({
        "description": "small", "tag_list": ["b", "c"], "run_untagged": false, "paused": true, "locked": true,
        "access_level": "not_protected", "maximum_timeout": null, "maintenance_note": null,
    });
    assert_shows(&changed, &expected);
    for bad in [
        json!({"tag_list": []}),
        json!({"maximum_timeout": 5}),
        json!({"access_level": "odd"}),
        json!({"description": "a\0b"}),
    ] {
        world.maintainer.put(&at, bad).await.refused(400);
    }
    assert_shows(&world.maintainer.get(&at).await.ok(200), &expected);

    let fresh = world.maintainer.post(&format!("{at}/reset_authentication_token"), json!({})).await.ok(201);
    runner.verify().await.refused(403);
    let runner = HandRunner::new(server, fresh["token"].as_str().unwrap());
    runner.verify().await.ok(200);
    world.maintainer.delete(&at).await.ok(204);
    world.maintainer.get(&at).await.refused(404);
    runner.verify().await.refused(403);
}

async fn what_a_runner_gets_follows_its_settings(server: &'static Server) {
    let world = World::new(server).await;
    let body = json!({"runner_type": "project_type", "project_id": world.project.id, "access_level": "ref_protected"});
    let made = make(&world.maintainer, body).await;
    let (at, runner) = (format!("/runners/{}", made["id"]), HandRunner::new(server, made["token"].as_str().unwrap()));
    let commit = async |branch: &str, start: Option<&str>| {
        let action = if start.is_some() { "update" } else { "create" };
        let step = json!({"action": action, "file_path": ".gitlab-ci.yml", "content": format!("{branch}: {{script: [echo]}}")});
        let body = json!({"branch": branch, "start_branch": start, "commit_message": "Go", "actions": [step]});
        world.maintainer.post(&world.project.of("/repository/commits"), body).await.ok(201);
    };
    commit("main", None).await;
    runner.take().await.put("success", json!({})).await.ok(200);
    commit("topic", Some("main")).await;
    assert!(runner.take_if_any(MOMENT).await.is_none(), "it is kept for protected refs");
    world.maintainer.put(&at, json!({"access_level": "not_protected", "paused": true})).await.ok(200);
    assert!(runner.take_if_any(MOMENT).await.is_none(), "it is paused");
    world.maintainer.put(&at, json!({"paused": false})).await.ok(200);
    runner.take().await.put("success", json!({})).await.ok(200);
}

async fn a_runner_is_shared_by_projects(server: &'static Server) {
    let world = World::new(server).await;
    let other = world.project("other").await;
    let body = json!({"runner_type": "project_type", "project_id": world.project.id});
    let made = make(&world.owner, body).await;
    let (runner, at) = (id(&made), format!("/runners/{}", made["id"]));
    let hand = HandRunner::new(server, made["token"].as_str().unwrap());
    let join = json!({"runner_id": runner});
    let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": "job: {script: [echo]}"});
    let commit = json!({"branch": "main", "commit_message": "Go", "actions": [step]});
    world.owner.post(&other.of("/repository/commits"), commit.clone()).await.ok(201);
    assert!(hand.take_if_any(MOMENT).await.is_none(), "it does not serve the project yet");

    world.dev.post(&other.of("/runners"), join.clone()).await.refused(403);
    world.outsider.post(&other.of("/runners"), join.clone()).await.refused(404);
    world.owner.post(&other.of("/runners"), json!({})).await.refused(400);
    world.owner.post(&other.of("/runners"), json!({"runner_id": 999_999_999})).await.refused(404);
    let group = id(&make(&world.owner, json!({"runner_type": "group_type", "group_id": world.org.id})).await);
    world.owner.post(&other.of("/runners"), json!({"runner_id": group})).await.refused_as(403, "runner.not_shared");
    world.owner.put(&at, json!({"locked": true})).await.ok(200);
    world.owner.post(&other.of("/runners"), join.clone()).await.refused_as(403, "runner.not_shared");
    world.owner.put(&at, json!({"locked": false})).await.ok(200);

    // A request that waits is called at once when the runner serves one more project.
    let waiting = tokio::spawn({
        let hand = hand.clone();
        async move { hand.take().await }
    });
    tokio::time::sleep(MOMENT).await;
    let joined = world.owner.post(&other.of("/runners"), join.clone()).await.ok(201);
    assert_shows(&joined, &json!({"id": runner, "projects": [{"id": world.project.id}, {"id": other.id}]}));
    world.owner.post(&other.of("/runners"), join.clone()).await.ok(201);
    let job = waiting.await.unwrap();
    assert_eq!(job.payload["job_info"]["project_id"], other.id);
    job.succeed().await;
    assert!(ids(&world.owner.get(&other.of("/runners?per_page=100")).await.ok(200)).contains(&runner));

    world.owner.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let own = hand.take().await;
    own.succeed().await;
    let jobs = async |by: &Client, query: &str| ids(&by.get(&format!("{at}/jobs{query}")).await.ok(200));
    assert_eq!(jobs(&world.root, "").await, [own.id, job.id]);
    assert_eq!(jobs(&world.root, "?sort=asc&order_by=id").await, [job.id, own.id]);
    assert_eq!(jobs(&world.root, "?status=running").await, [0; 0]);
    assert_eq!(jobs(&world.root, "?per_page=1&page=2").await, [job.id]);
    assert_eq!(jobs(&world.maintainer, "").await, [own.id], "those of the project it was made for");
    world.dev.get(&format!("{at}/jobs")).await.refused(403);

    world.owner.delete(&world.project.of(&format!("/runners/{runner}"))).await.refused_as(403, "runner.not_shared");
    world.owner.delete(&other.of(&format!("/runners/{group}"))).await.refused(404);
    world.dev.delete(&other.of(&format!("/runners/{runner}"))).await.refused(403);
    world.owner.delete(&other.of(&format!("/runners/{runner}"))).await.ok(204);
    world.owner.delete(&other.of(&format!("/runners/{runner}"))).await.refused(404);
    world.owner.post(&other.of("/pipeline"), json!({"ref": "main"})).await.ok(201);
    assert!(hand.take_if_any(MOMENT).await.is_none(), "it serves the project no more");
}

async fn jobs_of_a_project_that_left_the_group_are_not_told(server: &'static Server) {
    let world = World::new(server).await;
    let made = make(&world.owner, json!({"runner_type": "group_type", "group_id": world.org.id})).await;
    let hand = HandRunner::new(server, made["token"].as_str().unwrap());
    let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": "job: {script: [echo]}"});
    let commit = json!({"branch": "main", "commit_message": "Go", "actions": [step]});
    world.owner.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let job = hand.take().await;
    job.succeed().await;
    let jobs = async |by: &Client| ids(&by.get(&format!("/runners/{}/jobs", made["id"])).await.ok(200));
    assert_eq!(jobs(&world.owner).await, [job.id]);
    let path = format!("away-{}", world.mark);
    let away = json!({"name": path, "path": path, "visibility": "private"});
    let away = id(&world.root.post("/groups", away).await.ok(201));
    world.root.put(&world.project.of("/transfer"), json!({"namespace": away})).await.ok(200);
    assert_eq!(jobs(&world.root).await, [job.id]);
    world.owner.get(&world.project.of(&format!("/jobs/{}", job.id))).await.refused(404);
    assert_eq!(jobs(&world.owner).await, [0; 0]);
}

async fn lists_go_by_pages(server: &'static Server) {
    let world = World::new(server).await;
    let mut made = Vec::new();
    for n in 0..5 {
        let body = json!({
            "runner_type": "project_type", "project_id": world.project.id, "paused": n % 2 == 0,
            "tag_list": [format!("t{n}"), "all", "say \"hi\""],
        });
        made.push(id(&make(&world.owner, body).await));
    }
    made.reverse();
    let list = async |query: &str| {
        let reply = world.owner.get(&format!("{}?type=project_type&{query}", world.project.of("/runners"))).await;
        (ids(&reply.ok(200)), reply.header("x-total").to_owned())
    };
    assert_eq!(list("per_page=2").await, (made[..2].to_vec(), "5".into()));
    assert_eq!(list("per_page=2&page=3").await, (made[4..].to_vec(), "5".into()));
    assert_eq!(list("status=paused&scope=never_contacted").await.0, [made[0], made[2], made[4]]);
    assert_eq!(list("status=paused&paused=false").await.0, [0; 0]);
    assert_eq!(list("tag_list=all,t1").await.0, [made[3]]);
    assert_eq!(list("tag_list=t").await.0, [0; 0], "a tag is asked for whole");
    assert_eq!(list("tag_list=say+%22hi%22").await.0, made);
    let many = (0..11).map(|n| format!("t{n}")).collect::<Vec<_>>().join(",");
    world.owner.get(&format!("{}?tag_list={many}", world.project.of("/runners"))).await.refused(400);
}
