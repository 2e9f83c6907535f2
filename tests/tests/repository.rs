//! Reading repositories over the API, and making and deleting branches and tags.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::git::Repository;
use countersign_tests::{Server, World, each_engine, git};
use serde_json::{Value, json};

each_engine!(
    branches_are_listed_made_and_deleted,
    protected_branches_are_made_and_deleted_by_those_who_may,
    tags_are_listed_made_and_deleted,
    the_history_is_filtered,
    a_commit_tells_its_statuses_and_refs,
    directories_are_listed_and_nothing_else,
    an_empty_repository_has_nothing,
    who_sees_no_code_sees_no_repository,
);

const YAML: &str = "test:\n  script: ['true']\n  when: manual\n  variables: {GIT_STRATEGY: none}\n";

/// A world whose `main` has two commits, the first with a pipeline.
async fn told(server: &'static Server) -> (World, Repository, [String; 2]) {
    let world = World::new(server).await;
    let repository = Repository::new(server, &world.project);
    let first = repository.commit(".gitlab-ci.yml", YAML.as_bytes());
    repository.push(&world.dev);
    git::pipeline_of(&world.owner, &world.project, &first).await;
    std::fs::remove_file(repository.path().join(".gitlab-ci.yml")).unwrap();
    let second = repository.commit("dir/sub/a.txt", b"one\ntwo\n");
    repository.push(&world.dev);
    (world, repository, [first, second])
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

async fn branches_are_listed_made_and_deleted(server: &'static Server) {
    let (world, _, [first, second]) = told(server).await;
    let path = world.project.of("/repository/branches");
    let main = world.dev.get(&format!("{path}/main")).await.ok(200);
    let expected = json!({
        "name": "main", "default": true, "protected": true, "merged": false, "can_push": true,
        "developers_can_push": true, "developers_can_merge": true,
        "commit": {"id": second, "short_id": &second[..8], "parent_ids": [first], "title": "Change dir/sub/a.txt"},
        "web_url": format!("{}/{}/-/tree/main", server.url, world.project.path),
    });
    assert_shows(&main, &expected);
    let made = world.dev.post(&path, json!({"branch": "feature/one", "ref": first})).await.ok(201);
    assert_shows(
        &made,
        &json!({"name": "feature/one", "merged": true, "default": false, "protected": false, "commit": {"id": first}}),
    );
    // A branch made here is a push: its pipeline begins.
    let pipelines = world.dev.get(&world.project.of("/pipelines?ref=feature/one")).await.ok(200);
    assert_shows(&pipelines, &json!([{"sha": first, "source": "push", "ref": "feature/one"}]));
    let form = countersign_tests::client::Body::form("branch=other&ref=main");
    world.dev.post(&path, form).await.ok(201);
    for (query, expected) in [
        ("", vec!["feature/one", "main", "other"]),
        ("?search=E", vec!["feature/one", "other"]),
        ("?search=^feature", vec!["feature/one"]),
        ("?search=one$", vec!["feature/one"]),
        ("?regex=^(main|oth.*)$", vec!["main", "other"]),
        ("?per_page=1&page=2", vec!["main"]),
        ("?search=nothing", vec![]),
    ] {
        let reply = world.reporter.get(&format!("{path}{}", query.replace('^', "%5E"))).await;
        assert_eq!(names(&reply.ok(200)), expected, "{query}");
    }
    let seen = world.reporter.get(&format!("{path}/feature%2Fone")).await.ok(200);
    assert_eq!(seen["can_push"], false);
    world.dev.get(&format!("{path}?regex=%28")).await.refused(400);

    for (body, word) in [
        (json!({"branch": "main", "ref": "main"}), "already exists"),
        (json!({"branch": "x", "ref": "nowhere"}), "Invalid reference name"),
        (json!({"branch": "a..b", "ref": "main"}), "name is invalid"),
        (json!({"branch": "-x", "ref": "main"}), "name is invalid"),
        (json!({"branch": "main/x", "ref": "main"}), "overlaps"),
        (json!({"branch": "x\u{0}y", "ref": "main"}), "NUL"),
        (json!({"branch": "x", "ref": "a\u{0}b"}), "NUL"),
        (json!({"branch": "x"}), "ref is missing"),
    ] {
        let why = world.dev.post(&path, body.clone()).await.refused(400);
        assert!(why.to_string().contains(word), "{body}: {why}");
    }
    world.reporter.post(&path, json!({"branch": "x", "ref": "main"})).await.refused(403);
    world.reporter.delete(&format!("{path}/other")).await.refused(403);
    world.dev.delete(&format!("{path}/other")).await.ok(204);
    world.dev.delete(&format!("{path}/other")).await.refused(404);
    world.dev.get(&format!("{path}/other")).await.refused(404);
    world.owner.delete(&format!("{path}/main")).await.refused_as(403, "ref.default_branch");
}

async fn protected_branches_are_made_and_deleted_by_those_who_may(server: &'static Server) {
    let (world, ..) = told(server).await;
    let rule = json!({"name": "release/*", "push_access_level": 40, "merge_access_level": 30});
    world.maintainer.post(&world.project.of("/protected_branches"), rule).await.ok(201);
    let path = world.project.of("/repository/branches");
    let body = json!({"branch": "release/1", "ref": "main"});
    world.dev.post(&path, body.clone()).await.refused_as(403, "ref.protected");
    let made = world.maintainer.post(&path, body).await.ok(201);
    let expected =
        json!({"protected": true, "developers_can_push": false, "developers_can_merge": true, "can_push": true});
    assert_shows(&made, &expected);
    assert_eq!(world.dev.get(&format!("{path}/release%2F1")).await.ok(200)["can_push"], false);
    world.dev.delete(&format!("{path}/release%2F1")).await.refused_as(403, "ref.protected");
    world.maintainer.delete(&format!("{path}/release%2F1")).await.ok(204);

    world.maintainer.post(&world.project.of("/protected_tags"), json!({"name": "v*"})).await.ok(201);
    let path = world.project.of("/repository/tags");
    let body = json!({"tag_name": "v1", "ref": "main"});
    world.dev.post(&path, body.clone()).await.refused_as(403, "ref.protected");
    assert_eq!(world.maintainer.post(&path, body).await.ok(201)["protected"], true);
    world.dev.delete(&format!("{path}/v1")).await.refused_as(403, "ref.protected");
    world.maintainer.delete(&format!("{path}/v1")).await.ok(204);
}

async fn tags_are_listed_made_and_deleted(server: &'static Server) {
    let (world, repository, [first, second]) = told(server).await;
    let path = world.project.of("/repository/tags");
    let light = world.dev.post(&path, json!({"tag_name": "v1.9", "ref": first})).await.ok(201);
    let expected = json!({
        "name": "v1.9", "message": "", "target": first, "commit": {"id": first}, "release": null, "protected": false,
        "created_at": null,
    });
    assert_shows(&light, &expected);
    let body = json!({"tag_name": "v1.10", "ref": "main", "message": "The tenth"});
    let annotated = world.dev.post(&path, body).await.ok(201);
    assert_shows(&annotated, &json!({"name": "v1.10", "message": "The tenth", "commit": {"id": second}}));
    assert!(annotated["target"] != second.as_str() && annotated["created_at"].is_string(), "{annotated}");
    // A tag of a tag stands for the commit in the end.
    repository.git(&["tag", "-a", "-m", "own", "own"]);
    repository.git(&["tag", "-a", "-m", "again", "nested", "own"]);
    assert!(repository.try_push(&world.dev.username, &world.dev.token, "refs/tags/nested").status.success());
    let nested = world.dev.get(&format!("{path}/nested")).await.ok(200);
    assert_shows(&nested, &json!({"message": "again", "commit": {"id": second}}));
    for (query, expected) in [
        ("?order_by=name&sort=asc", vec!["nested", "v1.10", "v1.9"]),
        ("?order_by=version&sort=asc&search=^v", vec!["v1.9", "v1.10"]),
        ("?order_by=version&search=^v", vec!["v1.10", "v1.9"]),
        ("?search=9$", vec!["v1.9"]),
    ] {
        let reply = world.reporter.get(&format!("{path}{}", query.replace('^', "%5E"))).await;
        assert_eq!(names(&reply.ok(200)), expected, "{query}");
    }
    for (body, word) in [
        (json!({"tag_name": "v1.9", "ref": "main"}), "already exists"),
        (json!({"tag_name": "x", "ref": "nowhere"}), "Invalid reference name"),
        (json!({"tag_name": "a b", "ref": "main"}), "name is invalid"),
    ] {
        let why = world.dev.post(&path, body.clone()).await.refused(400);
        assert!(why.to_string().contains(word), "{body}: {why}");
    }
    world.reporter.delete(&format!("{path}/v1.9")).await.refused(403);
    world.dev.delete(&format!("{path}/v1.9")).await.ok(204);
    world.dev.delete(&format!("{path}/v1.9")).await.refused(404);
    world.dev.get(&format!("{path}/v1.9")).await.refused(404);
}

async fn the_history_is_filtered(server: &'static Server) {
    let (world, repository, [first, second]) = told(server).await;
    let path = world.project.of("/repository/commits");
    let shas = |list: Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let side = repository.commit("side", b"x");
    assert!(repository.try_push(&world.dev.username, &world.dev.token, "HEAD:refs/heads/side").status.success());
    for (query, expected) in [
        ("", vec![&second, &first]),
        ("?ref_name=side", vec![&side, &second, &first]),
        ("?all=true&order=topo", vec![&side, &second, &first]),
        ("?path=dir", vec![&second]),
        ("?path=dir/sub/a.txt&ref_name=main", vec![&second]),
        ("?path=../etc", vec![]),
        ("?author=ADA%40", vec![&second, &first]),
        ("?author=.*", vec![]),
        ("?since=2001-01-01T00:00:00Z&first_parent=true", vec![&second, &first]),
        ("?until=2001-01-01T00:00:00Z", vec![]),
        ("?per_page=1&page=2", vec![&first]),
    ] {
        let found = shas(world.reporter.get(&format!("{path}{query}")).await.ok(200));
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let paged = world.dev.get(&format!("{path}?per_page=1")).await;
    assert_eq!((paged.header("x-next-page"), paged.header("x-total")), ("2", ""));
    let counted = world.dev.get(&format!("{path}?with_stats=true")).await.ok(200);
    assert_eq!(counted[0]["stats"], json!({"additions": 2, "deletions": 4, "total": 6}), "{counted}");
    assert_eq!(counted[1]["stats"], json!({"additions": 4, "deletions": 0, "total": 4}));
    world.dev.get(&format!("{path}?ref_name=nowhere")).await.refused(404);
    world.dev.get(&format!("{path}?since=yesterday")).await.refused(400);
}

async fn a_commit_tells_its_statuses_and_refs(server: &'static Server) {
    let (world, _, [first, second]) = told(server).await;
    let path = world.project.of(&format!("/repository/commits/{first}"));
    let commit = world.dev.get(&path).await.ok(200);
    let expected = json!({"id": first, "status": "skipped", "stats": {"total": 4}, "last_pipeline": {"sha": first}});
    assert_shows(&commit, &expected);
    // glab asks for the commit of a branch.
    assert_eq!(world.dev.get(&world.project.of("/repository/commits/main")).await.ok(200)["id"], second.as_str());
    let statuses = world.dev.get(&format!("{path}/statuses")).await.ok(200);
    let expected = json!([{
        "sha": first, "ref": "main", "status": "manual", "name": "test", "allow_failure": true,
        "author": {"id": world.dev.id}, "description": null,
    }]);
    assert_shows(&statuses, &expected);
    let pipeline = &statuses[0]["pipeline_id"];
    for (query, found) in [
        ("?ref=main&stage=test&name=test".to_owned(), 1),
        (format!("?pipeline_id={pipeline}"), 1),
        ("?ref=other".to_owned(), 0),
        ("?stage=build".to_owned(), 0),
    ] {
        let list = world.dev.get(&format!("{path}/statuses{query}")).await.ok(200);
        assert_eq!(list.as_array().unwrap().len(), found, "{query}");
    }
    let job = id(&statuses[0]);
    world.dev.post(&world.project.of(&format!("/jobs/{job}/cancel")), json!({})).await.ok(201);
    assert_eq!(world.dev.get(&format!("{path}/statuses")).await.ok(200)[0]["status"], "canceled");

    world.dev.post(&world.project.of("/repository/tags"), json!({"tag_name": "v1", "ref": second})).await.ok(201);
    let branch = json!({"type": "branch", "name": "main"});
    let tag = json!({"type": "tag", "name": "v1"});
    for (query, expected) in
        [("", json!([branch, tag])), ("?type=tag", json!([tag])), ("?type=branch", json!([branch]))]
    {
        assert_eq!(world.dev.get(&format!("{path}/refs{query}")).await.ok(200), expected, "{query}");
    }
    assert_eq!(world.dev.get(&format!("{path}/merge_requests")).await.ok(200), json!([]));
    for what in ["", "/statuses", "/refs", "/merge_requests"] {
        let missing = world.project.of(&format!("/repository/commits/{}{what}", "1".repeat(40)));
        world.dev.get(&missing).await.refused(404);
    }
}

async fn directories_are_listed_and_nothing_else(server: &'static Server) {
    let (world, repository, [first, _]) = told(server).await;
    repository.commit("b.txt", b"b");
    repository.push(&world.dev);
    let path = world.project.of("/repository/tree");
    let root = world.dev.get(&path).await.ok(200);
    let expected = json!([
        {"name": "dir", "type": "tree", "path": "dir", "mode": "040000"},
        {"name": "b.txt", "type": "blob", "path": "b.txt", "mode": "100644"},
    ]);
    assert_shows(&root, &expected);
    assert_eq!(names(&world.dev.get(&format!("{path}?ref={first}")).await.ok(200)), [".gitlab-ci.yml"]);
    let paths = |list: Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap().to_owned()).collect()
    };
    for (query, expected) in [
        ("?path=dir", vec!["dir/sub"]),
        ("?path=dir/sub/", vec!["dir/sub/a.txt"]),
        ("?path=dir&recursive=true", vec!["dir/sub", "dir/sub/a.txt"]),
        ("?recursive=true", vec!["b.txt", "dir", "dir/sub", "dir/sub/a.txt"]),
        ("?recursive=true&per_page=2&page=2", vec!["dir/sub", "dir/sub/a.txt"]),
    ] {
        assert_eq!(paths(world.reporter.get(&format!("{path}{query}")).await.ok(200)), expected, "{query}");
    }
    for query in
        ["?path=nowhere", "?path=b.txt", "?path=..", "?path=dir/../..", "?path=*", "?ref=nowhere", "?path=:(top)dir"]
    {
        world.dev.get(&format!("{path}{query}")).await.refused(404);
    }
    world.dev.get(&format!("{path}?path=a%00b")).await.refused(400);
}

