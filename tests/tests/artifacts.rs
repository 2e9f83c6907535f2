//! The files that jobs leave: for later jobs, for people, and for so long.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::runner::HandRunner;
use countersign_tests::wait::until;
use countersign_tests::{Client, Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    the_built_in_runner_hands_files_and_variables_on,
    people_download_keep_and_delete_what_they_may,
    only_the_runner_of_a_running_job_brings_files,
    what_is_too_long_or_no_file_is_refused_and_leaves_nothing,
    files_go_when_their_time_is_over,
    single_files_are_read_from_zip_archives,
    formats_are_kept_and_others_refused,
    where_an_environment_can_be_seen_is_made_of_what_its_job_left,
);

/// Builds, and uses what was built.
const YAML: &str = r#"stages: [build, test, deploy]
build:
  stage: build
  variables: {NAME: app}
  script:
    - mkdir -p bin/deep && echo built > bin/app && echo no > bin/deep/x.o && chmod 755 bin/app
    - echo "VERSION=1.2.3" > build.env
  artifacts:
    name: "$NAME-$CI_JOB_NAME"
    paths: [bin/]
    exclude: ["bin/**/*.o"]
    expire_in: 1 hour
    reports: {dotenv: build.env}
  cache: {key: "deps-$NAME", paths: [vendor/]}
  before_script: ["mkdir -p vendor && echo kept > vendor/x"]
broken:
  stage: build
  allow_failure: true
  script: ["echo why > log.txt", "exit 1"]
  artifacts: {paths: [log.txt, absent.txt], when: on_failure}
test:
  stage: test
  cache: {key: deps-app, paths: [vendor/], policy: pull}
  script: ["test -x bin/app && test ! -e bin/deep/x.o", "echo version=$VERSION", "cat vendor/x", "cat log.txt"]
alone:
  stage: test
  dependencies: []
  script: ["test ! -e bin", "test -z \"$VERSION\""]
ship:
  stage: deploy
  needs: [build]
  script: ["cat bin/app", "echo shipping $VERSION", "test ! -e log.txt"]
  environment: staging
"#;

struct Site {
    world: World,
    server: &'static Server,
}

impl Site {
    async fn new(server: &'static Server, yaml: &str) -> Site {
        let site = Site { world: World::new(server).await, server };
        let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": yaml});
        let body = json!({"branch": "main", "commit_message": "Begin", "actions": [step]});
        site.world.maintainer.post(&site.at("/repository/commits"), body).await.ok(201);
        site
    }

    fn at(&self, rest: &str) -> String {
        self.world.project.of(rest)
    }

    async fn jobs(&self) -> Vec<Value> {
        self.world.owner.get(&self.at("/jobs")).await.ok(200).as_array().cloned().expect("a list")
    }

    async fn job(&self, name: &str) -> Value {
        self.jobs().await.into_iter().find(|job| job["name"] == name).expect("the job")
    }

    async fn log(&self, name: &str) -> String {
        let job = id(&self.job(name).await);
        self.world.owner.get(&self.at(&format!("/jobs/{job}/trace"))).await.text
    }

    /// How many files its jobs have left.
    fn files(&self) -> usize {
        self.server.files_below(&format!("artifacts/{}", self.world.project.id))
    }

    async fn hand(&self) -> HandRunner {
        HandRunner::new(self.server, &self.world.runner().await)
    }
}

