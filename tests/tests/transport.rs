//! How requests travel: parameters from everywhere, addresses as clients write them, refusals in GitLab's shapes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::client::finish;
use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::{Body, Reply, Server, World, each_engine, raw};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// What a form gives: names and values.
type Fields<'f> = &'f [(&'f str, &'f str)];

each_engine!(
    parameters_come_from_everywhere,
    parameters_on_put_and_delete,
    booleans_numbers_and_nulls_as_clients_write_them,
    addresses_as_clients_write_them,
    pages_and_their_headers,
    head_is_get_without_a_body,
    wrong_methods_and_unknown_routes,
    bad_values_are_the_same_in_every_form,
    bodies_that_cannot_be_read,
    bodies_that_are_too_large,
    nul_bytes_and_odd_text,
    strange_ids,
    who_am_i,
);

async fn wanted(world: &World) -> Vec<Value> {
    let path = world.org.of("/protected_environments");
    world.maintainer.get(&path).await.ok(200).as_array().cloned().unwrap_or_default()
}

/// What a refused request must not change.
async fn state(world: &World) -> Value {
    let mut all = Vec::new();
    for path in ["", "/deployments", "/environments", "/protected_environments", "/members"] {
        all.push(world.owner.get(&world.project.of(path)).await.ok(200));
    }
    for path in ["", "/protected_environments", "/members", "/projects"] {
        all.push(world.owner.get(&world.org.of(path)).await.ok(200));
    }
    all.into()
}

async fn parameters_come_from_everywhere(server: &'static Server) {
    let world = World::new(server).await;
    let (qa, security, operators) = (world.qa.id, world.security.id, world.operators.id);
    let json_body = json!({
        "name": "production", "deploy_access_levels": [{"group_id": operators}],
        "approval_rules": [{"group_id": qa}, {"group_id": security, "required_approvals": 2}],
    });
    let nested = format!(
        "name=production&deploy_access_levels[][group_id]={operators}&approval_rules[][group_id]={qa}\
         &approval_rules[][group_id]={security}&approval_rules[][required_approvals]=2"
    );
    let encoded = nested.replace('[', "%5B").replace(']', "%5D");
    let rest = json!({"deploy_access_levels": json_body["deploy_access_levels"], "approval_rules": json_body["approval_rules"]});
    let path = world.org.of("/protected_environments");
    let requests: [(String, Body); 8] = [
        (path.clone(), json_body.clone().into()),
        (path.clone(), Body::form(nested.clone())),
        (path.clone(), Body::form(encoded.clone())),
        (format!("{path}?{encoded}"), Body::Empty),
        (format!("{path}?{encoded}"), json!({}).into()),
        (format!("{path}?{encoded}"), Body::Text("application/json", String::new())),
        (format!("{path}/?name=production"), rest.into()),
        (path.clone(), Body::Text("application/json; charset=utf-8", format!("\n {json_body} \n"))),
    ];
    for (path, body) in requests {
        let made = world.maintainer.post(&path, body).await.ok(201);
        assert_shows(&made, &json_body);
        assert_eq!(made["approval_rules"][0]["required_approvals"], 1);
        world.maintainer.delete(&world.org.of("/protected_environments/production")).await.ok(200);
    }
}

async fn parameters_on_put_and_delete(server: &'static Server) {
    let world = World::new(server).await;
    let made = world.protect_as_the_seeds().await;
    let path = world.org.of("/protected_environments/production");
    let rule = id(&made["approval_rules"][1]);
    let nested = |count: i64| format!("approval_rules[][id]={rule}&approval_rules[][required_approvals]={count}");
    let count = |reply: Value| reply["approval_rules"][1]["required_approvals"].clone();
    assert_eq!(count(world.maintainer.put(&path, Body::form(nested(3))).await.ok(200)), 3);
    let query = format!("{path}?{}", nested(4).replace('[', "%5B").replace(']', "%5D"));
    assert_eq!(count(world.maintainer.put(&query, Body::Empty).await.ok(200)), 4);
    let body: Body = json!({"approval_rules": [{"id": rule, "required_approvals": 5}], "unknown": {"a": [1]}}).into();
    assert_eq!(count(world.maintainer.put(&path, body).await.ok(200)), 5);
    // gitbeaker sends a body with every DELETE; Go clients send the query.
    let body: Body = json!({"whatever": true}).into();
    world.maintainer.send(Method::DELETE, &format!("{path}?unknown=1"), body).await.ok(200);
    let member = world.org.of(&format!("/members/{}?skip_subresources=true&unassign_issuables=false", world.dev.id));
    let body: Body = json!({}).into();
    assert_eq!(world.owner.send(Method::DELETE, &member, body).await.status, 204);
}

