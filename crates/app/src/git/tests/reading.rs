//! Making repositories, and reading refs, commits and files.

use super::*;

#[test]
fn a_repository_is_made_once_and_removed() {
    let fixture = Fixture::new();
    let repositories = &fixture.repositories;
    assert!(repositories.exists(1) && repositories.is_empty(1).unwrap() && !repositories.exists(2));
    assert!(matches!(repositories.create(1, "main"), Err(GitError::Invalid(_))));
    for bad in ["", "-x", "a b", &"a".repeat(40)] {
        assert!(matches!(repositories.create(2, bad), Err(GitError::Invalid(_))), "{bad}");
    }
    repositories.delete(1).unwrap();
    repositories.delete(1).unwrap();
    assert!(!repositories.exists(1));
    assert!(matches!(repositories.is_empty(1), Err(GitError::NoRepository(1))));
    let left = std::fs::read_dir(repositories.path(1).parent().unwrap()).unwrap().count();
    assert_eq!(left, 0);
}

#[test]
fn an_owner_other_than_the_server_is_no_obstacle() {
    let fixture = Fixture::new();
    let path = fixture.repositories.path(1);
    if std::os::unix::fs::chown(&path, Some(12345), Some(12345)).is_err() {
        return; // Only root may give files away.
    }
    assert!(fixture.repositories.branches(1, RefOrder::Name).unwrap().is_empty());
    fixture.commit("One");
    assert!(fixture.push("p", false, &["main"]).0);
    assert!(fixture.fetch(false, &["main"]).0);
}

#[test]
fn names_are_resolved_in_full_or_not_at_all() {
    let fixture = Fixture::new();
    let first = fixture.commit("One");
    fixture.git(&["branch", "both"]);
    fixture.git(&["tag", "both"]);
    fixture.git(&["tag", "-a", "-m", "x", "v1"]);
    fixture.git(&["tag", "-a", "-m", "x", "v2", "v1"]);
    fixture.git(&["branch", "a/b'$(x);ü"]);
    let second = fixture.commit("Two");
    assert!(fixture.push("p", false, &["--all"]).0);
    assert!(fixture.push("q", false, &["--tags"]).0);
    let resolve = |name: &str| fixture.repositories.resolve(1, name).unwrap();
    let tip = |name: &str, sha: &str| Tip { name: name.to_owned(), sha: sha.to_owned() };

    assert_eq!(resolve("main"), Some(ResolvedRef::Branch(tip("main", &second))));
    assert_eq!(resolve("refs/heads/both"), Some(ResolvedRef::Branch(tip("both", &first))));
    assert_eq!(resolve("refs/tags/both"), Some(ResolvedRef::Tag(tip("both", &first))));
    let (branch, tag) = (tip("both", &first), tip("both", &first));
    assert_eq!(resolve("both"), Some(ResolvedRef::Ambiguous { branch, tag }));
    assert_eq!(resolve("v2"), Some(ResolvedRef::Tag(tip("v2", &first))));
    assert_eq!(resolve("a/b'$(x);ü"), Some(ResolvedRef::Branch(tip("a/b'$(x);ü", &first))));
    assert_eq!(resolve(&first), Some(ResolvedRef::Commit(first.clone())));
    for nothing in
        ["", "a", "HEAD", "heads/main", "main~1", "main^{}", &first[..12], "-x", "*", "ma\nin", "a\0b", &"0".repeat(40)]
    {
        assert_eq!(resolve(nothing), None, "{nothing:?}");
    }
    let branches: Vec<_> =
        fixture.repositories.branches(1, RefOrder::Name).unwrap().into_iter().map(|b| b.name).collect();
    assert_eq!(branches, ["a/b'$(x);ü", "both", "main"]);
    let tags = fixture.repositories.tags(1, RefOrder::Name).unwrap();
    let tags: Vec<_> = tags.iter().map(|t| (t.name.as_str(), t.commit.as_deref(), t.target == first)).collect();
    assert_eq!(tags, [("both", Some(&*first), true), ("v1", Some(&*first), false), ("v2", Some(&*first), false)]);
}

#[test]
fn a_ref_that_imitates_another_is_not_mistaken_for_it() {
    let fixture = Fixture::new();
    let sha = fixture.commit("One");
    let path = fixture.repositories.path(1).display().to_string();
    // Git would guess that refs/heads/gone means this tag.
    fixture.git(&["push", "-q", &path, "HEAD:refs/tags/refs/heads/gone", "HEAD:refs/heads/main"]);
    assert_eq!(fixture.repositories.resolve(1, "gone").unwrap(), None);
    assert_eq!(fixture.repositories.resolve(1, "refs/heads/gone").unwrap(), None);
    assert_eq!(fixture.repositories.branch_tip(1, "main").unwrap(), Some(sha));
}

