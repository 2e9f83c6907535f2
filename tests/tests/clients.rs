//! What clients do on the way: act for others, walk through lists, ask for headers alone, read what is not kept here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::client::finish;
use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::{Body, Client, Reply, Server, World, each_engine};
use reqwest::Method;
use serde_json::{Value, json};

each_engine!(
    administrators_act_in_other_peoples_names,
    nobody_else_acts_in_other_peoples_names,
    no_vote_is_cast_in_somebody_elses_name,
    lists_are_walked_by_key,
    every_form_of_parameters_on_every_verb,
    a_whole_project_comes_as_multipart,
    every_route_that_reads_answers_head,
    what_is_not_kept_here_is_empty,
    namespaces_are_found,
);

async fn token(world: &World, of: i64, scopes: &[&str]) -> Client {
    let body = json!({"name": "another", "scopes": scopes});
    let made = world.root.post(&format!("/users/{of}/personal_access_tokens"), body).await.ok(201);
    world.anonymous.with_token(made["token"].as_str().expect("a token"))
}

/// A request with a `Sudo` header.
async fn acting(by: &Client, name: &str, method: Method, path: &str, body: Value) -> Reply {
    let request = by.request(method, path).header("Sudo", name).json(&body);
    finish(request, format!("{path} as {name}")).await.expect("the server answers")
}

async fn administrators_act_in_other_peoples_names(server: &'static Server) {
    let world = World::new(server).await;
    let (dev, name) = (world.dev.id, &world.dev.username);
    let (by_id, upper) = (dev.to_string(), name.to_uppercase());
    for who in [by_id.as_str(), name.as_str(), upper.as_str()] {
        assert_eq!(id(&world.root.get(&format!("/user?sudo={who}")).await.ok(200)), dev, "{who}");
        assert_eq!(id(&acting(&world.root, who, Method::GET, "/user", json!({})).await.ok(200)), dev, "{who}");
        let bearer =
            world.anonymous.with_header("Authorization", &format!("Bearer {}", countersign_tests::server::ROOT_TOKEN));
        assert_eq!(id(&bearer.get(&format!("/user?a=1&sudo={who}&b=2")).await.ok(200)), dev, "{who}");
    }
    // The rights are theirs alone: what they may not do is refused, what they do not see is not there.
    world.root.put(&format!("{}?sudo={name}", world.project.at), json!({"description": "mine"})).await.refused(403);
    let outsider = world.outsider.id;
    world.root.get(&format!("{}?sudo={outsider}", world.project.at)).await.refused(404);
    acting(&world.root, &outsider.to_string(), Method::GET, "/application/settings", json!({})).await.refused(403);
    // What is made is theirs.
    let body = json!({"environment": "test", "sha": "0".repeat(40), "ref": "main", "tag": false, "status": "success"});
    let made = acting(&world.root, name, Method::POST, &world.project.of("/deployments"), body).await.ok(201);
    assert_eq!(made["user"]["id"], dev);
    let listed = world.root.get(&format!("{}?sudo={name}&per_page=1", world.project.of("/deployments"))).await;
    listed.ok(200);
    assert!(listed.header("link").contains(&format!("sudo={name}&")), "{listed:?}");
    assert!(server.audit_verify().status.success());
}

