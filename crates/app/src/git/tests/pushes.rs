//! What pushes may do, what they leave behind, and what they must never start.

use super::*;

#[test]
fn a_push_is_spooled_with_its_author_and_its_updates() {
    let fixture = Fixture::new();
    let first = fixture.commit("One");
    fixture.git(&["branch", "side"]);
    assert!(fixture.push("push-1", false, &["main", "side"]).0);
    let second = fixture.commit("Two");
    assert!(fixture.push("push-2", false, &["main", ":side"]).0);

    let entries = fixture.repositories.spool_entries().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].project, &entries[0].by, entries[0].updates.len()), (1, &pusher(), 2));
    assert!(entries[0].updates.iter().all(|update| update.is_creation() && update.new == first));
    let moved = RefUpdate { old: first.clone(), new: second.clone(), name: "refs/heads/main".into() };
    let gone = RefUpdate { old: first, new: NO_OBJECT.into(), name: "refs/heads/side".into() };
    let entry = fixture.repositories.spool_entry(1, "push-2").unwrap();
    assert!(entry.updates.contains(&moved) && entry.updates.contains(&gone));

    fixture.repositories.spool_remove(&entry.file).unwrap();
    fixture.repositories.spool_remove(&entry.file).unwrap();
    assert!(fixture.repositories.spool_remove(Path::new("/etc/passwd")).is_err());
    assert_eq!(fixture.repositories.spool_entries().unwrap().len(), 1);
    assert_eq!(fixture.repositories.spool_entry(1, "push-2"), None);
}

#[test]
fn a_ledger_finds_what_no_hook_recorded() {
    let fixture = Fixture::new();
    let first = fixture.commit("One");
    fixture.push("p", false, &["main"]);
    let ledger = fixture.repositories.refs(1).unwrap();
    let second = fixture.commit("Two");
    fixture.push("q", false, &["main"]);
    let found = missed(&ledger, &fixture.repositories.refs(1).unwrap());
    assert_eq!(found, [RefUpdate { old: first, new: second, name: "refs/heads/main".into() }]);
}

#[test]
fn an_entry_nobody_can_read_is_left_alone() {
    let fixture = Fixture::new();
    std::fs::write(fixture.repositories.spool.join("1-x"), "nonsense").unwrap();
    std::fs::write(fixture.repositories.spool.join(".1-y"), "half").unwrap();
    assert!(fixture.repositories.spool_entries().unwrap().is_empty());
}

#[test]
fn nothing_that_was_pushed_ever_runs() {
    let fixture = Fixture::new();
    let proof = fixture.dir.path().join("proof");
    let evil = format!("#!/bin/sh\ntouch '{}'\n", proof.display());
    for hook in ["post-receive", "pre-receive", "update", "post-update", "reference-transaction", "pre-commit"] {
        fixture.write(&format!("hooks/{hook}"), &evil);
        // Even a hook that somehow lies in the repository's own directory is not taken.
        let planted = fixture.repositories.path(1).join("hooks").join(hook);
        std::fs::create_dir_all(planted.parent().unwrap()).unwrap();
        std::fs::write(&planted, &evil).unwrap();
        make_executable(&planted);
        make_executable(&fixture.work().join("hooks").join(hook));
    }
    let command = format!("touch '{}'", proof.display());
    fixture.write(
        "config",
        &format!("[core]\n\tfsmonitor = \"{command}\"\n\thooksPath = hooks\n\tpager = \"{command}\"\n"),
    );
    fixture.write(".gitattributes", "* filter=evil diff=evil\n");
    fixture.write(".gitconfig", &format!("[filter \"evil\"]\n\tclean = \"{command}\"\n\tsmudge = \"{command}\"\n"));
    let sha = fixture.commit("Evil");
    assert!(fixture.push("p", false, &["main"]).0);
    assert!(fixture.fetch(false, &["main"]).0);
    let create = action(ActionKind::Create, "x", "x");
    fixture.repositories.commit_actions(1, &request("main", vec![create])).unwrap();
    fixture.repositories.file(1, &sha, "config", 1000).unwrap().unwrap();
    fixture.repositories.keep(1, 1, &sha).unwrap();
    assert!(!proof.exists());
    assert_eq!(fixture.repositories.spool_entries().unwrap().len(), 1);
}

