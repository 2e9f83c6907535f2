//! Repositories that are fetched from elsewhere: what comes of that, and what never does. The other side is real git.

mod owning;

use super::{DEPLOY, Site, on_both};
use crate::fixture::{NOW, id};
use crate::imports::{self, Wish};
use crate::{Failure, Tx, commit_files, git_access, projects};
use countersign_domain::access::Actor;
use countersign_domain::import::Status;
use countersign_domain::refusal::Refusal;
use countersign_store::imports::{self as kept, Import};
use countersign_store::refs;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A repository elsewhere on this machine, with a work tree.
struct Source(tempfile::TempDir);

impl Source {
    fn new() -> Source {
        let source = Source(tempfile::tempdir().unwrap());
        source.git(&["init", "-q", "-b", "main", "."]);
        source
    }

    fn url(&self) -> String {
        format!("file://{}", self.0.path().display())
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.feed(arguments, "")
    }

    fn feed(&self, arguments: &[&str], input: &str) -> String {
        use std::io::Write;
        let mut command = Command::new("git");
        command.current_dir(self.0.path()).args(["-c", "core.protectHFS=false", "-c", "core.protectNTFS=false"]);
        command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ann").env(format!("GIT_{role}_EMAIL"), "ann@example.com");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn commit(&self, file: &str, content: &[u8]) -> String {
        std::fs::write(self.path(file), content).unwrap();
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", file]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// A commit of a tree that git would not make by itself: one entry, as `mktree` takes it.
    fn tree(&self, entry: &str) -> String {
        // Written as it is: mktree would refuse what is not to be refused here.
        let (head, name) = entry.split_once('\t').unwrap();
        let words: Vec<_> = head.split(' ').collect();
        let hex = |at: usize| u8::from_str_radix(&words[2][at..at + 2], 16).unwrap();
        let mut raw = format!("{} {name}\0", words[0].trim_start_matches('0')).into_bytes();
        raw.extend((0..20).map(|n| hex(2 * n)));
        std::fs::write(self.path("raw-tree"), raw).unwrap();
        let tree = self.git(&["hash-object", "-t", "tree", "-w", "--literally", "raw-tree"]);
        std::fs::remove_file(self.path("raw-tree")).unwrap();
        let commit = self.git(&["commit-tree", "-m", "evil", &tree]);
        self.git(&["update-ref", "refs/heads/evil", &commit]);
        commit
    }

    fn blob(&self, text: &str) -> String {
        self.feed(&["hash-object", "-w", "--stdin"], text)
    }
}

impl Site<'_> {
    fn wish(&self, by: &Actor, wish: Wish) -> Result<(), Failure> {
        let (at, config) = (self.at(), self.app.config.clone());
        let set = move |tx: &mut Tx<'_>, actor: &Actor| {
            let ending = projects::update(tx, actor, &at, &projects::Changes::default(), NOW)?;
            imports::with(tx, &config, actor, (ending, &wish), NOW)
        };
        self.write(by, set).map(drop)
    }

    fn follow(&self, url: &str, mirror: bool) {
        let wish = Wish { url: Some(url.to_owned()), mirror: Some(mirror), ..Wish::default() };
        self.wish(&self.world.root, wish).unwrap();
    }

    fn import(&self) -> Import {
        let project = self.project;
        self.app.store.read_blocking(move |tx| kept::get(tx, project)).unwrap().unwrap()
    }

    fn pull(&self, by: &Actor) -> Result<Import, Failure> {
        let (at, config) = (self.at(), self.app.config.clone());
        self.write(by, move |tx, actor| imports::pull(tx, &config, actor, &at, NOW))
    }

    /// Fetches at once, and tells why not.
    fn fetch(&self) -> Option<String> {
        self.pull(&self.world.root).unwrap();
        let take = |tx: &mut Tx<'_>| Ok(kept::claim(tx, 1, NOW, NOW.plus_ms(1000))?);
        let claims = self.app.store.housekeeping_blocking(take).unwrap();
        imports::run(&self.app, claims[0]);
        self.import().error
    }

    fn refs(&self) -> BTreeMap<String, String> {
        let (project, actual) = (self.project, self.app.repositories.refs(self.project.0).unwrap());
        let ledger = self.app.store.read_blocking(move |tx| refs::all(tx, project)).unwrap();
        assert_eq!(actual, ledger, "the ledger knows what there is");
        actual
    }

    fn names(&self) -> Vec<String> {
        self.refs().into_keys().collect()
    }

    /// Everything that was recorded, as text.
    fn records(&self) -> String {
        let sql = "SELECT code, before, after FROM audit_events";
        let line = |row: &countersign_store::Row<'_>| {
            Ok(format!("{} {} {}", row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?))
        };
        let all = move |tx: &mut Tx<'_>| tx.query(sql, &[], line);
        self.app.store.read_blocking(all).unwrap().join("\n")
    }
}

