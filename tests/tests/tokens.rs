//! Credentials: alive, dead, foreign, of too little scope, of people who were blocked, and of jobs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{id, ids};
use countersign_tests::runner::HandRunner;
use countersign_tests::{Body, Client, Person, Server, World, each_engine, git};
use reqwest::Method;
use serde_json::{Value, json};

each_engine!(
    every_form_of_a_token,
    dead_and_unknown_tokens,
    scopes_bound_what_a_token_does,
    files_are_read_with_the_scope_for_repositories,
    a_blocked_user_is_shut_out,
    a_job_token_reads_while_the_job_runs,
    a_job_token_opens_its_own_project_only,
    git_credentials,
);

async fn token(world: &World, of: &Person, more: Value) -> Value {
    let mut body = json!({"name": "another", "scopes": ["api"]});
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    world.root.post(&format!("/users/{}/personal_access_tokens", of.id), body).await.ok(201)
}

fn secret(token: &Value) -> String {
    token["token"].as_str().expect("a token").to_owned()
}

async fn every_form_of_a_token(server: &'static Server) {
    let world = World::new(server).await;
    let secret = &world.dev.token;
    for (name, value) in [
        ("PRIVATE-TOKEN", secret.clone()),
        ("Private-Token", secret.clone()),
        ("private-token", secret.clone()),
        ("Authorization", format!("Bearer {secret}")),
        ("authorization", format!("bearer {secret}")),
    ] {
        let me = world.anonymous.with_header(name, &value).get("/user").await.ok(200);
        assert_eq!(id(&me), world.dev.id, "{name}");
    }
}

async fn dead_and_unknown_tokens(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let before = world.deployment(deployment).await;
    let made = token(&world, &world.sec1, json!({})).await;
    let revoked = world.anonymous.with_token(&secret(&made));
    revoked.get("/user").await.ok(200);
    let gone = world.sec1.delete(&format!("/personal_access_tokens/{}", made["id"])).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_eq!(revoked.get("/user").await.refused(401)["error"], "invalid_token");
    let unknown = ["", "glpat-unknown", "nonsense", "' OR 1=1 --"].map(|it| world.anonymous.with_token(it));
    let odd =
        ["Basic abc", "Bearer", "Bearer ", "Token abc"].map(|it| world.anonymous.with_header("Authorization", it));
    let job = [world.anonymous.with_header("JOB-TOKEN", &world.sec1.token), world.anonymous.clone()];
    for by in unknown.iter().chain(&odd).chain(&job) {
        by.get("/user").await.refused(401);
    }
    for by in unknown.iter().chain(&odd).chain(&job).chain([&revoked]) {
        world.vote(by, deployment, "approved").await.refused(401);
        by.put(&world.project.at, json!({"name": "renamed"})).await.refused(401);
    }
    assert_eq!(world.deployment(deployment).await, before);
    // A token's last day is the one before the date it bears.
    let body = json!({"name": "past", "scopes": ["api"], "expires_at": "2020-01-01"});
    let path = format!("/users/{}/personal_access_tokens", world.sec1.id);
    let reply = world.root.post(&path, body).await;
    if reply.status == 201 {
        world.anonymous.with_token(&secret(&reply.json())).get("/user").await.refused(401);
    } else {
        reply.refused(400);
    }
    // Nobody makes tokens for others, or revokes them.
    world.dev.post(&path, json!({"name": "theirs", "scopes": ["api"]})).await.refused(403);
    let made = token(&world, &world.sec1, json!({})).await;
    let refused = world.dev.delete(&format!("/personal_access_tokens/{}", made["id"])).await.status;
    assert!([401, 403, 404].contains(&refused), "{refused}");
    world.anonymous.with_token(&secret(&made)).get("/user").await.ok(200);
}

async fn scopes_bound_what_a_token_does(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let of = async |scope: &str| -> Client {
        world.anonymous.with_token(&secret(&token(&world, &world.sec1, json!({"scopes": [scope]})).await))
    };
    let read = of("read_api").await;
    read.get(&world.project.of(&format!("/deployments/{deployment}"))).await.ok(200);
    let refused = world.vote(&read, deployment, "approved").await.refused(403);
    assert_eq!((&refused["error"], &refused["scope"]), (&json!("insufficient_scope"), &json!("api")));
    for scope in ["read_user", "write_repository", "read_repository", "create_runner"] {
        let by = of(scope).await;
        assert_eq!(by.get(&world.project.of("/deployments")).await.refused(403)["error"], "insufficient_scope");
        world.vote(&by, deployment, "approved").await.refused(403);
    }
    assert_eq!(id(&of("read_user").await.get("/user").await.ok(200)), world.sec1.id);
    assert_eq!(world.deployment(deployment).await["approvals"], json!([]));
    let body = json!({"name": "odd", "scopes": ["everything"]});
    world.root.post(&format!("/users/{}/personal_access_tokens", world.sec1.id), body).await.refused(400);
}