async fn nobody_else_acts_in_other_peoples_names(server: &'static Server) {
    let world = World::new(server).await;
    let path = format!("/user?sudo={}", world.dev.id);
    let foreign = token(&world, world.owner.id, &["api", "sudo"]).await;
    for by in [&foreign, &world.owner, &world.dev] {
        let refused = by.get(&path).await.refused_as(403, "sudo.admins_only");
        assert_eq!(refused["message"], "403 Forbidden - Must be admin to use sudo");
    }
    let refused = token(&world, 1, &["api"]).await.get(&path).await.refused(403);
    assert_eq!((&refused["error"], &refused["scope"]), (&json!("insufficient_scope"), &json!("sudo")));
    let read = token(&world, 1, &["read_api", "sudo"]).await;
    assert_eq!(id(&read.get(&path).await.ok(200)), world.dev.id);
    let refused = acting(&read, "1", Method::POST, &world.project.of("/environments"), json!({"name": "a"})).await;
    assert_eq!(refused.refused(403)["scope"], "api");
    let refused = token(&world, 1, &["sudo"]).await.get(&format!("{}?sudo=1", world.project.at)).await.refused(403);
    assert_eq!(refused["error"], "insufficient_scope");
    world.anonymous.get(&path).await.refused(401);
    world.anonymous.get(&format!("/topics?sudo={}", world.dev.id)).await.refused(401);
    for who in ["no-such-user", "99999999", "-1", "%00", "a%27b"] {
        let refused = world.root.get(&format!("/user?sudo={who}")).await;
        assert!([400, 404].contains(&refused.status), "{refused:?}");
    }
    let refused = world.root.get("/user?sudo=no-such-user").await.refused(404);
    assert_eq!(refused["message"], "404 User with ID or username 'no-such-user' Not Found");
    let somebody = world.person("asleep").await;
    world.root.post(&format!("/users/{}/block", somebody.id), json!({})).await.ok(201);
    world.root.get(&format!("/user?sudo={}", somebody.id)).await.refused_as(403, "sudo.blocked");
}

async fn no_vote_is_cast_in_somebody_elses_name(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    world.vote(&world.sec1, deployment, "approved").await.ok(201);
    let before = world.deployment(deployment).await;
    let path = world.project.of(&format!("/deployments/{deployment}/approval"));
    for voter in [&world.qa1, &world.sec1, &world.sec2] {
        for status in ["approved", "rejected"] {
            let reply = acting(&world.root, &voter.username, Method::POST, &path, json!({"status": status})).await;
            reply.refused_as(403, "approval.sudo");
            let query = format!("{path}?status={status}&sudo={}", voter.id);
            world.root.post(&query, Body::Empty).await.refused_as(403, "approval.sudo");
        }
    }
    acting(&world.root, &world.sec1.username, Method::DELETE, &path, json!({})).await.refused_as(403, "approval.sudo");
    assert_eq!(world.deployment(deployment).await, before);
}

/// All ids of a list that is walked by its links.
async fn walk(by: &Client, path: &str, mut between: impl AsyncFnMut(usize)) -> Vec<i64> {
    let (mut seen, mut at, mut pages) = (Vec::new(), path.to_owned(), 0);
    loop {
        let reply = by.get(&at).await;
        let rows = reply.ok(200);
        seen.extend(ids(&rows));
        for name in ["x-page", "x-per-page", "x-next-page", "x-prev-page", "x-total", "x-total-pages"] {
            assert_eq!(reply.header(name), "", "{name}");
        }
        pages += 1;
        between(pages).await;
        let link = reply.header("link");
        if link.is_empty() {
            return seen;
        }
        assert!(!link.contains(','), "{link}");
        let url = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).expect("one link");
        at = url.strip_prefix(&format!("{}/api/v4", by.server)).expect("the address asked").to_owned();
    }
}

