//! Projects whose repository is fetched from elsewhere: from another server of ours, from an sshd, from servers that mean
//! no good.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use base64::Engine as _;
use countersign_tests::compare::{assert_shows, id};
use countersign_tests::git::{self, Repository};
use countersign_tests::impostor::{Impostor, reply};
use countersign_tests::sshd::Sshd;
use countersign_tests::wait::until;
use countersign_tests::world::{Place, level};
use countersign_tests::{Browser, Client, Engine, Server, World, each_engine};
use serde_json::{Value, json};
use std::path::Path;
use tokio::sync::OnceCell;

each_engine!(
    a_mirror_follows_another_server_and_is_only_read,
    who_may_mirror_what,
    nobody_inside_is_called_unless_allowed,
    servers_that_mean_no_good_get_nothing_and_nowhere,
    over_ssh_the_deploy_key_signs_in_and_the_host_must_stay_the_same,
    what_is_asked_for_must_make_sense,
);

const YAML: &str = "ship:\n  script: ['true']\n  environment: production\n  variables: {GIT_STRATEGY: none}\n";
/// What must never be seen again.
const SECRET: &str = "s3cret-word-of-ann";

/// A server that may call this machine, and fetches often and not for long.
async fn mirroring(engine: Engine) -> &'static Server {
    static SQLITE: OnceCell<Server> = OnceCell::const_new();
    static POSTGRES: OnceCell<Server> = OnceCell::const_new();
    let cell = if engine == Engine::Sqlite { &SQLITE } else { &POSTGRES };
    let options = ["--allow-outgoing", "127.0.0.1,localhost", "--mirror-interval", "1", "--import-time-limit", "4"];
    cell.get_or_init(|| Server::start_with(engine, &options)).await
}

fn credentials(url: &str, user: &str, password: &str) -> String {
    url.replace("http://", &format!("http://{user}:{password}@"))
}

async fn follow(by: &Client, project: &Place, url: &str) -> Value {
    by.put(&project.at, json!({"import_url": url, "mirror": true})).await.ok(200)
}

/// Waits until a fetch that began after this has ended.
async fn ended(by: &Client, project: &Place) -> Value {
    let path = project.of("/mirror/pull");
    until("the end of a fetch", || async {
        let shown = by.get(&path).await.ok(200);
        ["finished", "failed"].contains(&shown["update_status"].as_str().unwrap()).then_some(shown)
    })
    .await
}

async fn error(by: &Client, project: &Place, url: &str) -> String {
    follow(by, project, url).await;
    let shown = ended(by, project).await;
    assert_eq!(shown["update_status"], "failed", "{url}: {shown}");
    // Not again and again: that would only slow down the other tests.
    by.put(&project.at, json!({"mirror": false})).await.ok(200);
    shown["last_error"].as_str().unwrap().to_owned()
}