async fn files_are_read_with_the_scope_for_repositories(server: &'static Server) {
    let world = World::new(server).await;
    let repository = git::Repository::new(server, &world.project);
    repository.commit("README.md", b"Hello\n");
    repository.push(&world.dev);
    let (file, tree) = (world.project.of("/repository/files/README.md"), world.project.of("/repository/tree"));
    for (scope, status) in
        [("read_repository", 200), ("read_api", 200), ("api", 200), ("write_repository", 403), ("read_user", 403)]
    {
        let token = secret(&token(&world, &world.dev, json!({"scopes": [scope]})).await);
        let by = world.anonymous.with_token(&token);
        for path in [format!("{file}?ref=main"), format!("{file}/raw?ref=main")] {
            assert_eq!(by.get(&path).await.status, status, "{scope} {path}");
        }
        let tree = by.get(&tree).await.status;
        assert_eq!(tree == 200, scope.ends_with("api"), "{scope}: {tree}");
    }
}

async fn a_blocked_user_is_shut_out(server: &'static Server) {
    let world = World::new(server).await;
    let somebody = world.person("somebody").await;
    world.join(&world.org, &somebody, 40).await;
    somebody.get(&world.project.at).await.ok(200);
    let at = format!("/users/{}", somebody.id);
    world.maintainer.post(&format!("{at}/block"), json!({})).await.refused(403);
    world.root.post(&format!("{at}/block"), json!({})).await.ok(201);
    let before = world.owner.get(&world.project.at).await.ok(200);
    let status = somebody.get(&world.project.at).await.status;
    assert!([401, 403].contains(&status), "{status}");
    let status = somebody.put(&world.project.at, json!({"description": "mine"})).await.status;
    assert!([401, 403].contains(&status), "{status}");
    assert_eq!(world.owner.get(&world.project.at).await.ok(200), before);
    world.root.post("/users/1/block", json!({})).await.refused(403);
    world.root.post(&format!("{at}/unblock"), json!({})).await.ok(201);
    somebody.get(&world.project.at).await.ok(200);
}

const YAML: &str = "work:\n  variables: {GIT_STRATEGY: none}\n  script: ['true']\n";

async fn a_job_token_reads_while_the_job_runs(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    // The job acts as a tester, who could vote with a token of their own.
    world.join(&world.org, &world.qa1, 30).await;
    let repository = git::Repository::new(server, &world.project);
    repository.commit(".gitlab-ci.yml", YAML.as_bytes());
    repository.push(&world.qa1);
    let handed = HandRunner::new(server, &world.runner().await).take().await;
    handed.acknowledge().await.ok(200);
    let job = handed.client();
    let head = world.owner.get(&world.project.of("/pipelines")).await.ok(200)[0]["sha"].clone();
    let body = json!({"environment": "production", "sha": head, "ref": "main", "tag": false, "status": "running"});
    let blocked = id(&world.deployer.post(&world.project.of("/deployments"), body).await.ok(201));
    job.get(&world.project.of(&format!("/deployments/{blocked}"))).await.ok(200);
    for (method, path, body) in [
        (Method::POST, world.project.of(&format!("/deployments/{blocked}/approval")), json!({"status": "approved"})),
        (Method::POST, world.project.of(&format!("/deployments/{blocked}/approval")), json!({"status": "rejected"})),
        (Method::DELETE, world.project.of(&format!("/deployments/{blocked}/approval")), json!({})),
        (
            Method::POST,
            world.project.of("/protected_environments"),
            json!({"name": "a", "deploy_access_levels": [{"access_level": 40}]}),
        ),
        (Method::POST, world.project.of("/members"), json!({"user_id": world.outsider.id, "access_level": 10})),
        (Method::POST, "/user/runners".into(), json!({"runner_type": "project_type", "project_id": world.project.id})),
        (Method::DELETE, world.project.at.clone(), json!({})),
    ] {
        let reply = job.send(method.clone(), &path, body).await;
        assert!([401, 403].contains(&reply.status), "{method} {path}: {reply:?}");
    }
    assert_eq!(world.deployment(blocked).await["approvals"], json!([]));
    let scratch = server.scratch().join(format!("job-{}", world.mark));
    assert!(repository.try_clone("gitlab-ci-token", &handed.token, &scratch).status.success());
    assert!(!repository.try_push("gitlab-ci-token", &handed.token, "HEAD:refs/heads/other").status.success());
    // It opens nobody's account, not even that of whoever started the job.
    assert_eq!(job.get("/user").await.refused(403)["code"], "access.job_token");
    let seen = job.get(&format!("/users/{}", world.qa1.id)).await.ok(200);
    assert_eq!((&seen["username"], seen.get("email")), (&json!(world.qa1.username), None));
    // As PRIVATE-TOKEN it is nobody's.
    world.anonymous.with_token(&handed.token).get("/user").await.refused(401);
    handed.put("success", json!({})).await.ok(200);
    job.get(&world.project.of(&format!("/deployments/{blocked}"))).await.refused(401);
    assert!(!repository.try_clone("gitlab-ci-token", &handed.token, &scratch.join("again")).status.success());
}