async fn lists_are_walked_by_key(server: &'static Server) {
    let world = World::new(server).await;
    for name in ["b", "A", "c", "aa"] {
        let body = json!({"name": format!("{name} {}", world.mark), "path": format!("walk-{name}"), "parent_id": world.org.id});
        world.owner.post("/groups", body).await.ok(201);
        world.project(&format!("walk-in-{name}")).await;
        world.person(&format!("walk-{name}")).await;
    }
    let lists = [
        (world.org.of("/projects"), &["id", "created_at"][..]),
        (world.org.of("/subgroups"), &["id", "name", "path"]),
        ("/users?search=walk".into(), &["id", "name", "username", "created_at"]),
        ("/groups?search=walk".into(), &["id", "name", "path"]),
        ("/projects?search=walk".into(), &["id", "created_at"]),
    ];
    for (list, orders) in lists {
        let join = if list.contains('?') { '&' } else { '?' };
        for order in orders {
            for sort in ["asc", "desc"] {
                let path = format!("{list}{join}order_by={order}&sort={sort}");
                let all = ids(&world.owner.get(&format!("{path}&per_page=100")).await.ok(200));
                assert!(all.len() >= 4, "{path}: {all:?}");
                for size in [1, 2, 100] {
                    let keyset = format!("{path}&per_page={size}&pagination=keyset");
                    assert_eq!(walk(&world.owner, &keyset, async |_| {}).await, all, "{keyset}");
                }
            }
        }
    }
    // Rows that come and go on the way neither repeat nor hide others.
    let before = ids(&world.owner.get(&world.org.of("/projects?order_by=id&sort=desc")).await.ok(200));
    let path = world.org.of("/projects?order_by=id&sort=desc&per_page=2&pagination=keyset");
    let seen = walk(&world.owner, &path, async |page| {
        if page == 1 {
            world.project("newer").await;
            world.owner.delete(&format!("/projects/{}", before[1])).await.ok(202);
        }
    });
    assert_eq!(seen.await, before);
    let refused = world.owner.get("/projects?order_by=name&pagination=keyset").await.refused(405);
    assert_eq!(refused["error"], "Keyset pagination is not yet available for this type of request");
    world.owner.get("/projects?pagination=keyset&cursor=nonsense").await.refused(400);
    let ignored = world.owner.get(&world.project.of("/deployments?pagination=keyset")).await;
    assert_eq!((ignored.status, ignored.header("x-total")), (200, "0"));
}

async fn every_form_of_parameters_on_every_verb(server: &'static Server) {
    let world = World::new(server).await;
    for status in ["success", "failed"] {
        world.report(&world.dev, "here", status).await.ok(201);
    }
    let deployments = world.project.of("/deployments");
    let members = world.org.of("/members");
    let (one, two) = (world.dev.id.to_string(), world.dev2.id.to_string());
    let wanted = ids(&world.dev.get(&format!("{deployments}?status=failed")).await.ok(200));
    assert_eq!(wanted.len(), 1);
    let json_type = |text: &str| Body::Text("application/json", text.into());
    let mut both = vec![world.dev.id, world.dev2.id];
    both.sort_unstable();
    let user = vec![world.dev.id];
    let reads: Vec<(String, Body, &[i64])> = vec![
        (format!("{deployments}?status=failed"), Body::Empty, &wanted),
        (format!("{deployments}?status=failed"), json_type(""), &wanted),
        (format!("{deployments}?status=failed"), json_type(" \n"), &wanted),
        (format!("{deployments}?status=failed"), json_type("{}"), &wanted),
        (format!("{deployments}?status=failed"), json_type("null"), &wanted),
        (deployments.clone(), json!({"status": "failed"}).into(), &wanted),
        (deployments.clone(), Body::form("status=failed"), &wanted),
        (deployments.clone(), Body::multipart(&[("status", "failed")]), &wanted),
        (format!("{deployments}?status=success"), json!({"status": "failed"}).into(), &wanted),
        (format!("{members}?user_ids[]={one}&user_ids[]={two}"), Body::Empty, &both),
        (format!("{members}?user_ids%5B%5D={one}&user_ids%5B%5D={two}"), Body::Empty, &both),
        (format!("{members}?user_ids={one}&user_ids={two}"), Body::Empty, &both),
        (format!("{members}?user_ids={one},{two}"), Body::Empty, &both),
        (format!("{members}?user_ids={one}%2C{two}"), Body::Empty, &both),
        (members.clone(), json!({"user_ids": [world.dev.id, two]}).into(), &both),
        (members.clone(), Body::form(format!("user_ids[0]={one}&user_ids[1]={two}")), &both),
        (members.clone(), Body::multipart(&[("user_ids[]", &one), ("user_ids[]", &two)]), &both),
        (format!("/users?username={}&active=True&humans=1", world.dev.username), Body::Empty, &user),
        (format!("/users?username={}&active=true&humans=T", world.dev.username), Body::Empty, &user),
        (format!("/users?username={}", world.dev.username), json!({"active": "1", "humans": true}).into(), &user),
        (format!("/users?username={}&blocked=0&blocked=", world.dev.username), Body::Empty, &user),
    ];
    for (path, body, expected) in reads {
        let told = format!("{path} {body:?}");
        let mut found = ids(&world.dev.send(Method::GET, &path, body).await.ok(200));
        found.sort_unstable();
        assert_eq!(found, expected, "{told}");
    }
    let malformed = [
        "status=perhaps",
        "updated_after=yesterday&order_by=updated_at",
        "order_by=luck",
        "sort=sideways",
        "page=0",
        "page=-1",
        "page=x",
        "page=99999999999999999999",
        "per_page=0",
        "per_page=-1",
        "per_page=many",
    ];
    for query in malformed {
        let refused = world.dev.get(&format!("{deployments}?{query}")).await.refused(400);
        let name = query.split('=').next().unwrap_or_default();
        assert!(refused["error"].as_str().is_some_and(|text| text.starts_with(name)), "{query}: {refused}");
    }
    let far = world.dev.get(&format!("{deployments}?page=9223372036854775807&per_page=101")).await;
    assert_eq!((far.ok(200), far.header("x-per-page"), far.header("x-total")), (json!([]), "100", "2"));
    // A body with DELETE is read where it says something, and does no harm where it does not.
    for body in
        [Body::Empty, json_type(""), json!({"filter": {"a": 1}}).into(), Body::form("a[][b]=1"), Body::multipart(&[])]
    {
        let made = world.report(&world.dev, "here", "failed").await.ok(201);
        let path = format!("{deployments}/{}", made["id"]);
        assert_eq!(world.owner.send(Method::DELETE, &path, body).await.status, 204);
        world.owner.get(&path).await.refused(404);
    }
}