async fn the_built_in_runner_hands_files_and_variables_on(server: &'static Server) {
    let site = Site::new(server, YAML).await;
    let _runner = server.start_runner(&site.world.runner().await, 1);
    let ended = || async { site.jobs().await.iter().all(|job| !job["finished_at"].is_null()).then_some(()) };
    until("the end of every job", ended).await;
    for (name, status) in
        [("build", "success"), ("broken", "failed"), ("test", "success"), ("alone", "success"), ("ship", "success")]
    {
        assert_eq!(site.job(name).await["status"], status, "{name}: {}", site.log(name).await);
    }
    let test = site.log("test").await;
    assert!(test.contains("version=1.2.3") && test.contains("kept") && test.contains("why"), "{test}");
    assert!(site.log("ship").await.contains("shipping 1.2.3"));
    assert!(site.log("broken").await.contains("absent.txt: there are no such files"));
    let build = site.job("build").await;
    let kinds = json!([
        {"file_type": "archive", "filename": "app-build.zip", "file_format": "zip"},
        {"file_type": "dotenv", "filename": "artifacts.gz", "file_format": "gzip"},
    ]);
    assert_shows(&build, &json!({"artifacts": kinds, "artifacts_file": {"filename": "app-build.zip"}}));
    assert!(build["artifacts_expire_at"].is_string(), "{build}");
    // GitLab keeps what does not say so for 30 days.
    assert!(site.job("broken").await["artifacts_expire_at"].is_string());
    assert_eq!(site.job("alone").await["artifacts"], json!([]));
}

async fn people_download_keep_and_delete_what_they_may(server: &'static Server) {
    let site = Site::new(server, "build: {script: [x], artifacts: {paths: [x], expire_in: 1 hour}}").await;
    let job = site.hand().await.take().await;
    job.acknowledge().await.ok(200);
    job.bring("?artifact_type=archive&artifact_format=zip", "file", b"PK content".to_vec()).await.ok(201);
    job.put("success", json!({})).await.ok(200);
    let at = site.at(&format!("/jobs/{}/artifacts", job.id));
    let world = &site.world;
    let got = world.dev.get(&at).await;
    assert_eq!((got.status, got.text.as_str()), (200, "PK content"));
    assert!(got.header("content-disposition").starts_with("attachment; filename=\"artifacts.zip\""));
    let newest = site.at("/jobs/artifacts/main/download?job=build");
    assert_eq!(world.dev.get(&newest).await.text, "PK content");
    for wrong in ["/jobs/artifacts/main/download?job=other", "/jobs/artifacts/gone/download?job=build"] {
        world.dev.get(&site.at(wrong)).await.refused(404);
    }
    world.dev.get(&site.at("/jobs/artifacts/main/download")).await.refused(400);
    world.outsider.get(&at).await.refused(404);
    world.outsider.get(&newest).await.refused(404);
    world.outsider.post(&format!("{at}/keep"), json!({})).await.refused(404);
    let kept = world.dev.post(&format!("{at}/keep"), json!({})).await.ok(200);
    assert_eq!(kept["artifacts_expire_at"], Value::Null);
    world.dev.delete(&at).await.refused(403);
    world.maintainer.delete(&at).await.ok(204);
    world.maintainer.delete(&at).await.ok(204);
    world.dev.get(&at).await.refused(404);
    world.dev.post(&format!("{at}/keep"), json!({})).await.refused(404);
}

async fn only_the_runner_of_a_running_job_brings_files(server: &'static Server) {
    let yaml = "stages: [a, b]\none: {stage: a, script: [x], artifacts: {paths: [x]}}\n\
                two: {stage: b, script: [x]}\nother: {stage: a, script: [x]}";
    let site = Site::new(server, yaml).await;
    let runner = site.hand().await;
    let (one, other) = (runner.take().await, runner.take().await);
    let (one, other) = if one.payload["job_info"]["name"] == "one" { (one, other) } else { (other, one) };
    one.acknowledge().await.ok(200);
    other.acknowledge().await.ok(200);
    let mut foreign = other.clone();
    foreign.id = one.id;
    foreign.bring("", "file", b"x".to_vec()).await.refused(403);
    let mut nobody = one.clone();
    nobody.token = "glcbt-wrong".into();
    nobody.bring("", "file", b"x".to_vec()).await.refused(403);
    one.bring("", "file", b"first".to_vec()).await.ok(201);
    one.bring("", "file", b"second".to_vec()).await.ok(201);
    one.put("success", json!({})).await.ok(200);
    one.bring("", "file", b"late".to_vec()).await.refused(403);
    let mine = format!("/jobs/{}/artifacts", one.id);
    // A job of the same pipeline fetches it; nobody by the token of one that is over, and people only by their own way.
    assert_eq!(other.get(&mine).await.text, "second");
    one.get(&mine).await.refused(403);
    site.world.owner.get(&mine).await.refused(403);
    other.put("success", json!({})).await.ok(200);
    let two = runner.take().await;
    let expected = json!([{"id": one.id, "token": two.token, "name": "one", "artifacts_file": {"size": 6}}]);
    assert_shows(&two.payload["dependencies"], &expected);
    assert_eq!(two.get(&format!("{mine}?direct_download=true")).await.text, "second");
    two.get(&format!("/jobs/{}/artifacts", other.id)).await.refused(404);
    two.get("/jobs/999999/artifacts").await.refused(404);
}