async fn an_empty_repository_has_nothing(server: &'static Server) {
    let world = World::new(server).await;
    for what in ["branches", "tags", "commits"] {
        assert_eq!(world.dev.get(&world.project.of(&format!("/repository/{what}"))).await.ok(200), json!([]), "{what}");
    }
    for what in ["branches/main", "tags/v1", "commits/main", "tree", "commits?ref_name=main"] {
        world.dev.get(&world.project.of(&format!("/repository/{what}"))).await.refused(404);
    }
    let body = json!({"branch": "x", "ref": "main"});
    world.dev.post(&world.project.of("/repository/branches"), body).await.refused(400);
    // A project with a first commit has a protected default branch at once.
    let body = json!({"name": "started", "namespace_id": world.org.id, "initialize_with_readme": true});
    let project = id(&world.owner.post("/projects", body).await.ok(201));
    let main = world.owner.get(&format!("/projects/{project}/repository/branches/main")).await.ok(200);
    assert_shows(&main, &json!({"name": "main", "protected": true, "default": true, "developers_can_push": false}));
}

async fn who_sees_no_code_sees_no_repository(server: &'static Server) {
    let (world, _, [first, _]) = told(server).await;
    world.protect_as_the_seeds().await;
    for what in [
        "branches",
        "branches/main",
        "tags",
        "commits",
        "tree",
        &format!("commits/{first}/refs"),
        &format!("commits/{first}/statuses"),
    ] {
        let path = world.project.of(&format!("/repository/{what}"));
        for (by, status) in [(&world.guest, 403), (&world.outsider, 404), (&world.qa1, 404)] {
            by.get(&path).await.refused(status);
        }
        assert!([401, 404].contains(&world.anonymous.get(&path).await.status), "{what}");
    }
}