async fn a_whole_project_comes_as_multipart(server: &'static Server) {
    let world = World::new(server).await;
    let namespace = world.org.id.to_string();
    let fields =
        [("name", "pictured"), ("description", "a\r\n--b"), ("namespace_id", &namespace), ("visibility", "private")];
    let Body::Text(kind, text) = Body::multipart(&fields) else { panic!("no text") };
    let picture = "--b0\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\
                   \r\n\u{1}\0\r\n\r\n";
    let text = text.replacen("--b0--", &format!("{picture}--b0--"), 1);
    let made = world.owner.post("/projects", Body::Text(kind, text)).await.ok(201);
    assert_shows(&made, &json!({"name": "pictured", "description": "a\r\n--b", "visibility": "private"}));
    assert_eq!(made["namespace"]["id"], world.org.id);
    let qa = world.qa.id.to_string();
    let rules = [
        ("name", "production"),
        ("deploy_access_levels[][access_level]", "40"),
        ("approval_rules[][group_id]", &qa),
        ("approval_rules[][required_approvals]", "2"),
    ];
    let made = world.maintainer.post(&world.org.of("/protected_environments"), Body::multipart(&rules)).await.ok(201);
    assert_eq!(made["approval_rules"][0]["required_approvals"], 2);
    let large = "x".repeat(1024 * 1024);
    world.owner.put(&world.project.at, Body::multipart(&[("description", &large)])).await.refused(413);
    let cut = Body::Text(kind, "--b0\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nrenamed".into());
    world.owner.put(&world.project.at, cut).await.refused(400);
}