async fn what_is_too_long_or_no_file_is_refused_and_leaves_nothing(server: &'static Server) {
    let site = Site::new(server, "build: {script: [x], artifacts: {reports: {dotenv: x}}}").await;
    let job = site.hand().await.take().await;
    job.acknowledge().await.ok(200);
    for (query, field, content, status) in [
        ("?artifact_type=junit", "file", b"x".to_vec(), 400),
        ("", "other", b"x".to_vec(), 400),
        ("?artifact_type=dotenv&artifact_format=gzip", "file", b"not gzip".to_vec(), 400),
        ("?artifact_type=dotenv", "file", b"no assignment".to_vec(), 400),
        ("?artifact_type=dotenv", "file", b"\xff=1".to_vec(), 400),
        ("?artifact_type=dotenv", "file", vec![b'x'; 6 * 1024], 400),
        ("?artifact_type=dotenv", "file", vec![b'x'; 11 * 1024], 413),
    ] {
        job.bring(query, field, content).await.refused(status);
    }
    job.client().post(&format!("/jobs/{}/artifacts", job.id), json!({})).await.refused(400);
    assert_eq!(site.job("build").await["artifacts"], json!([]));
    assert_eq!(site.files(), 0);
    job.bring("?artifact_type=dotenv", "file", b"A=1\n".to_vec()).await.ok(201);
    assert_eq!(site.files(), 1);
    job.put("success", json!({})).await.ok(200);
    let erase = site.at(&format!("/jobs/{}/erase", job.id));
    assert_eq!(site.world.maintainer.post(&erase, json!({})).await.ok(201)["artifacts"], json!([]));
    assert_eq!(site.files(), 0);
}

async fn files_go_when_their_time_is_over(server: &'static Server) {
    let site = Site::new(server, "build: {script: [x], artifacts: {paths: [x], expire_in: 1 sec}}").await;
    let job = site.hand().await.take().await;
    job.acknowledge().await.ok(200);
    job.bring("", "file", b"x".to_vec()).await.ok(201);
    job.put("success", json!({})).await.ok(200);
    let (reader, at): (&Client, _) = (&site.world.dev, site.at(&format!("/jobs/{}/artifacts", job.id)));
    until("the file to go", || async { (reader.get(&at).await.status == 404).then_some(()) }).await;
    until("nothing to be left of it", || async { (site.files() == 0).then_some(()) }).await;
    assert_eq!(site.job("build").await["artifacts"], json!([]));
}