#[test]
fn a_mirror_becomes_what_is_there_and_new_commits_get_pipelines_of_whoever_set_it() {
    on_both("importing_mirror", |store| {
        let (site, source) = (Site::new(store), Source::new());
        source.git(&["checkout", "-q", "-b", "trunk"]);
        source.commit(".gitlab-ci.yml", DEPLOY.as_bytes());
        source.git(&["branch", "a"]);
        source.git(&["tag", "-a", "-m", "one", "v1"]);
        site.follow(&source.url(), true);
        assert_eq!(site.fetch(), None);
        assert_eq!(site.names(), ["refs/heads/a", "refs/heads/trunk", "refs/tags/v1"]);
        assert!(site.newest().is_none(), "what is there at the beginning is no news");
        let project = site.project;
        let row = site.app.store.read_blocking(move |tx| countersign_store::projects::get(tx, project));
        assert_eq!(row.unwrap().unwrap().default_branch, "trunk");

        let sha = source.commit("b", b"b");
        source.git(&["branch", "-D", "a"]);
        source.git(&["branch", "a/b"]);
        assert_eq!(site.fetch(), None);
        assert_eq!(site.names(), ["refs/heads/a/b", "refs/heads/trunk", "refs/tags/v1"]);
        let pipeline = site.newest().unwrap();
        assert_eq!((pipeline.iid, pipeline.user_id, &pipeline.sha), (2, Some(id(&site.world.root)), &sha));

        source.git(&["commit", "-q", "--amend", "-m", "rewritten"]);
        assert_eq!(site.fetch(), None);
        assert_eq!(site.refs()["refs/heads/trunk"], source.git(&["rev-parse", "trunk"]));
        assert_eq!(site.newest().unwrap().iid, 3);
        assert_eq!(site.fetch(), None);
        assert_eq!(site.newest().unwrap().iid, 3, "nothing new, nothing begins");
        let ended = site.import();
        assert_eq!((ended.status, ended.failures), (Status::Finished, 0));
        assert!(ended.due_at > ended.ended_at, "it is fetched again by itself");
    });
}

/// As many packs as fetches leave, of one object each; how many there are now.
fn litter(site: &Site<'_>, count: usize) -> usize {
    let of = &site.app.repositories;
    let packs = of.path(site.project.0).join("objects/pack");
    let base = packs.join("pack").display().to_string();
    for n in 0..count {
        let made = of.ask_with(site.project.0, "hash-object", &["-w", "--stdin"], n.to_string().as_bytes()).unwrap();
        of.ask_with(site.project.0, "pack-objects", &["-q", &base], &made).unwrap();
    }
    let files = std::fs::read_dir(packs).unwrap().flatten();
    files.filter(|file| file.path().extension().is_some_and(|end| end == "pack")).count()
}

#[test]
fn packs_are_put_together_after_a_fetch_that_brought_something_or_by_and_by() {
    on_both("importing_packing", |store| {
        let (site, source) = (Site::new(store), Source::new());
        source.commit("x", b"x");
        site.follow(&source.url(), true);
        assert_eq!(site.fetch(), None);
        assert!(litter(&site, 51) > 51);
        assert_eq!(site.fetch(), None);
        assert!(litter(&site, 0) > 51, "nothing came");
        crate::packing::sweep(&site.app);
        assert!(litter(&site, 0) > 51, "a fetch may be on its way");
        source.commit("y", b"y");
        assert_eq!(site.fetch(), None);
        assert!(litter(&site, 0) < 5);
        assert_eq!(site.refs()["refs/heads/main"], source.git(&["rev-parse", "main"]));

        site.wish(&site.world.root, Wish { url: Some(String::new()), ..Wish::default() }).unwrap();
        assert!(litter(&site, 99) > 51);
        crate::packing::sweep(&site.app);
        assert!(litter(&site, 0) < 5);
    });
}