/// A path of the document with something real, or something missing, for each part.
fn real(path: &str, world: &World, deployment: i64, environment: i64) -> String {
    let user = world.dev.id.to_string();
    let place =
        if path.starts_with("/groups/") || path.starts_with("/namespaces/") { world.org.id } else { world.project.id };
    let first = if path.starts_with("/users/") { user.clone() } else { place.to_string() };
    let parts = [
        ("{id}", first.as_str()),
        ("{user_id}", &user),
        ("{deployment_id}", &deployment.to_string()),
        ("{environment_id}", &environment.to_string()),
        ("{name}", "production"),
        ("{sha}", "main"),
    ];
    let known = parts.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
    let any = known.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    any.collect::<Vec<_>>().join("/")
}

/// The answers to `GET` and `HEAD`, at a moment when nobody else changes how much there is.
async fn both(by: &Client, path: &str) -> (Reply, Reply) {
    loop {
        let (got, head) = (by.get(path).await, by.send(Method::HEAD, path, Body::Empty).await);
        let again = by.get(path).await;
        if again.header("x-total") == got.header("x-total") {
            return (got, head);
        }
    }
}

async fn every_route_that_reads_answers_head(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let made = world.report(&world.dev, "one", "success").await.ok(201);
    let (deployment, environment) = (id(&made), id(&made["environment"]));
    let document = world.anonymous.get("/openapi.json").await.ok(200);
    let mut lists = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        let Some(answer) = item["get"]["responses"].get("200") else { continue };
        let list = answer["content"]["application/json"]["schema"]["type"] == "array";
        let path = real(path.strip_prefix("/api/v4").expect("below REST"), &world, deployment, environment);
        for by in [&world.root, &world.owner.with_token(&world.owner.token)] {
            let (got, head) = both(by, &path).await;
            assert_eq!((head.status, head.text.as_str()), (got.status, ""), "{path}");
            for name in ["content-type", "x-total", "x-page", "x-per-page", "link"] {
                assert_eq!(head.header(name), got.header(name), "{path}: {name}");
            }
            let json = answer["content"]["application/json"].is_object() || got.status >= 400;
            assert!(!json || got.header("content-type") == "application/json", "{path}: {got:?}");
            if list && got.status == 200 {
                lists += 1;
                assert!(got.header("x-page") == "1" && got.header("x-per-page") == "20", "{path}: {got:?}");
                assert!(got.header("link").contains("rel=\"first\""), "{path}: {got:?}");
                assert_eq!(by.get(&format!("{path}?per_page=0")).await.status, 400, "{path}");
            }
        }
        if list {
            let named = |name: &str| item["get"]["parameters"].to_string().contains(&format!("/parameters/{name}\""));
            assert!(named("page") && named("per_page") && answer["headers"]["Link"].is_object(), "{path}");
        }
    }
    assert!(lists > 20, "{lists}");
}

async fn what_is_not_kept_here_is_empty(server: &'static Server) {
    let world = World::new(server).await;
    let made = id(&world.report(&world.dev, "one", "success").await.ok(201));
    let of = |path: &str| world.project.of(path);
    let shipped = of(&format!("/deployments/{made}/merge_requests"));
    for (by, path) in [
        (&world.root, "/topics".to_owned()),
        (&world.anonymous, "/topics?search=x".into()),
        (&world.root, "/deploy_tokens".into()),
        (&world.maintainer, of("/deploy_tokens")),
        (&world.guest, of("/merge_requests?state=opened")),
        (&world.reporter, shipped.clone()),
    ] {
        let reply = by.get(&path).await;
        assert_eq!((reply.ok(200), reply.header("x-total")), (json!([]), "0"), "{path}");
    }
    for (by, path, status) in [
        (&world.root, "/license".to_owned(), 404),
        (&world.owner, "/deploy_tokens".into(), 403),
        (&world.anonymous, "/deploy_tokens".into(), 401),
        (&world.dev, of("/deploy_tokens"), 403),
        (&world.outsider, of("/deploy_tokens"), 404),
        (&world.outsider, of("/merge_requests"), 404),
        (&world.anonymous, of("/merge_requests"), 404),
        (&world.outsider, shipped, 404),
        (&world.reporter, of("/deployments/99999999/merge_requests"), 404),
        (&world.owner, "/application/settings".into(), 403),
        (&world.anonymous, "/application/settings".into(), 401),
    ] {
        by.get(&path).await.refused(status);
    }
    let settings = world.root.get("/application/settings").await.ok(200);
    assert_shows(
        &settings,
        &json!({"default_branch_protection": 3, "default_branch_name": "main", "signup_enabled": false}),
    );
    assert_eq!(settings["default_projects_limit"].as_i64(), Some(100_000));
    let version = world.dev.get("/version").await.ok(200)["version"].as_str().unwrap().to_owned();
    let parts: Vec<_> = version.strip_suffix("-ee").expect("-ee").split('.').map(|part| part.parse::<u32>()).collect();
    assert!(parts.len() == 3 && parts.iter().all(Result::is_ok), "{version}");
    let metadata = world.dev.get("/metadata").await.ok(200);
    let kas = json!({"enabled": false, "externalUrl": null, "version": null});
    assert_shows(&metadata, &json!({"version": version, "enterprise": true, "kas": kas}));
}