async fn a_mirror_follows_another_server_and_is_only_read(source: &'static Server) {
    let ours = mirroring(source.engine).await;
    let (there, here) = (World::new(source).await, World::new(ours).await);
    let repository = Repository::new(source, &there.project);
    let first = repository.commit(".gitlab-ci.yml", YAML.as_bytes());
    repository.push(&there.dev);
    let url = format!("{}/{}.git", source.url, there.project.path);
    let with = credentials(&url, "any", &there.dev.token);

    let body = json!({"name": "follows", "namespace_id": here.org.id, "import_url": with, "mirror": true});
    let made = here.maintainer.post("/projects", body).await.ok(201);
    assert_shows(&made, &json!({"import_url": url, "mirror": true, "import_type": "git", "import_error": null}));
    let project = Place {
        id: id(&made),
        path: made["path_with_namespace"].as_str().unwrap().into(),
        at: format!("/projects/{}", id(&made)),
    };
    let shown = ended(&here.maintainer, &project).await;
    let expected = json!({
        "id": project.id, "update_status": "finished", "url": url, "last_error": null, "enabled": true,
        "user_id": here.maintainer.id, "ssh_public_key": null, "mirror_trigger_builds": true,
    });
    assert_shows(&shown, &expected);
    assert!(shown["last_successful_update_at"].is_string(), "{shown}");
    let import = here.guest.get(&project.of("/import")).await.ok(200);
    assert_shows(&import, &json!({"import_status": "finished", "import_type": "git", "import_error": null}));
    let branches = here.dev.get(&project.of("/repository/branches")).await.ok(200);
    assert_shows(&branches, &json!([{"name": "main", "commit": {"id": first}}]));
    let none = here.dev.get(&project.of("/pipelines")).await.ok(200);
    assert_eq!(none, json!([]), "what was there at the beginning is no news");

    let second = repository.commit("more", b"more");
    repository.push(&there.dev);
    let pipeline = git::pipeline_of(&here.owner, &project, &second).await;
    assert_shows(&pipeline, &json!({"source": "push", "ref": "main"}));
    let whole = here.owner.get(&project.of(&format!("/pipelines/{}", id(&pipeline)))).await.ok(200);
    assert_eq!(whole["user"]["id"], here.maintainer.id, "it is as if whoever set the address had pushed");

    let push = Repository::new(ours, &project);
    push.commit("own", b"own");
    let pushed = push.try_push("any", &here.owner.token, "HEAD:refs/heads/own");
    assert!(!pushed.status.success());
    let said = String::from_utf8_lossy(&pushed.stderr);
    assert!(said.contains("403") || said.contains("is a mirror"), "{said}");
    let branch = json!({"branch": "own", "ref": "main"});
    let refused = here.owner.post(&project.of("/repository/branches"), branch.clone()).await.ok(403);
    assert!(refused["message"].as_str().unwrap().contains("is a mirror"), "{refused}");
    let cloned = push.try_clone("any", &here.dev.token, &push.path().join("clone"));
    assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));

    let asked = here.maintainer.post(&project.of("/mirror/pull"), json!({})).await.ok(200);
    assert!(["scheduled", "started"].contains(&asked["update_status"].as_str().unwrap()), "{asked}");
    assert_eq!(there.dev.delete(&there.project.of("/repository/branches/gone")).await.status, 404);
    let made = json!({"branch": "short", "ref": "main"});
    there.dev.post(&there.project.of("/repository/branches"), made).await.ok(201);
    let short = project.of("/repository/branches/short");
    until("the new branch", || async { (here.dev.get(&short).await.status == 200).then_some(()) }).await;
    there.dev.delete(&there.project.of("/repository/branches/short")).await.ok(204);
    until("the end of the branch", || async { (here.dev.get(&short).await.status == 404).then_some(()) }).await;

    here.maintainer.put(&project.at, json!({"mirror": false})).await.ok(200);
    ended(&here.maintainer, &project).await;
    the_page_tells_and_fetches(&here, &project, &url).await;
    here.maintainer.put(&project.at, json!({"import_url": ""})).await.ok(200);
    here.owner.post(&project.of("/repository/branches"), branch).await.ok(201);
    assert_eq!(here.maintainer.get(&project.of("/mirror/pull")).await.status, 400);
    let shown = here.maintainer.get(&project.at).await;
    assert_shows(&shown.ok(200), &json!({"import_status": "none", "mirror": false, "import_url": null}));
    assert!(!ours.log().contains(&there.dev.token), "no secret is logged");
}

async fn the_page_tells_and_fetches(here: &World, project: &Place, url: &str) {
    let path = format!("/{}", project.path);
    let (manages, develops) = (here.person("manages").await, here.person("develops").await);
    here.join(project, &manages, level::MAINTAINER).await;
    here.join(project, &develops, level::DEVELOPER).await;
    let page = Browser::of(here.server, &develops).await.get(&path).await;
    assert!(page.status == 200 && !page.text.contains(url), "{}", page.text);
    let browser = Browser::of(here.server, &manages).await;
    let page = browser.get(&path).await;
    assert!(page.text.contains(url) && page.text.contains("was fetched") && page.text.contains("Fetch now"));
    let sent = browser.submit(&path, &format!("{path}/-/mirror/pull"), &[]).await;
    assert_eq!((sent.status, sent.header("location")), (303, path.as_str()));
    assert!(browser.get(&path).await.text.contains("It is fetched in a moment."));
    ended(&here.maintainer, project).await;
}