#[test]
fn many_new_refs_begin_at_most_four_pipelines_the_default_branch_first() {
    on_both("importing_many", |store| {
        let (site, source) = (Site::new(store), Source::new());
        source.commit(".gitlab-ci.yml", DEPLOY.as_bytes());
        site.follow(&source.url(), true);
        assert_eq!(site.fetch(), None);
        source.commit("more", b"more");
        for name in ["a", "b", "c", "d", "e"] {
            source.git(&["branch", name]);
        }
        assert_eq!(site.fetch(), None);
        assert_eq!(site.newest().unwrap().iid, 4);
        let list =
            move |tx: &mut Tx<'_>| tx.query("SELECT ref FROM pipelines ORDER BY iid", &[], |row| row.get::<String>(0));
        assert_eq!(site.app.store.read_blocking(list).unwrap(), ["main", "a", "b", "c"]);
    });
}

#[test]
fn without_mirror_a_fetch_only_adds() {
    on_both("importing_once", |store| {
        let (site, source) = (Site::new(store), Source::new());
        let own = site.try_commit(&site.developer, "main", DEPLOY).unwrap();
        source.commit("x", b"x");
        source.git(&["branch", "other"]);
        site.follow(&source.url(), false);
        assert_eq!(site.fetch(), None);
        assert_eq!(site.names(), ["refs/heads/main", "refs/heads/other"]);
        assert_eq!(site.refs()["refs/heads/main"], own);
        assert_eq!(site.import().due_at, None);
        site.try_commit(&site.developer, "main", &DEPLOY.replace("echo", "date")).unwrap();
    });
}

#[test]
fn a_mirror_is_only_read_here() {
    on_both("importing_read_only", |store| {
        let (site, source) = (Site::new(store), Source::new());
        source.commit("x", b"x");
        site.follow(&source.url(), true);
        let at = site.at();
        let (push_by, push_at) = (site.maintainer.clone(), at.clone());
        let pushed = site.app.store.read_blocking(move |tx| git_access::push(tx, &push_by, &push_at, NOW).map(drop));
        assert!(matches!(pushed, Err(Failure::Refused(Refusal::Mirror))), "{pushed:?}");
        let by = site.maintainer.clone();
        let ask = move |tx: &mut Tx<'_>| commit_files::committer(tx, &by, &at, "main", NOW).map(drop);
        assert!(matches!(site.app.store.read_blocking(ask), Err(Failure::Refused(Refusal::Mirror))));
        site.wish(&site.maintainer, Wish { mirror: Some(false), ..Wish::default() }).unwrap();
        site.try_commit(&site.maintainer, "main", DEPLOY).unwrap();
    });
}

#[test]
fn hostile_repositories_bring_nothing_in() {
    on_both("importing_hostile", |store| {
        let (site, source) = (Site::new(store), Source::new());
        source.commit("x", b"x");
        let blob = source.blob("#!/bin/sh\ntouch /tmp/owned\n");
        site.follow(&source.url(), true);
        let link = source.blob("../../../../etc/passwd");
        for entry in [
            format!("100644 blob {blob}\t.git"),
            format!("100644 blob {blob}\t.GIT"),
            format!("100644 blob {blob}\t.g\u{200c}it"),
            format!("100644 blob {blob}\tgit~1"),
            format!("100644 blob {blob}\t.."),
            format!("100644 blob {blob}\ta/b"),
            format!("120000 blob {link}\t.gitmodules"),
            format!(
                "100644 blob {}\t.gitmodules",
                source.blob("[submodule \"x\"]\n\tpath = x\n\turl = --upload-pack=id\n")
            ),
            format!(
                "100644 blob {}\t.gitmodules",
                source.blob("[submodule \"../x\"]\n\tpath = x\n\turl = https://a.example\n")
            ),
        ] {
            source.tree(&entry);
            let why = site.fetch().unwrap_or_else(|| panic!("{entry} was fetched"));
            assert!(why.contains("not as they should be"), "{entry}: {why}");
            assert!(site.names().is_empty(), "{entry}");
            let packs = site.app.repositories.path(site.project.0).join("objects/pack");
            assert_eq!(std::fs::read_dir(packs).unwrap().count(), 0, "{entry}: nothing is left");
        }
        assert_eq!(site.import().status, Status::Failed);
        assert_eq!(site.import().failures, 9);
        source.git(&["update-ref", "-d", "refs/heads/evil"]);
        assert_eq!(site.fetch(), None);
        assert_eq!((site.names(), site.import().failures), (vec!["refs/heads/main".to_owned()], 0));
    });
}