#[test]
fn malicious_objects_are_refused() {
    let fixture = Fixture::new();
    fixture.write("x", "x");
    fixture.commit("One");
    let blob = fixture.git(&["rev-parse", "HEAD:x"]);
    let tree_text = fixture.work().join("tree");
    let object: Vec<u8> = (0..40).step_by(2).map(|at| u8::from_str_radix(&blob[at..at + 2], 16).unwrap()).collect();
    std::fs::write(&tree_text, [b"100644 .git\0".as_slice(), &object].concat()).unwrap();
    let tree = fixture.git(&["hash-object", "-w", "-t", "tree", "--literally", "tree"]);
    let commit = fixture.git(&["commit-tree", "-m", "Evil", &tree]);
    let (pushed, text) = fixture.push("p", false, &[&format!("{commit}:refs/heads/evil")]);
    assert!(!pushed && text.contains("hasDotgit"), "{text}");
    assert!(fixture.repositories.is_empty(1).unwrap());
}

#[test]
fn pipeline_refs_keep_commits_and_are_hidden_from_people() {
    let fixture = Fixture::new();
    let repositories = &fixture.repositories;
    fixture.commit("One");
    fixture.push("p", false, &["main"]);
    fixture.git(&["checkout", "-q", "-b", "side"]);
    let sha = fixture.commit("Two");
    fixture.push("q", false, &["side"]);
    repositories.keep(1, 5, &sha).unwrap();
    assert!(repositories.keep(1, 6, &"1".repeat(40)).is_err());
    fixture.push("r", false, &[":side"]);
    repositories.ask(1, "prune", &["--expire=now"]).unwrap();
    assert!(repositories.commit(1, &sha).unwrap().is_some());
    assert_eq!(repositories.refs(1).unwrap().len(), 1);

    let refspec = ["+refs/pipelines/5:refs/pipelines/5"];
    for protocol in ["protocol.version=0", "protocol.version=2"] {
        fixture.git(&["config", "protocol.version", protocol.rsplit('=').next().unwrap()]);
        let (fetched, text) = fixture.fetch(false, &refspec);
        assert!(!fetched && text.contains("couldn't find remote ref"), "{text}");
        let (fetched, text) = fixture.fetch(true, &refspec);
        assert!(fetched, "{text}");
    }
    for attempt in ["HEAD:refs/pipelines/5", ":refs/pipelines/5", "HEAD:refs/pipelines/9", "HEAD:refs/other/x"] {
        let (pushed, text) = fixture.push("s", false, &[attempt]);
        assert!(!pushed, "{attempt}: {text}");
    }
    repositories.release(1, 5).unwrap();
    repositories.release(1, 5).unwrap();
    repositories.ask(1, "prune", &["--expire=now"]).unwrap();
    assert!(repositories.commit(1, &sha).unwrap().is_none());
}

#[test]
fn history_can_be_protected_from_rewriting() {
    let fixture = Fixture::new();
    fixture.commit("One");
    fixture.push("p", true, &["main"]);
    fixture.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "Other"]);
    let (pushed, text) = fixture.push("q", true, &["--force", "main", "main:side"]);
    assert!(!pushed && text.contains("protected branch 'main'"), "{text}");
    assert_eq!(
        fixture.repositories.branches(1, RefOrder::Name).unwrap().len(),
        1,
        "nothing of a refused push is stored"
    );
    // Other branches can be rewritten in the same breath as one that grows.
    assert!(fixture.push("r", true, &["main:side"]).0);
    fixture.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "Third"]);
    assert!(fixture.push("s", true, &["--force", "main:side"]).0);
    assert!(fixture.push("t", false, &["--force", "main"]).0);
}

#[test]
fn a_pack_beyond_the_limit_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let settings = GitSettings { push_limit: 2000, ..GitSettings::default() };
    let repositories = Repositories::new(&dir.path().join("data"), settings).unwrap();
    repositories.create(1, "main").unwrap();
    let fixture = Fixture { dir, repositories };
    fixture.git(&["init", "-q", "-b", "main", "."]);
    let mut state = 1_u64;
    let mut noise = String::new();
    for _ in 0..8000 {
        // A multiplicative generator: its upper bits do not compress.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise.push(char::from(b' ' + u8::try_from((state >> 33) % 90).unwrap()));
    }
    fixture.write("big", &noise);
    fixture.commit("Big");
    let (pushed, text) = fixture.push("p", false, &["main"]);
    assert!(!pushed && text.contains("maximum allowed size"), "{text}");
}