async fn who_may_mirror_what(source: &'static Server) {
    let ours = mirroring(source.engine).await;
    let here = World::new(ours).await;
    let at = &here.project.at;
    let url = "https://git.invalid/a/b.git";
    for (by, status) in [(&here.dev, 403), (&here.guest, 403), (&here.outsider, 404)] {
        assert_eq!(by.put(at, json!({"import_url": url})).await.status, status);
        assert_eq!(by.post(&here.project.of("/mirror/pull"), json!({})).await.status, status);
        assert_eq!(by.get(&here.project.of("/mirror/pull")).await.status, status);
    }
    let file = json!({"import_url": format!("file://{}", ours.data_dir().display())});
    assert_eq!(here.owner.put(at, file).await.status, 403);
    let why = error(&here.maintainer, &here.project, url).await;
    assert!(why.contains("git.invalid is not known"), "{why}");
    // Others see that it failed, but neither from where nor why.
    let shown = here.dev.get(at).await.ok(200);
    assert_shows(&shown, &json!({"import_status": "failed", "import_url": null, "import_error": null}));
    let listed = here.maintainer.get(&format!("/groups/{}/projects", here.org.id)).await.ok(200);
    assert_shows(&listed, &json!([{"import_status": "failed", "import_url": url}]));
    assert!(listed[0]["import_error"].as_str().unwrap().contains("not known"));
}

async fn nobody_inside_is_called_unless_allowed(closed: &'static Server) {
    let here = World::new(closed).await;
    let listening = Impostor::start(|_, _| reply("200 OK", "", "inside"));
    let port = listening.port;
    for host in
        ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "10.0.0.1", "169.254.169.254"]
    {
        let why = error(&here.maintainer, &here.project, &format!("https://{host}:{port}/a.git")).await;
        assert!(why.contains("may not call") && why.contains("--allow-outgoing"), "{host}: {why}");
    }
    let why = error(&here.maintainer, &here.project, &format!("ssh://git@localhost:{port}/a.git")).await;
    assert!(why.contains("may not call"), "{why}");
    for host in ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "%31%32%37.0.0.1", "127.0.0.1."] {
        let body = json!({"import_url": format!("https://{host}:{port}/a.git")});
        assert_eq!(here.maintainer.put(&here.project.at, body).await.status, 400, "{host}");
    }
    let plain = json!({"import_url": format!("http://127.0.0.1:{port}/a.git")});
    assert_eq!(here.owner.put(&here.project.at, plain).await.status, 400);
    assert_eq!(listening.asked(), 0, "nobody was called");
}

async fn servers_that_mean_no_good_get_nothing_and_nowhere(source: &'static Server) {
    let ours = mirroring(source.engine).await;
    let here = World::new(ours).await;
    let fetch = async |port: u16| {
        let url = format!("http://ann:{SECRET}@127.0.0.1:{port}/a.git");
        error(&here.maintainer, &here.project, &url).await
    };
    let inside = Impostor::start(|_, _| reply("200 OK", "", "inside"));
    let target = inside.port;
    let elsewhere = Impostor::start(move |asked, _| {
        let path = asked.split(' ').nth(1).unwrap_or("/");
        reply("302 Found", &format!("Location: http://127.0.0.1:{target}{path}\r\n"), "")
    });
    let why = fetch(elsewhere.port).await;
    assert!(why.contains("redirects"), "{why}");
    assert_eq!(inside.asked(), 0, "no redirection is followed");

    let echo = Impostor::start(|_, login| match login.strip_prefix("Basic ") {
        None => reply("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", ""),
        Some(login) => {
            let login = base64::engine::general_purpose::STANDARD.decode(login).unwrap();
            let text = format!("your password is {}\u{1b}[31m", String::from_utf8_lossy(&login));
            reply("403 Forbidden", "Content-Type: text/plain\r\n", &text)
        }
    });
    let why = fetch(echo.port).await;
    assert!(why.contains("[MASKED]") && !why.contains(SECRET) && !why.contains('\u{1b}'), "{why}");

    let dumb = Impostor::start(|asked, _| match asked.contains("/info/refs") {
        true => reply("200 OK", "Content-Type: text/plain\r\n", &format!("{}\trefs/heads/main\n", "1".repeat(40))),
        false => reply("404 Not Found", "", ""),
    });
    let why = fetch(dumb.port).await;
    assert!(why.contains("only hands out files"), "{why}");

    let silent = Impostor::start(|_, _| None);
    let url = format!("http://ann:{SECRET}@127.0.0.1:{}/a.git", silent.port);
    follow(&here.maintainer, &here.project, &url).await;
    until("the call", || async { (silent.asked() > 0).then_some(()) }).await;
    assert!(!command_lines().contains(SECRET), "no command line holds the secret");
    let shown = ended(&here.maintainer, &here.project).await;
    assert!(shown["last_error"].as_str().unwrap().contains("took longer than 4 seconds"), "{shown}");
    let nonsense = Impostor::start(|_, _| Some("\u{0}\u{ff}nonsense".repeat(1000)));
    assert!(!fetch(nonsense.port).await.is_empty());

    let kept = files(&ours.data_dir());
    if source.engine == Engine::Sqlite {
        assert!(
            kept.contains(&format!("127.0.0.1:{}", silent.port)),
            "the address is kept there, the secret is sealed"
        );
    }
    for (place, text) in [("log", ours.log()), ("data directory", kept), ("reply", shown.to_string())] {
        assert!(!text.contains(SECRET), "the {place} holds the secret");
    }
}