async fn namespaces_are_found(server: &'static Server) {
    let world = World::new(server).await;
    let me = world.dev.get("/user").await.ok(200);
    let own = world.dev.get(&format!("/namespaces/{}", world.dev.username)).await.ok(200);
    assert_shows(
        &own,
        &json!({"kind": "user", "path": world.dev.username, "parent_id": null, "id": me["namespace_id"]}),
    );
    let qa = json!({"id": world.qa.id, "kind": "group", "full_path": world.qa.path, "parent_id": world.org.id});
    for at in [world.qa.id.to_string(), world.qa.path.replace('/', "%2F")] {
        assert_shows(&world.dev.get(&format!("/namespaces/{at}")).await.ok(200), &qa);
    }
    for (by, at) in [
        (&world.outsider, world.org.id.to_string()),
        (&world.outsider, world.dev.username.clone()),
        (&world.dev, "no-such".into()),
        (&world.dev, "99999999".into()),
    ] {
        let refused = by.get(&format!("/namespaces/{at}")).await.refused(404);
        assert_eq!(refused["message"], "404 Namespace Not Found");
    }
    world.root.get(&format!("/namespaces/{}", world.dev.username)).await.ok(200);
    world.anonymous.get("/namespaces").await.refused(401);
    let listed =
        async |by: &Client, query: &str| ids(&by.get(&format!("/namespaces?per_page=100&{query}")).await.ok(200));
    let seen = listed(&world.dev, &format!("search={}", world.mark)).await;
    assert!(seen.contains(&world.org.id), "{seen:?}");
    assert!(listed(&world.dev, "").await.contains(&id(&own)));
    assert!(!listed(&world.outsider, "").await.contains(&world.org.id));
    assert!(!listed(&world.dev, "owned_only=true").await.contains(&world.org.id));
    assert!(listed(&world.owner, "owned_only=true").await.contains(&world.org.id));
    let top = listed(&world.owner, "top_level_only=true").await;
    assert!(top.contains(&world.org.id) && !top.contains(&world.qa.id), "{top:?}");
    let exists = async |path: &str| world.dev.get(&format!("/namespaces/{path}")).await.ok(200);
    let parent = world.org.id;
    assert_eq!(exists(&format!("free-{}/exists", world.mark)).await, json!({"exists": false, "suggests": []}));
    let taken = exists(&format!("qa/exists?parent_id={parent}")).await;
    assert_eq!(taken, json!({"exists": true, "suggests": ["qa1"]}));
    world.outsider.get(&format!("/namespaces/x/exists?parent_id={parent}")).await.refused(404);
    // What lies within a group is not told by guessing.
    let within = format!("/namespaces/{}/exists", world.qa.path.replace('/', "%2F"));
    assert_eq!(world.outsider.get(&within).await.ok(200), json!({"exists": false, "suggests": []}));
}