async fn booleans_numbers_and_nulls_as_clients_write_them(server: &'static Server) {
    let world = World::new(server).await;
    let setting = "allow_pipeline_trigger_approve_deployment";
    for (text, value) in [("True", true), ("false", false), ("1", true), ("0", false), ("true", true), ("False", false)]
    {
        let path = format!("{}?{setting}={text}", world.project.at);
        assert_eq!(world.owner.put(&path, Body::Empty).await.ok(200)[setting], value, "{text}");
    }
    world.owner.put(&format!("{}?{setting}=perhaps", world.project.at), Body::Empty).await.refused(400);
    let body = json!({"user_id": world.outsider.id.to_string(), "access_level": "20", "expires_at": null});
    let made = world.owner.post(&world.project.of("/members"), body).await.ok(201);
    assert_shows(&made, &json!({"access_level": 20, "expires_at": null, "id": world.outsider.id}));
    let member = world.project.of(&format!("/members/{}", world.outsider.id));
    let made = world.owner.put(&member, json!({"access_level": 30, "expires_at": "2099-01-31"})).await.ok(200);
    assert_eq!(made["expires_at"], "2099-01-31");
    let made = world.owner.put(&member, json!({"access_level": 30, "expires_at": ""})).await.ok(200);
    assert_eq!(made["expires_at"], Value::Null);
    let body = json!({"group_id": world.qa.id, "group_access": 20, "expires_at": null});
    world.owner.post(&world.project.of("/share"), body).await.ok(201);
}

async fn addresses_as_clients_write_them(server: &'static Server) {
    let world = World::new(server).await;
    let body = json!({"name": "prod/eu.west", "deploy_access_levels": [{"access_level": 40}]});
    world.protect(&world.project, body).await;
    let (project, token) = (&world.project.path, format!("PRIVATE-TOKEN: {}", world.owner.token));
    let encoded = project.replace('/', "%2F");
    let lower = project.replace('/', "%2f").replace('-', "%2d");
    for path in [
        format!("/projects/{}", world.project.id),
        format!("/projects/{}/", world.project.id),
        format!("/projects/{encoded}"),
        format!("/projects/{encoded}/"),
        format!("/projects/{lower}"),
        format!("/projects/{encoded}/protected_environments/prod%2Feu.west"),
        format!("/projects/{encoded}/protected_environments/prod%2Feu%2Ewest"),
        format!("/projects/{encoded}/protected_environments/prod%2Feu%2ewest/"),
        format!("/projects/{}/protected_environments/prod/eu.west", world.project.id),
        format!("/projects/{project}/protected_environments/prod/eu.west"),
        format!("/projects/{project}/protected_environments"),
        format!("/projects/{project}/protected_environments/"),
    ] {
        let reply = raw::send(server, &format!("GET /api/v4{path}"), &[&token], b"").await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        assert!(reply.body.contains("\"name\":\""), "{path}: {}", reply.body);
    }
    for path in [
        "/projects/no%2Fsuch",
        "/projects/..%2F..",
        "/projects/%00",
        "/projects/%ff%fe",
        "/projects/%2F",
        "/projects/%",
    ] {
        let reply = raw::send(server, &format!("GET /api/v4{path}"), &[&token], b"").await;
        assert!([400, 404].contains(&reply.status), "{path}: {} {}", reply.status, reply.body);
    }
}