#[test]
fn a_history_that_is_cut_off_is_not_followed() {
    on_both("importing_shallow", |store| {
        let (site, source, whole) = (Site::new(store), Source::new(), Source::new());
        whole.commit("one", b"one");
        whole.commit("two", b"two");
        source.git(&["fetch", "-q", "--depth=1", &whole.url(), "main:other"]);
        site.follow(&source.url(), true);
        for _ in 0..2 {
            let why = site.fetch().unwrap();
            assert!(why.contains("is shallow"), "{why}");
            assert!(site.names().is_empty());
        }
        source.git(&["fetch", "-q", "--unshallow", &whole.url(), "main:other"]);
        assert_eq!(site.fetch(), None);
        assert_eq!(site.names(), ["refs/heads/other"]);
    });
}

#[test]
fn links_submodules_and_pointers_are_fetched_and_followed_nowhere() {
    on_both("importing_links", |store| {
        let (site, source) = (Site::new(store), Source::new());
        std::os::unix::fs::symlink("/etc/passwd", source.path(".gitlab-ci.yml")).unwrap();
        std::os::unix::fs::symlink("../../../../../../etc", source.path("out")).unwrap();
        std::fs::write(source.path(".gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n* diff=evil\n")
            .unwrap();
        std::fs::write(source.path("big.bin"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
            .unwrap();
        let module = "[submodule \"m\"]\n\tpath = m\n\turl = http://169.254.169.254/latest\n";
        let first = source.commit(".gitmodules", module.as_bytes());
        source.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},m")]);
        source.git(&["commit", "-q", "-m", "module"]);
        site.follow(&source.url(), true);
        assert_eq!(site.fetch(), None);
        source.commit("more", b"more");
        assert_eq!(site.fetch(), None);
        let tip = site.app.repositories.branch_tip(site.project.0, "main").unwrap();
        assert_eq!(tip, Some(source.git(&["rev-parse", "main"])));
        // The link is a file with the text of where it leads, which is no configuration.
        let pipeline = site.newest();
        assert!(pipeline.is_none_or(|p| p.status.as_str() == "failed"), "no link is followed");
        let objects = site.app.repositories.path(site.project.0);
        assert!(!objects.join("modules").exists() && !objects.join("lfs").exists());
    });
}

#[test]
fn names_that_cannot_be_used_are_left_out_and_many_others_followed() {
    on_both("importing_names", |store| {
        let (site, source) = (Site::new(store), Source::new());
        let sha = source.commit("x", b"x");
        let odd =
            ["refs/heads/-x", &format!("refs/heads/{}", "a".repeat(40)), "refs/tags/HEAD", "refs/tags/refs/heads/x"];
        let usable =
            ["refs/heads/a'b\"c", "refs/heads/$(touch x)".trim_end_matches(' '), "refs/heads/a;b", "refs/tags/ü"];
        let usable = usable.map(|name| name.replace(' ', "-"));
        let hidden = ["refs/pipelines/1", "refs/pull/1/head", "refs/replace/x", "refs/notes/commits"];
        let many = (0..1200).map(|n| format!("refs/tags/t/{n}"));
        let names = odd.iter().chain(&hidden).map(|n| (*n).to_owned()).chain(usable.clone()).chain(many);
        let lines: String = names.map(|name| format!("create {name} {sha}\n")).collect();
        source.feed(&["update-ref", "--stdin"], &lines);
        site.follow(&source.url(), true);
        assert_eq!(site.fetch(), None);
        let got = site.names();
        assert_eq!(got.len(), 1200 + usable.len() + 1, "{:?}", got.iter().take(9).collect::<Vec<_>>());
        assert!(usable.iter().all(|name| got.contains(name)));
        let sql =
            "SELECT COUNT(*), COUNT(DISTINCT occurred_at) FROM audit_events WHERE code = 'repository.ref_updated'";
        let count = move |tx: &mut Tx<'_>| tx.query_one(sql, &[], |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)));
        let (records, decisions) = site.app.store.read_blocking(count).unwrap();
        assert!(records as usize == got.len() && decisions <= 13, "{decisions} transactions of {records} records");
    });
}

#[test]
fn what_is_too_large_is_stopped_and_leaves_nothing() {
    on_both("importing_large", |store| {
        let (mut site, source) = (Site::new(store), Source::new());
        site.app.config.imports.bytes = 1024 * 1024;
        let mut noise = vec![0u8; 3 * 1024 * 1024];
        getrandom::fill(&mut noise).unwrap();
        source.commit("noise", &noise);
        site.follow(&source.url(), true);
        let why = site.fetch().unwrap();
        assert!(why.contains("larger than the limit of 1048576 bytes"), "{why}");
        let packs = site.app.repositories.path(site.project.0).join("objects/pack");
        assert_eq!(std::fs::read_dir(packs).unwrap().count(), 0, "nothing is left");
        assert!(site.names().is_empty());
        site.app.config.imports.bytes = 8 * 1024 * 1024;
        assert_eq!(site.fetch(), None);
    });
}

#[test]
fn whoever_may_not_any_more_fetches_nothing() {
    on_both("importing_rights", |store| {
        let (site, source) = (Site::new(store), Source::new());
        source.commit("x", b"x");
        let wish = |url: &str| Wish { url: Some(url.to_owned()), mirror: Some(true), ..Wish::default() };
        let refused = |by: &Actor, url: &str| match site.wish(by, wish(url)) {
            Err(Failure::Refused(why)) => why.code(),
            other => panic!("{url}: {other:?}"),
        };
        assert_eq!(refused(&site.maintainer, &source.url()), "access.admins_only");
        assert_eq!(refused(&site.maintainer, "http://127.0.0.1/x"), "invalid");
        assert_eq!(refused(&site.developer, "https://git.example/x"), "access.role");
        assert_eq!(refused(&site.maintainer, ""), "invalid");
        site.follow(&source.url(), true);
        let root = id(&site.world.root);
        let demote = move |admin: bool| {
            move |tx: &mut Tx<'_>| {
                let sql = "UPDATE users SET admin = $2 WHERE id = $1";
                Ok(tx.execute(sql, &[root.into(), admin.into()]).map(drop)?)
            }
        };
        site.app.store.housekeeping_blocking(demote(false)).unwrap();
        let why = site.fetch().unwrap();
        assert!(why.contains("may not do so any more"), "{why}");
        assert!(site.names().is_empty());
        site.app.store.housekeeping_blocking(demote(true)).unwrap();
        assert_eq!(site.fetch(), None);
    });
}

#[test]
fn the_server_calls_nobody_inside_and_keeps_no_secret_in_the_open() {
    on_both("importing_secrets", |store| {
        let site = Site::new(store);
        let wish = |url: &str| Wish { url: Some(url.to_owned()), mirror: Some(true), ..Wish::default() };
        site.wish(&site.maintainer, wish("https://ann:s3cret-word@localhost/a/b.git")).unwrap();
        let first = site.import();
        assert_eq!((first.url.as_str(), first.owner), ("https://localhost/a/b.git", id(&site.maintainer)));
        let sealed = first.credentials.clone().unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("s3cret"));
        let why = site.fetch().unwrap();
        assert!(why.contains("may not call localhost") && why.contains("this machine"), "{why}");
        // What is shown can be sent back, and takes nothing away.
        site.wish(&site.maintainer, wish(&first.url)).unwrap();
        assert_eq!(site.import().credentials, Some(sealed));
        // Elsewhere the credentials have no business.
        site.wish(&site.maintainer, wish("https://elsewhere.example/b.git")).unwrap();
        assert_eq!(site.import().credentials, None);
        let records = site.records();
        assert!(
            records.contains("import.updated") && records.contains("with_credentials") && !records.contains("s3cret")
        );
        site.wish(&site.maintainer, Wish { url: Some(String::new()), ..Wish::default() }).unwrap();
        let project = site.project;
        assert_eq!(site.app.store.read_blocking(move |tx| kept::get(tx, project)).unwrap(), None);
    });
}

#[test]
fn a_server_that_ends_gives_a_fetch_up_for_another_to_begin() {
    on_both("importing_end", |store| {
        let (site, source) = (Site::new(store), Source::new());
        source.commit("x", b"x");
        site.follow(&source.url(), true);
        site.app.wake.close();
        // Git is slower than the first look only if it hangs: here it waits for a lock that nobody gives back.
        let fifo = source.path(".git/HEAD");
        std::fs::remove_file(&fifo).unwrap();
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let take = |tx: &mut Tx<'_>| Ok(kept::claim(tx, 1, NOW, crate::now().plus_ms(60_000))?);
        let claim = site.app.store.housekeeping_blocking(take).unwrap()[0];
        imports::run(&site.app, claim);
        assert_eq!((site.import().status, site.import().error), (Status::Started, None));
        let free = |tx: &mut Tx<'_>| kept::claimable(tx, crate::now());
        assert!(site.app.store.read_blocking(free).unwrap());
    });
}