async fn single_files_are_read_from_zip_archives(server: &'static Server) {
    let site = Site::new(server, "build: {script: [x], artifacts: {paths: [x]}}").await;
    let job = site.hand().await.take().await;
    job.acknowledge().await.ok(200);
    let archive = countersign_tests::zip::of(&[("a.txt", b"one"), ("deep/er/b c.txt", b"two"), ("../out", b"three")]);
    job.bring("?artifact_format=zip&artifact_type=archive", "file", archive).await.ok(201);
    job.put("success", json!({})).await.ok(200);
    let (world, at) = (&site.world, site.at(&format!("/jobs/{}/artifacts", job.id)));
    let newest = site.at("/jobs/artifacts/main/raw");
    for (path, content) in [("a.txt", "one"), ("deep/er/b%20c.txt", "two"), ("deep%2Fer%2Fb%20c.txt", "two")] {
        let got = world.dev.get(&format!("{at}/{path}")).await;
        assert_eq!((got.status, got.text.as_str()), (200, content), "{path}");
        assert_eq!(got.header("content-type"), "application/octet-stream");
        assert!(got.header("content-disposition").starts_with("attachment"), "{path}");
        assert_eq!(world.dev.get(&format!("{newest}/{path}?job=build")).await.text, content, "{path}");
    }
    for absent in ["b.txt", "deep", "deep/er/", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd"] {
        world.dev.get(&format!("{at}/{absent}")).await.refused(404);
    }
    world.dev.get(&format!("{newest}/a.txt?job=other")).await.refused(404);
    world.dev.get(&format!("{newest}/a.txt")).await.refused(400);
    world.outsider.get(&format!("{at}/a.txt")).await.refused(404);
    world.outsider.get(&format!("{newest}/a.txt?job=build")).await.refused(404);
    // The page of the job leads to the archive.
    let person = world.person("reader").await;
    world.join(&world.org, &person, 30).await;
    let browser = countersign_tests::Browser::of(server, &person).await;
    let page = browser.get(&format!("/{}/-/jobs/{}", world.project.path, job.id)).await;
    let link = format!("/{}/-/jobs/{}/artifacts/download", world.project.path, job.id);
    assert!(page.text.contains(&link), "{}", page.text);
    assert_eq!(browser.get(&link).await.status, 200);
}

async fn formats_are_kept_and_others_refused(server: &'static Server) {
    let yaml = "build: {script: [x], parallel: 6, artifacts: {paths: [x]}}";
    let site = Site::new(server, yaml).await;
    let (runner, dev) = (site.hand().await, &site.world.dev);
    for format in ["gzip", "raw", "zipzstd", "tarzstd"] {
        let job = runner.take().await;
        job.acknowledge().await.ok(200);
        job.bring(&format!("?artifact_format={format}"), "file", b"content".to_vec()).await.ok(201);
        let shown = dev.get(&site.at(&format!("/jobs/{}", job.id))).await.ok(200);
        assert_shows(&shown, &json!({"artifacts": [{"file_type": "archive", "file_format": format, "size": 7}]}));
        let at = site.at(&format!("/jobs/{}/artifacts", job.id));
        assert_eq!(dev.get(&at).await.text, "content");
        dev.get(&format!("{at}/a.txt")).await.refused(400);
        job.put("success", json!({})).await.ok(200);
    }
    let job = runner.take().await;
    job.acknowledge().await.ok(200);
    job.bring("?artifact_format=rar", "file", b"x".to_vec()).await.refused(400);
    job.bring("?artifact_format=zip&artifact_type=dotenv", "file", b"A=1".to_vec()).await.refused(400);
    let at = site.at(&format!("/jobs/{}/artifacts", job.id));
    job.bring("", "file", b"no archive".to_vec()).await.ok(201);
    dev.get(&format!("{at}/a.txt")).await.refused(400);
    assert_eq!(site.job("build 5/6").await["status"], "running");
}

async fn where_an_environment_can_be_seen_is_made_of_what_its_job_left(server: &'static Server) {
    let yaml = "review:\n  script: [x]\n  environment: {name: review, url: 'https://$DYNAMIC_ENVIRONMENT_URL'}\n  \
                artifacts: {reports: {dotenv: deploy.env}}\n";
    let site = Site::new(server, yaml).await;
    let job = site.hand().await.take().await;
    job.acknowledge().await.ok(200);
    job.bring("?artifact_type=dotenv", "file", b"DYNAMIC_ENVIRONMENT_URL=seven.example.org/7\n".to_vec()).await.ok(201);
    job.put("success", json!({})).await.ok(200);
    let shown = site.world.dev.get(&site.at("/environments?name=review")).await.ok(200);
    assert_shows(&shown[0], &json!({"external_url": "https://seven.example.org/7"}));
}