/// What all files below a directory hold.
fn files(below: &Path) -> String {
    let entries = std::fs::read_dir(below).into_iter().flatten().flatten();
    let text = |path: std::path::PathBuf| match path.is_dir() {
        true => files(&path),
        false => String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned(),
    };
    entries.map(|entry| text(entry.path())).collect()
}

/// The command lines of all processes that may be seen.
fn command_lines() -> String {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let line = |entry: std::fs::DirEntry| std::fs::read(entry.path().join("cmdline")).ok();
    processes.filter_map(line).map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}

async fn over_ssh_the_deploy_key_signs_in_and_the_host_must_stay_the_same(source: &'static Server) {
    let ours = mirroring(source.engine).await;
    let (here, mut sshd) = (World::new(ours).await, Sshd::start());
    let repository = Repository::new(ours, &here.project);
    let first = repository.commit("a", b"a");
    let url = format!("ssh://{}@127.0.0.1:{}{}", Sshd::user(), sshd.port, repository.path().display());
    let why = error(&here.maintainer, &here.project, &url).await;
    assert!(why.contains("does not accept the deploy key"), "{why}");

    let shown = here.maintainer.get(&here.project.of("/mirror/pull")).await.ok(200);
    let key = shown["ssh_public_key"].as_str().unwrap();
    assert!(key.starts_with("ssh-ed25519 "), "{key}");
    sshd.let_in(key);
    follow(&here.maintainer, &here.project, &url).await;
    let branch = here.project.of("/repository/branches/main");
    let tip = async |sha: &str| {
        until("the commit", || async { (here.dev.get(&branch).await.json()["commit"]["id"] == *sha).then_some(()) })
            .await;
    };
    tip(&first).await;
    let known = ended(&here.maintainer, &here.project).await["ssh_known_hosts"].as_str().unwrap().to_owned();
    assert!(known.starts_with(&format!("[127.0.0.1]:{} ssh-ed25519 ", sshd.port)), "{known}");

    sshd.restart_with_new_key();
    let failed = until("a refusal of the new host", || async {
        let shown = here.maintainer.get(&here.project.of("/mirror/pull")).await.ok(200);
        shown["last_error"].as_str().map(str::to_owned).filter(|why| why.contains("another key"))
    });
    failed.await;
    let second = repository.commit("b", b"b");
    here.maintainer.put(&here.project.at, json!({"ssh_known_hosts": ""})).await.ok(200);
    tip(&second).await;
    let gone = || async { (ours.files_below("scratch") == 0).then_some(()) };
    until("the end of the key's file", gone).await;
    assert!(!ours.log().contains("PRIVATE KEY"));
}

async fn what_is_asked_for_must_make_sense(source: &'static Server) {
    let ours = mirroring(source.engine).await;
    let here = World::new(ours).await;
    let wrong = [
        (json!({"mirror": true}), "mirror"),
        (json!({"ssh_known_hosts": "x"}), "ssh_known_hosts"),
        (json!({"import_url": "git@github.com:a/b.git"}), "import_url"),
        (json!({"import_url": "ext::sh -c id"}), "import_url"),
        (json!({"import_url": "https://a.example/b", "ssh_known_hosts": "\u{1}"}), "ssh_known_hosts"),
        (json!({"import_url": format!("https://ann:{SECRET}@a.example:x/b")}), "import_url"),
    ];
    for (body, field) in wrong {
        let refused = here.maintainer.put(&here.project.at, body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.json()["message"][field].is_array(), "{body}: {}", refused.text);
        assert!(!refused.text.contains(SECRET));
    }
    let both = json!({"name": "both", "import_url": "https://a.example/b", "initialize_with_readme": true});
    assert_eq!(here.maintainer.post("/projects", both).await.status, 400);
    let none = here.maintainer.post(&here.project.of("/mirror/pull"), json!({})).await.ok(400);
    assert!(none["message"].as_str().unwrap().contains("not mirrored"), "{none}");
    let shown = here.maintainer.get(&here.project.at).await.ok(200);
    assert_shows(&shown, &json!({"import_status": "none", "mirror": false}));
}