async fn a_job_token_opens_its_own_project_only(server: &'static Server) {
    let world = World::new(server).await;
    // Whoever starts the job owns everything, and administers nothing.
    let other = world.project("other").await;
    let repository = git::Repository::new(server, &world.project);
    repository.commit(".gitlab-ci.yml", YAML.as_bytes());
    repository.push(&world.owner);
    let handed = HandRunner::new(server, &world.runner().await).take().await;
    handed.acknowledge().await.ok(200);
    let job = handed.client();
    let body =
        json!({"name": "production", "deploy_access_levels": [{"access_level": 40}], "required_approval_count": 1});
    world.owner.post(&world.project.of("/protected_environments"), body).await.ok(201);
    for path in ["", "/pipelines", "/deployments", "/environments", "/members", "/members/all"] {
        job.get(&world.project.of(path)).await.ok(200);
        job.get(&other.of(path)).await.refused(404);
    }
    let seen = job.get("/projects").await.ok(200);
    assert!(ids(&seen).iter().all(|id| ![world.project.id, other.id].contains(id)), "lists are for people: {seen}");
    assert!(!ids(&job.get("/groups").await.ok(200)).contains(&world.org.id));
    job.get(&world.org.at).await.refused(404);
    let protection = world.project.of("/protected_environments/production");
    let entries = json!({"deploy_access_levels": [{"access_level": 30}]});
    let member = json!({"user_id": world.outsider.id, "access_level": 10});
    let token = json!({"name": "mine", "scopes": ["api"]});
    for (method, path, body) in [
        (Method::GET, protection.clone(), json!({})),
        (Method::PUT, protection.clone(), entries),
        (Method::DELETE, protection.clone(), json!({})),
        (Method::POST, world.project.of("/members"), member.clone()),
        (Method::PUT, world.project.of(&format!("/members/{}", world.dev.id)), json!({"access_level": 50})),
        (Method::DELETE, world.project.of(&format!("/members/{}", world.dev.id)), json!({})),
        (Method::POST, world.project.of("/share"), json!({"group_id": world.org.id, "group_access": 50})),
        (Method::PUT, world.project.at.clone(), json!({"visibility": "public"})),
        (Method::POST, world.project.of("/pipeline"), json!({"ref": "main"})),
        (Method::POST, world.project.of(&format!("/jobs/{}/cancel", handed.id)), json!({})),
        (Method::POST, format!("/users/{}/personal_access_tokens", world.owner.id), token),
        (Method::GET, "/personal_access_tokens".into(), json!({})),
        (Method::POST, "/groups".into(), json!({"name": "mine", "path": "mine"})),
    ] {
        let reply = job.send(method.clone(), &path, body).await;
        assert_eq!(reply.status, 403, "{method} {path}: {reply:?}");
    }
    job.post(&other.of("/members"), member).await.refused(404);
    let scratch = server.scratch().join(format!("other-{}", world.mark));
    let elsewhere = git::Repository::new(server, &other);
    assert!(!elsewhere.try_clone("gitlab-ci-token", &handed.token, &scratch).status.success());
    // It ends with the job, however that ends.
    world.owner.post(&world.project.of(&format!("/jobs/{}/cancel", handed.id)), json!({})).await.ok(201);
    handed.put("failed", json!({})).await;
    job.get(&world.project.at).await.refused(401);
}

async fn git_credentials(server: &'static Server) {
    let world = World::new(server).await;
    let repository = git::Repository::new(server, &world.project);
    let sha = repository.commit("README.md", b"Hello\n");
    for (by, secret) in [
        (&world.reporter, &world.reporter.token),
        (&world.outsider, &world.outsider.token),
        (&world.dev, &"wrong".to_owned()),
    ] {
        assert!(!repository.try_push(&by.username, secret, "HEAD:refs/heads/main").status.success());
    }
    let read = secret(&token(&world, &world.dev, json!({"scopes": ["read_repository"]})).await);
    assert!(!repository.try_push(&world.dev.username, &read, "HEAD:refs/heads/main").status.success());
    let write = secret(&token(&world, &world.dev, json!({"scopes": ["write_repository"]})).await);
    let pushed = repository.try_push(&world.dev.username, &write, "HEAD:refs/heads/main");
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    let to = |name: &str| server.scratch().join(format!("{name}-{}", world.mark));
    assert!(repository.try_clone(&world.dev.username, &read, &to("read")).status.success());
    assert!(!repository.try_clone(&world.outsider.username, &world.outsider.token, &to("outsider")).status.success());
    let commit = world.reporter.get(&world.project.of(&format!("/repository/commits/{sha}"))).await;
    assert!([200, 404, 405].contains(&commit.status), "{commit:?}");
    // Refs of our own are neither shown nor taken.
    assert!(!repository.try_push(&world.dev.username, &write, "HEAD:refs/pipelines/1").status.success());
    let anonymous = world.anonymous.send(Method::GET, "/user", Body::Empty).await;
    anonymous.refused(401);
}
