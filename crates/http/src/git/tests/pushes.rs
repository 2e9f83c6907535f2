//! Clones, fetches and pushes that ought to work, and pushes that ought to be refused politely.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_can_be_cloned_in_every_protocol() {
    let server = Server::start().await;
    write(&server.work("small"), b"content");
    let sha = server.commit("One").await;
    let (pushed, text) = server.push(&["main"]).await;
    assert!(pushed, "{text}");
    assert_eq!(server.pushed.load(Ordering::SeqCst), 1);
    assert_eq!(server.repositories.branch_tip(1, "main").unwrap(), Some(sha.clone()));
    let entries = server.repositories.spool_entries().unwrap();
    assert_eq!((entries.len(), &entries[0].by, &entries[0].updates[0].new), (1, &pusher(), &sha));
    assert_eq!(*server.seen.lock().unwrap(), entries[0].updates);
    for version in ["0", "1", "2"] {
        let (setting, into) = (format!("protocol.version={version}"), format!("clone-{version}"));
        server.git(&["-c", &setting, "clone", "-q", &server.url, &into]).await;
        assert_eq!(server.git(&["-C", &into, "rev-parse", "HEAD"]).await, sha);
    }
    server.git(&["clone", "-q", "--depth=1", "--filter=blob:none", &server.url, "partial"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_push_is_streamed_and_a_long_negotiation_is_unpacked() {
    let server = Server::start().await;
    write(&server.work("large"), &noise(3 << 20));
    server.commit("Large").await;
    let (pushed, text) = server.push(&["main"]).await;
    assert!(pushed, "{text}");
    assert_eq!(server.pushed.load(Ordering::SeqCst), 1);
    server.git(&["clone", "-q", &server.url, "clone"]).await;
    // Many commits the server does not know make the client compress what it has.
    for number in 0..60 {
        server.git(&["-C", "clone", "commit", "-q", "--allow-empty", "-m", &number.to_string()]).await;
    }
    server.commit("Two").await;
    assert!(server.push(&["main"]).await.0);
    for version in ["0", "2"] {
        let setting = format!("protocol.version={version}");
        let (fetched, text) = server.try_git(&["-c", &setting, "-C", "clone", "fetch", "-v"]).await;
        assert!(fetched, "{text}");
        server.git(&["-C", "clone", "update-ref", "-d", "refs/remotes/origin/main"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_push_says_why_and_stores_nothing() {
    let server = Server::start().await;
    server.commit("One").await;
    write(&server.work("large"), &noise(2 << 20));
    server.commit("Two").await;
    let reasons = vec![("refs/heads/main".to_owned(), "branch main\nis protected".to_owned())];
    server.change(|rules| rules.verdict = PushVerdict::Refused(reasons));
    let (pushed, text) = server.push(&["main", "main:side"]).await;
    assert!(!pushed);
    assert!(text.contains("branch main is protected"), "{text}");
    assert!(text.contains("refused together with another ref"), "{text}");
    assert!(server.repositories.is_empty(1).unwrap());
    assert_eq!(server.pushed.load(Ordering::SeqCst), 0);
    assert!(server.repositories.spool_entries().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_mislead_are_refused_before_anyone_is_asked() {
    let server = Server::start().await;
    let sha = server.commit("One").await;
    for target in
        [format!("refs/heads/{sha}"), "refs/pipelines/1".into(), "refs/heads/HEAD".into(), "refs/replace/x".into()]
    {
        let (pushed, text) = server.push(&[&format!("main:{target}")]).await;
        assert!(!pushed && text.contains("remote rejected"), "{text}");
    }
    assert!(server.seen.lock().unwrap().is_empty());
    assert!(server.repositories.is_empty(1).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn protected_history_cannot_be_rewritten() {
    let server = Server::start().await;
    server.commit("One").await;
    assert!(server.push(&["main"]).await.0);
    server.git(&["-C", "work", "commit", "-q", "--amend", "--allow-empty", "-m", "Other"]).await;
    server.change(|rules| rules.verdict = PushVerdict::Accepted { only_grow: vec!["refs/heads/main".into()] });
    let (pushed, text) = server.push(&["--force", "main"]).await;
    assert!(!pushed && text.contains("remote: You are not allowed to force push"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_fetch_hidden_refs_and_people_do_not() {
    let server = Server::start().await;
    let sha = server.commit("One").await;
    assert!(server.push(&["main"]).await.0);
    server.repositories.keep(1, 5, &sha).unwrap();
    let fetch = ["-C", "work", "fetch", "--depth=20", &server.url, "+refs/pipelines/5:refs/pipelines/5"];
    assert!(!server.try_git(&fetch).await.0);
    assert!(!server.git(&["ls-remote", &server.url]).await.contains("pipelines"));
    server.change(|rules| (rules.pipeline_refs, rules.may_push) = (true, false));
    server.git(&fetch).await;
    let (pushed, text) = server.push(&["main:other"]).await;
    assert!(!pushed && text.contains("403"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_beyond_the_limit_is_refused() {
    let server = Server::with(GitSettings { push_limit: 100_000, ..GitSettings::default() }).await;
    server.change(|rules| rules.limits.push_commands = 100_000);
    for (length, reason) in [(150_000, "maximum allowed size"), (3 << 20, "")] {
        write(&server.work("large"), &noise(length));
        server.commit("Large").await;
        let (pushed, text) = server.push(&["main"]).await;
        assert!(!pushed && text.contains(reason), "{text}");
    }
    assert!(server.repositories.is_empty(1).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_very_many_refs_is_refused_with_the_number_that_may_be_pushed() {
    let server = Server::start().await;
    server.commit("One").await;
    let most = GitLimits::default().updates;
    let refs: Vec<_> = (0..=most).map(|n| format!("main:refs/heads/branch-{n}")).collect();
    let (pushed, text) = server.push(&refs.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert!(!pushed && text.contains("at most 1000 refs at once"), "{text}");
    assert!(server.seen.lock().unwrap().is_empty());
    assert!(server.repositories.is_empty(1).unwrap());
    let (pushed, text) = server.push(&["main"]).await;
    assert!(pushed, "{text}");
}