async fn pages_and_their_headers(server: &'static Server) {
    let world = World::new(server).await;
    for number in 1..=5 {
        world.report(&world.dev, &format!("env-{number}"), "success").await.ok(201);
    }
    let path = world.project.of("/deployments");
    let first = world.dev.get(&format!("{path}?per_page=2&unknown=a%2Cb")).await;
    assert_eq!(ids(&first.ok(200)).len(), 2);
    let headers = |reply: &Reply| {
        ["X-Page", "X-Per-Page", "X-Total", "X-Total-Pages", "X-Next-Page", "X-Prev-Page"]
            .map(|name| reply.header(name).to_owned())
    };
    assert_eq!(headers(&first), ["1", "2", "5", "3", "2", ""]);
    assert_eq!(first.header("content-type"), "application/json");
    let next = link(&first, "next").expect("a link to the next page");
    assert!(next.starts_with(&server.url) && next.contains("per_page=2") && next.contains("page=2"), "{next}");
    assert!(next.contains("unknown=a%2Cb") && !next.contains(','), "{next}");
    let mut seen = ids(&first.json());
    let mut reply = first;
    while let Some(url) = link(&reply, "next") {
        let path = url.strip_prefix(&format!("{}/api/v4", server.url)).expect("the address asked").to_owned();
        reply = world.dev.get(&path).await;
        seen.extend(ids(&reply.ok(200)));
    }
    assert_eq!(headers(&reply), ["3", "2", "5", "3", "", "2"]);
    assert_eq!(seen, ids(&world.dev.get(&path).await.ok(200)));
    assert!(link(&reply, "prev").is_some() && link(&reply, "first").is_some() && link(&reply, "last").is_some());
    let clamped = world.dev.get(&format!("{path}?per_page=500")).await;
    assert_eq!(clamped.header("X-Per-Page"), "100");
    let beyond = world.dev.get(&format!("{path}?page=9&per_page=2")).await;
    assert_eq!((beyond.ok(200), link(&beyond, "next")), (json!([]), None));
    for query in ["per_page=0", "per_page=-1", "page=0", "page=x", "per_page=many", "page=99999999999999999999"] {
        let reply = world.dev.get(&format!("{path}?{query}")).await;
        assert!(reply.status == 200 || reply.status == 400, "{query}: {reply:?}");
    }
}

fn link(reply: &Reply, rel: &str) -> Option<String> {
    let wanted = format!("; rel=\"{rel}\"");
    let found = reply.header("link").split(", ").find(|part| part.ends_with(&wanted))?;
    Some(found.trim_end_matches(&wanted).trim_start_matches('<').trim_end_matches('>').to_owned())
}

async fn head_is_get_without_a_body(server: &'static Server) {
    let world = World::new(server).await;
    world.report(&world.dev, "one", "success").await.ok(201);
    for path in ["", "/deployments", "/environments"] {
        let path = world.project.of(path);
        let reply = world.dev.send(Method::HEAD, &path, Body::Empty).await;
        assert_eq!((reply.status, reply.text.as_str(), reply.header("content-type")), (200, "", "application/json"));
        let got = world.dev.get(&path).await;
        assert_eq!(reply.header("x-total"), got.header("x-total"));
    }
    assert_eq!(world.outsider.send(Method::HEAD, &world.project.at, Body::Empty).await.status, 404);
}

async fn wrong_methods_and_unknown_routes(server: &'static Server) {
    let world = World::new(server).await;
    let before = state(&world).await;
    for (method, path) in [
        (Method::PATCH, world.project.of("/deployments")),
        (Method::DELETE, world.project.of("/deployments")),
        (Method::PUT, world.project.of("/protected_environments")),
        (Method::POST, world.project.of("/protected_environments/production")),
        (Method::GET, world.project.of("/deployments/1/approval")),
        (Method::POST, "/version".into()),
    ] {
        let reply = world.owner.send(method.clone(), &path, json!({})).await;
        reply.refused(405);
        assert!(!reply.header("allow").is_empty(), "{method} {path}: {reply:?}");
    }
    for path in ["/nothing", "/projects/1/nothing", "/license", "/", "", "/groups/1/deployments"] {
        let reply = world.owner.get(path).await;
        assert_eq!(reply.refused(404)["error"], "404 Not Found", "{path}");
    }
    let reply = raw::send(server, "GET /api/v5/projects", &[], b"").await;
    assert_eq!(reply.status, 404, "{}", reply.body);
    assert_eq!(state(&world).await, before);
}

