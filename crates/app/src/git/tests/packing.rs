//! Packs are put together; whoever reads meanwhile reads on, and nothing is lost.

use super::*;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

/// A process that reads objects one by one, and tells their kinds.
struct Reader(Child, BufReader<ChildStdout>);

impl Reader {
    fn new(of: &Repositories) -> Reader {
        let mut command = of.command(1).unwrap();
        command.args(["cat-file", "--batch-check=%(objecttype)"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Reader(child, answers)
    }

    fn kind(&mut self, object: &str) -> String {
        writeln!(self.0.stdin.as_ref().unwrap(), "{object}").unwrap();
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Fixture {
    fn packs(&self) -> usize {
        let files = std::fs::read_dir(self.repositories.path(1).join("objects/pack")).unwrap().flatten();
        files.filter(|file| file.path().extension().is_some_and(|end| end == "pack")).count()
    }

    /// As many packs of one object each, which no ref leads to; the objects.
    fn small_packs(&self, count: usize) -> Vec<String> {
        let of = &self.repositories;
        let objects = (0..count).map(|n| {
            let sha = text(of.ask_with(1, "hash-object", &["-w", "--stdin"], format!("{n}").as_bytes()).unwrap());
            let base = of.path(1).join("objects/pack/pack").display().to_string();
            of.ask_with(1, "pack-objects", &["-q", &base], format!("{sha}\n").as_bytes()).unwrap();
            sha
        });
        let objects = objects.collect();
        of.ask(1, "prune-packed", &["-q"]).unwrap();
        objects
    }

    fn pack(&self, time: Duration) -> Result<(), GitError> {
        self.repositories.pack(1, time, &|| false)
    }
}

fn text(output: Vec<u8>) -> String {
    String::from_utf8(output).unwrap().trim().to_owned()
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn packs_are_put_together_and_nothing_is_lost() {
    let fixture = Fixture::new();
    let of = &fixture.repositories;
    fixture.write("a", "one");
    let first = fixture.commit("One");
    assert!(fixture.push("p", false, &["main"]).0);
    fixture.git(&["checkout", "-q", "-b", "side"]);
    fixture.write("a", "two");
    let hidden = fixture.commit("Two");
    assert!(fixture.push("q", false, &["side"]).0);
    of.keep(1, 7, &hidden).unwrap();
    assert!(fixture.push("r", false, &[":side"]).0);
    assert!(!of.wants_packing(1), "little lies about");

    let unreachable = fixture.small_packs(51);
    assert!(of.wants_packing(1));
    let mut reader = Reader::new(of);
    assert_eq!(reader.kind(&unreachable[0]), "blob");
    let before = fixture.packs();
    fixture.pack(MINUTE).unwrap();
    assert!(before > 50 && fixture.packs() < 4, "{before} {}", fixture.packs());
    assert!(!of.wants_packing(1));
    for object in &unreachable {
        assert_eq!(reader.kind(object), "blob");
    }
    assert_eq!((reader.kind(&first), reader.kind(&hidden)), ("commit".into(), "commit".into()));

    // What was packed is loose no more; the hidden ref still leads to its commit, and jobs fetch that.
    let (loose, root) = (text(of.ask(1, "count-objects", &[]).unwrap()), of.path(1).display().to_string());
    assert!(loose.starts_with("0 objects"), "{loose}");
    assert!(of.keeps(1, 7) && fixture.fetch(true, &["refs/pipelines/7"]).0);
    of.ask(1, "fsck", &["--full", "--strict"]).unwrap();
    fixture.git(&["clone", "-q", "--no-local", &root, "clone"]);
    // Again there is nothing to do, which is no failure.
    fixture.pack(MINUTE).unwrap();
}

#[test]
fn packing_that_is_stopped_leaves_everything_as_it_was() {
    let fixture = Fixture::new();
    let objects = fixture.small_packs(52);
    let packs = fixture.repositories.path(1).join("objects/pack");
    std::fs::write(packs.join(".tmp-1-pack-x.pack"), "half").unwrap();
    assert!(matches!(fixture.pack(Duration::ZERO), Err(GitError::Timeout { .. })));
    let names: Vec<_> = std::fs::read_dir(&packs).unwrap().map(|file| file.unwrap().file_name()).collect();
    let left = |name: &&std::ffi::OsString| !name.to_string_lossy().starts_with("pack-");
    assert_eq!(names.iter().find(left), None);
    let given_up = fixture.repositories.pack(1, MINUTE, &|| true);
    assert!(matches!(given_up, Ok(()) | Err(GitError::GivenUp(_))), "{given_up:?}");
    let mut reader = Reader::new(&fixture.repositories);
    assert!(objects.iter().all(|object| reader.kind(object) == "blob"));
    assert!(matches!(fixture.repositories.pack(2, MINUTE, &|| false), Err(GitError::NoRepository(2))));
}

#[test]
fn what_lies_about_is_counted_but_for_packs_that_are_to_stay() {
    let fixture = Fixture::new();
    let objects = fixture.repositories.path(1).join("objects");
    std::fs::create_dir_all(objects.join("17")).unwrap();
    let wants = || fixture.repositories.wants_packing(1);
    for n in 0..26 {
        std::fs::write(objects.join(format!("17/{n}")), "").unwrap();
    }
    assert!(!wants());
    std::fs::write(objects.join("17/26"), "").unwrap();
    assert!(wants());
    std::fs::remove_file(objects.join("17/26")).unwrap();
    for n in 0..60 {
        std::fs::write(objects.join(format!("pack/pack-{n}.pack")), "").unwrap();
        std::fs::write(objects.join(format!("pack/pack-{n}.keep")), "").unwrap();
    }
    assert!(!wants());
    assert_eq!(fixture.repositories.projects(), [1]);
}