#[test]
fn a_commit_is_read_with_everything_it_says() {
    let fixture = Fixture::new();
    let first = fixture.commit("Title\n\nBody");
    let second = fixture.commit("Zwölf");
    fixture.push("p", false, &["main"]);
    let commit = fixture.repositories.commit(1, &second).unwrap().unwrap();
    assert_eq!((commit.title.as_str(), commit.parent_shas.as_slice()), ("Zwölf", [first.clone()].as_slice()));
    assert_eq!((commit.author.name.as_str(), commit.committer.email.as_str()), ("Ann", "ann@example.com"));
    assert!(commit.author.at > 1_600_000_000_000);
    assert_eq!(fixture.repositories.commit(1, &first).unwrap().unwrap().message, "Title\n\nBody\n");
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    for nothing in [tree.as_str(), "main", "", &"1".repeat(40)] {
        assert_eq!(fixture.repositories.commit(1, nothing).unwrap(), None, "{nothing}");
    }
    assert!(fixture.repositories.is_ancestor(1, &first, &second).unwrap());
    assert!(!fixture.repositories.is_ancestor(1, &second, &first).unwrap());
    assert!(fixture.repositories.is_ancestor(1, "main", &first).is_err());
}

#[test]
fn a_replacement_object_changes_nothing_that_is_read() {
    let fixture = Fixture::new();
    let first = fixture.commit("Approved");
    let other = fixture.commit("Something else");
    fixture.push("p", false, &["main"]);
    let path = fixture.repositories.path(1).display().to_string();
    fixture.git(&["push", "-q", &path, &format!("{other}:refs/replace/{first}")]);
    assert_eq!(fixture.repositories.commit(1, &first).unwrap().unwrap().title, "Approved");
    let (pushed, text) = fixture.push("q", false, &[&format!("{other}:refs/replace/{other}")]);
    assert!(!pushed && text.contains("hidden ref"), "{text}");
}

#[test]
fn files_are_read_and_nothing_is_followed() {
    let fixture = Fixture::new();
    fixture.write("dir/file", "content");
    fixture.write("run.sh", "#!/bin/sh");
    fixture.write("[x]*", "glob");
    make_executable(&fixture.work().join("run.sh"));
    std::os::unix::fs::symlink("/etc/passwd", fixture.work().join("link")).unwrap();
    std::os::unix::fs::symlink("dir", fixture.work().join("linked-dir")).unwrap();
    let first = fixture.commit("One");
    fixture.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},module")]);
    fixture.git(&["commit", "-q", "-m", "Module"]);
    let sha = fixture.git(&["rev-parse", "HEAD"]);
    fixture.push("p", false, &["main"]);
    let file = |path: &str| fixture.repositories.file(1, &sha, path, 100).unwrap();

    let found = file("dir/file").unwrap();
    assert_eq!((found.content.as_slice(), found.size, found.mode.as_str()), (b"content".as_slice(), 7, "100644"));
    assert_eq!(file("run.sh").unwrap().mode, "100755");
    assert_eq!(file("[x]*").unwrap().content, b"glob");
    for nothing in [
        "link",
        "linked-dir/file",
        "module",
        "dir",
        "dir/",
        "/etc/passwd",
        "../x",
        "./run.sh",
        "",
        "*",
        ":(top)run.sh",
        "-h",
        "a\0b",
    ] {
        assert_eq!(file(nothing), None, "{nothing}");
    }
    let large = fixture.repositories.file(1, &sha, "dir/file", 6);
    assert!(matches!(large, Err(GitError::TooLarge { limit: 6, .. })));
    assert_eq!(fixture.repositories.file(1, "main", "dir/file", 6).unwrap(), None);
    let paths = fixture.repositories.changed_paths(1, Some(&first), &sha).unwrap();
    assert_eq!(paths, ["module"]);
    assert_eq!(fixture.repositories.changed_paths(1, None, &first).unwrap().len(), 5);
}

#[test]
fn a_repository_with_a_branch_is_not_empty_however_git_keeps_it() {
    let fixture = Fixture::new();
    assert!(fixture.repositories.is_empty(1).unwrap());
    fixture.commit("Begin");
    assert!(fixture.push("one", false, &["HEAD:refs/heads/deep/branch"]).0);
    assert!(!fixture.repositories.is_empty(1).unwrap());
    fixture.repositories.ask(1, "pack-refs", &["--all"]).unwrap();
    assert!(!fixture.repositories.is_empty(1).unwrap());
    assert!(fixture.push("two", false, &[":refs/heads/deep/branch"]).0);
    assert!(fixture.repositories.is_empty(1).unwrap());
}

#[test]
fn a_history_ends_however_much_of_it_is_skipped() {
    let fixture = Fixture::new();
    fixture.commit("One");
    fixture.commit("Two");
    assert!(fixture.push("p", false, &["main"]).0);
    let skipping = |skip: i64| {
        let found = fixture.repositories.log(1, &Log { skip, limit: 10, ..Log::default() });
        found.unwrap_or_else(|why| panic!("{skip}: {why}")).len()
    };
    assert_eq!((skipping(0), skipping(1), skipping(2)), (2, 1, 0));
    let most = i64::from(i32::MAX);
    for skip in [most, most + 1, 1 << 32, (1 << 32) + 1, i64::MAX] {
        assert_eq!(skipping(skip), 0, "{skip}");
    }
}