/// What is wrong with a value, the client is told in the same words however it came.
async fn bad_values_are_the_same_in_every_form(server: &'static Server) {
    let world = World::new(server).await;
    let before = state(&world).await;
    let (environments, members) = (world.project.of("/environments"), world.project.of("/members"));
    let deployments = world.project.of("/deployments");
    let long = "x".repeat(256);
    let cases: [(&str, Fields<'_>, Value); 9] = [
        (&environments, &[("tier", "other")], json!({"error": "name is missing"})),
        (&environments, &[("name", "a"), ("tier", "top")], json!({"error": "tier does not have a valid value"})),
        (&environments, &[("name", "a\0b")], json!({"error": "name is invalid (it contains a NUL character)"})),
        (&members, &[("user_id", "1"), ("access_level", "much")], json!({"error": "access_level is invalid"})),
        (&members, &[("access_level", "")], json!({"error": "access_level is empty"})),
        (
            &members,
            &[("user_id", "1"), ("access_level", "30"), ("expires_at", "soon")],
            json!({"error": "expires_at is invalid"}),
        ),
        (
            &deployments,
            &[("status", "won"), ("tag", "perhaps"), ("sha", &long), ("environment", "a"), ("ref", "main")],
            json!({
                "error": "sha is too long (maximum is 255 characters), tag is invalid, status does not have a valid value",
            }),
        ),
        (
            &deployments,
            &[("status", "running"), ("tag", "false")],
            json!({
                "error": "environment is missing, sha is missing, ref is missing",
            }),
        ),
        (
            &environments,
            &[("name", "/a")],
            json!({"message": {"name": [
                "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, but it cannot start or end with '/'",
            ]}}),
        ),
    ];
    for (path, fields, expected) in cases {
        let pairs: Vec<_> =
            fields.iter().map(|(name, value)| format!("{name}={}", value.replace('\0', "%00"))).collect();
        let object: Map<_, _> = fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        let requests = [
            (format!("{path}?{}", pairs.join("&")), Body::Empty),
            (path.to_owned(), Body::form(pairs.join("&"))),
            (path.to_owned(), Value::from(object).into()),
            (path.to_owned(), Body::multipart(fields)),
        ];
        for (at, body) in requests {
            let mut refused = world.owner.post(&at, body.clone()).await.refused(400);
            refused.as_object_mut().expect("an object").remove("code");
            assert_eq!(refused, expected, "{at} {body:?}");
        }
    }
    assert_eq!(state(&world).await, before);
}

async fn bodies_that_cannot_be_read(server: &'static Server) {
    let world = World::new(server).await;
    let path = world.org.of("/protected_environments");
    for (text, place) in [
        ("{", "line 1 column 1"),
        ("{\"name\": production}", "line 1 column 10"),
        ("{\n  \"name\": \"production\",\n}", "line 3 column 1"),
        ("{\"name\": \"a\"} trailing", "line 1 column 15"),
        ("[1, 2", "line 1"),
        ("nonsense", "line 1"),
        ("{\"name\": \"\\ud800\"}", "line 1"),
    ] {
        let refused = world.maintainer.post(&path, Body::Text("application/json", text.into())).await.refused(400);
        assert!(refused.to_string().contains(place), "{text:?}: {place} expected in {refused}");
    }
    for text in ["[]", "1", "\"text\"", "true", "[{\"name\": \"production\"}]"] {
        world.maintainer.post(&path, Body::Text("application/json", text.into())).await.refused(400);
    }
    let deep = format!("{{\"name\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
    world.maintainer.post(&path, Body::Text("application/json", deep)).await.refused(400);
    let deep = format!("name{}=1", "[a]".repeat(5000));
    world.maintainer.post(&path, Body::form(deep)).await.refused(400);
    for (kind, text) in [("application/xml", "<a/>"), ("text/plain", "name=production")] {
        let reply = world.maintainer.post(&path, Body::Text(kind, text.into())).await;
        assert!([400, 415].contains(&reply.status), "{kind}: {reply:?}");
    }
    // Broken off, or not what it says.
    let token = format!("PRIVATE-TOKEN: {}", world.maintainer.token);
    let line = format!("POST /api/v4{path}");
    let kind = "Content-Type: application/json";
    let reply =
        raw::send(server, &line, &[&token, kind, "Content-Encoding: gzip"], b"{\"name\": \"production\"}").await;
    assert!((400..500).contains(&reply.status), "{} {}", reply.status, reply.body);
    let reply =
        raw::send(server, &line, &[&token, "Content-Type: application/x-www-form-urlencoded"], b"name=%ff&a=%zz").await;
    assert_eq!(reply.status, 400, "{}", reply.body);
    assert_eq!(wanted(&world).await, Vec::<Value>::new());
}

async fn bodies_that_are_too_large(server: &'static Server) {
    let world = World::new(server).await;
    let before = state(&world).await;
    let large =
        json!({"name": "production", "deploy_access_levels": [{"access_level": 40}], "more": "x".repeat(1024 * 1024)});
    world.maintainer.post(&world.org.of("/protected_environments"), large.clone()).await.refused(413);
    let form = format!("status=approved&comment={}", "x".repeat(1024 * 1024));
    world.maintainer.post(&world.project.of("/deployments/1/approval"), Body::form(form)).await.refused(413);
    world.maintainer.put(&world.project.at, large).await.refused(413);
    let many: Vec<_> = (0..20_000).map(|number| json!({"user_id": number})).collect();
    let body = json!({"name": "production", "deploy_access_levels": many});
    let reply = world.maintainer.post(&world.project.of("/protected_environments"), body).await;
    assert!((400..500).contains(&reply.status), "{}", reply.status);
    assert_eq!(state(&world).await, before);
}

async fn nul_bytes_and_odd_text(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let before = state(&world).await;
    let approval = world.project.of(&format!("/deployments/{deployment}/approval"));
    let entries = json!([{"access_level": 40}]);
    let refused = [
        (approval.clone(), json!({"status": "approved", "represented_as": "a\0b"})),
        (world.project.of("/protected_environments"), json!({"name": "a\0b", "deploy_access_levels": entries})),
        (world.project.of("/environments"), json!({"name": "a\0b"})),
        (
            world.project.of("/deployments"),
            json!({"environment": "a\0", "sha": "a\0", "ref": "m\0", "tag": false, "status": "running"}),
        ),
        ("/groups".into(), json!({"name": "a\0b", "path": "a\0b"})),
        ("/projects".into(), json!({"name": "a\0b", "path": "ab"})),
    ];
    for (path, body) in refused {
        let reply = world.owner.post(&path, body.clone()).await;
        assert!((400..500).contains(&reply.status), "{path} {body}: {reply:?}");
    }
    for query in ["?environment=a%00b", "?search=%00", "?status=%00", "?ref=%00&sha=%00"] {
        for path in ["/deployments", "/environments", "/pipelines", "/members"] {
            let reply = world.owner.get(&world.project.of(&format!("{path}{query}"))).await;
            assert!(reply.status < 500, "{path}{query}: {reply:?}");
        }
    }
    for name in ["%00", "a%00b", "%F0%9F%92%A9"] {
        let reply = world.owner.get(&world.project.of(&format!("/protected_environments/{name}"))).await;
        assert!([400, 404].contains(&reply.status), "{name}: {reply:?}");
    }
    let reply = world.sec1.post(&approval, json!({"status": "approved", "comment": "a\0b"})).await;
    assert!([201, 400].contains(&reply.status), "{reply:?}");
    world.sec1.delete(&approval).await;
    let comment = "\u{202e}💩\r\n<script>\u{feff}";
    let voted = world.sec1.post(&approval, json!({"status": "approved", "comment": comment})).await.ok(201);
    assert_eq!(voted["comment"], comment);
    world.sec1.delete(&approval).await;
    let after = state(&world).await;
    assert_eq!(after[1][0]["status"], before[1][0]["status"]);
    assert_eq!(after[3], before[3]);
    assert_eq!(after[2], before[2]);
}

async fn strange_ids(server: &'static Server) {
    let world = World::new(server).await;
    let before = state(&world).await;
    for id in ["0", "-1", "99999999999999999999999", "1.5", "1e3", "0x1", "%20", "NaN", "null", "1'--", "%E2%82%AC"] {
        for path in [
            format!("/projects/{id}"),
            format!("/groups/{id}"),
            world.project.of(&format!("/deployments/{id}")),
            world.project.of(&format!("/environments/{id}")),
            world.project.of(&format!("/jobs/{id}")),
            world.project.of(&format!("/pipelines/{id}")),
            world.project.of(&format!("/members/{id}")),
            format!("/users/{id}"),
        ] {
            let reply = world.owner.get(&path).await;
            assert!([400, 404].contains(&reply.status), "{path}: {reply:?}");
        }
        let path = world.project.of(&format!("/deployments/{id}/approval"));
        let reply = world.owner.post(&path, json!({"status": "approved"})).await;
        assert!([400, 404].contains(&reply.status), "{path}: {reply:?}");
    }
    assert_eq!(state(&world).await, before);
}

async fn who_am_i(server: &'static Server) {
    let world = World::new(server).await;
    let me = world.dev.get("/user").await.ok(200);
    assert_shows(&me, &json!({"id": world.dev.id, "username": world.dev.username, "state": "active"}));
    assert_shows(&world.root.get("/user").await.ok(200), &json!({"id": 1, "username": "root", "is_admin": true}));
    assert!(world.dev.get("/version").await.ok(200)["version"].as_str().is_some_and(|it| it.ends_with("-ee")));
    assert_eq!(world.dev.get("/metadata").await.ok(200)["enterprise"], true);
    let openapi = world.anonymous.get("/openapi.json").await.ok(200);
    assert!(
        openapi["paths"]["/projects/{id}/deployments/{deployment_id}/approval"].is_object()
            || openapi["paths"].is_object()
    );
    for path in ["/-/health", "/-/readiness", "/-/liveness"] {
        let reply = raw::send(server, &format!("GET {path}"), &[], b"").await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    }
    let request = world.anonymous.request(Method::GET, "/user");
    let reply = finish(request, "GET /user".into()).await.expect("an answer");
    assert_eq!(reply.refused(401)["message"], "401 Unauthorized");
}
