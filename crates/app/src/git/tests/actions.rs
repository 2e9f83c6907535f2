//! Commits made of file actions.

use super::*;

#[test]
fn the_first_commit_makes_the_branch_and_later_ones_extend_it() {
    let fixture = Fixture::new();
    let repositories = &fixture.repositories;
    let ci = action(ActionKind::Create, "ci/.gitlab-ci.yml", "job: {}\r\n");
    let first =
        repositories.commit_actions(1, &request("main", vec![ci, action(ActionKind::Create, "a", "1")])).unwrap();
    assert_eq!((first.old.as_str(), first.ref_name.as_str()), (NO_OBJECT, "refs/heads/main"));
    let commit = repositories.commit(1, &first.sha).unwrap().unwrap();
    assert_eq!((commit.author.name.as_str(), commit.committer.name.as_str()), ("ann", "bob"));
    assert_eq!((commit.author.at, commit.message.as_str()), (1_700_000_000_000, "Change"));
    let file = |sha: &str, path: &str| repositories.file(1, sha, path, 100).unwrap();
    assert_eq!(file(&first.sha, "ci/.gitlab-ci.yml").unwrap().content, b"job: {}\r\n");

    let mut moved = action(ActionKind::Move, "b", "");
    (moved.previous_path, moved.content) = (Some("a".to_owned()), None);
    let mut chmod = action(ActionKind::Chmod, "b", "");
    (chmod.execute_filemode, chmod.content) = (Some(true), None);
    let update = action(ActionKind::Update, "ci/.gitlab-ci.yml", "\0\u{ff}");
    let second = repositories.commit_actions(1, &request("main", vec![moved, chmod, update])).unwrap();
    assert_eq!(second.old, first.sha);
    assert_eq!(repositories.commit(1, &second.sha).unwrap().unwrap().parent_shas, std::slice::from_ref(&first.sha));
    let found = file(&second.sha, "b").unwrap();
    assert_eq!((found.content.as_slice(), found.mode.as_str()), (b"1".as_slice(), "100755"));
    assert_eq!(file(&second.sha, "a"), None);
    assert_eq!(file(&second.sha, "ci/.gitlab-ci.yml").unwrap().content, "\0\u{ff}".as_bytes());

    let delete = |path: &str| action(ActionKind::Delete, path, "");
    let directory = action(ActionKind::Create, "b/x", "2");
    let third =
        repositories.commit_actions(1, &request("main", vec![delete("b"), directory, delete("ci/.gitlab-ci.yml")]));
    assert_eq!(repositories.paths(1, &third.unwrap().sha).unwrap(), ["b/x"]);
    assert_eq!(std::fs::read_dir(&repositories.scratch).unwrap().count(), 0);
}

#[test]
fn refusals_name_what_is_wrong_and_change_nothing() {
    let fixture = Fixture::new();
    let repositories = &fixture.repositories;
    let made = repositories.commit_actions(1, &request("main", vec![action(ActionKind::Create, "a", "1")])).unwrap();
    let refused = |request: CommitRequest| repositories.commit_actions(1, &request).unwrap_err().to_string();
    let create = |path: &str| vec![action(ActionKind::Create, path, "x")];

    assert_eq!(refused(request("main", create("a"))), "A file with this name already exists");
    let update = vec![action(ActionKind::Update, "b", "x")];
    assert_eq!(refused(request("main", update)), "A file with this name doesn't exist");
    let nowhere = refused(request("other", create("b")));
    assert_eq!(nowhere, "You can only create or edit files when you are on a branch");
    let started = |branch: &str, start: Start| CommitRequest { start: Some(start), ..request(branch, create("b")) };
    assert!(
        refused(started("main", Start::Commit(made.sha.clone()))).starts_with("A branch called 'main' already exists")
    );
    assert!(refused(started("new", Start::Branch("nope".into()))).contains("'nope'"));
    assert!(refused(started("new", Start::Commit("1".repeat(40)))).contains("no such branch or commit"));
    for bad in ["a b", "-x", "x..y", "HEAD", &"a".repeat(40)] {
        assert!(refused(started(bad, Start::Branch("main".into()))).contains("cannot be created"), "{bad}");
    }
    assert!(refused(started("main/x", Start::Branch("main".into()))).contains("overlaps"));
    assert!(refused(request("main", create("x/.GIT/config"))).contains(".git"));
    assert!(refused(request("main", vec![])).contains("actions is empty"));
    assert!(refused(CommitRequest { message: " ".into(), ..request("main", create("b")) }).contains("commit_message"));
    assert_eq!(repositories.branch_tip(1, "main").unwrap(), Some(made.sha));
    assert_eq!(repositories.branches(1, RefOrder::Name).unwrap().len(), 1);
}

#[test]
fn a_new_branch_starts_where_it_is_told() {
    let fixture = Fixture::new();
    let repositories = &fixture.repositories;
    let first = repositories.commit_actions(1, &request("main", vec![action(ActionKind::Create, "a", "1")])).unwrap();
    for (branch, start) in [("one", Start::Branch("main".into())), ("two", Start::Commit(first.sha.clone()))] {
        let request =
            CommitRequest { start: Some(start), ..request(branch, vec![action(ActionKind::Create, "b", "2")]) };
        let made = repositories.commit_actions(1, &request).unwrap();
        assert_eq!(made.old, NO_OBJECT);
        assert_eq!(repositories.paths(1, &made.sha).unwrap(), ["a", "b"]);
    }
}

#[test]
fn a_file_that_changed_since_is_not_overwritten() {
    let fixture = Fixture::new();
    let repositories = &fixture.repositories;
    let first = repositories.commit_actions(1, &request("main", vec![action(ActionKind::Create, "a", "1")])).unwrap();
    let update = |known: &str, content: &str| {
        let action = Action { last_commit_id: Some(known.into()), ..action(ActionKind::Update, "a", content) };
        repositories.commit_actions(1, &request("main", vec![action]))
    };
    update(&first.sha, "2").unwrap();
    assert!(matches!(update(&first.sha, "3"), Err(CommitError::FileChanged)));
}

#[test]
fn of_racing_commits_none_is_lost() {
    let fixture = Fixture::new();
    let repositories = &fixture.repositories;
    repositories.commit_actions(1, &request("main", vec![action(ActionKind::Create, "a", "1")])).unwrap();
    let one = |number: usize| {
        let request = request("main", vec![action(ActionKind::Create, &format!("f{number}"), "x")]);
        repositories.commit_actions(1, &request)
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|number| scope.spawn(move || one(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let made = results.iter().filter(|result| result.is_ok()).count();
    assert!(made >= 1);
    let lost = |result: &Result<CommitMade, CommitError>| !matches!(result, Ok(_) | Err(CommitError::BranchMoved(_)));
    assert!(!results.iter().any(lost), "{results:?}");
    let tip = repositories.branch_tip(1, "main").unwrap().unwrap();
    assert_eq!(repositories.paths(1, &tip).unwrap().len(), made + 1);
}

#[test]
fn odd_identities_do_not_break_a_commit() {
    let fixture = Fixture::new();
    for (number, name) in ["", " ", "...", "a<b>\nc", "\"'"].into_iter().enumerate() {
        let author = Person { name: name.to_owned(), email: String::new() };
        let create = action(ActionKind::Create, &format!("f{number}"), "");
        let request = CommitRequest { author, ..request("main", vec![create]) };
        let made = fixture.repositories.commit_actions(1, &request).unwrap();
        let commit = fixture.repositories.commit(1, &made.sha).unwrap().unwrap();
        assert!(!commit.author.name.is_empty(), "{name}");
    }
}
