//! Pieces that repeat, floods, and logs that were packed.
#![allow(clippy::unwrap_used)]
use super::*;

const PROJECT: ProjectId = ProjectId(3);
const JOB: JobId = JobId(7);

fn traces() -> (tempfile::TempDir, Traces) {
    let dir = tempfile::tempdir().unwrap();
    let traces = Traces::of(&Config::new(dir.path().into(), String::new()));
    (dir, traces)
}

#[test]
fn pieces_follow_each_other_and_repeated_ones_are_not_stored_twice() {
    let (_dir, traces) = traces();
    assert_eq!(traces.read(PROJECT, JOB, 0).unwrap(), b"");
    assert_eq!(traces.append(PROJECT, JOB, 0, b"one").unwrap(), Appended::Stored(3));
    assert_eq!(traces.append(PROJECT, JOB, 0, b"one").unwrap(), Appended::Elsewhere(3));
    assert_eq!(traces.append(PROJECT, JOB, 9, b"gap").unwrap(), Appended::Elsewhere(3));
    assert_eq!(traces.append(PROJECT, JOB, 3, b"two").unwrap(), Appended::Stored(6));
    assert_eq!(traces.read(PROJECT, JOB, 3).unwrap(), b"two");
    traces.remove(PROJECT, JOB).unwrap();
    assert_eq!(traces.append(PROJECT, JOB, 0, b"new").unwrap(), Appended::Stored(3));
}

#[test]
fn a_flood_is_cut_off_but_counted_so_that_the_runner_can_go_on() {
    let (_dir, traces) = traces();
    let piece = vec![b'x'; 5 * 1024 * 1024];
    let length = u64::try_from(piece.len()).unwrap();
    for n in 0..5 {
        assert_eq!(traces.append(PROJECT, JOB, n * length, &piece).unwrap(), Appended::Stored((n + 1) * length));
    }
    let kept = traces.read(PROJECT, JOB, 0).unwrap();
    assert_eq!(u64::try_from(kept.len()).unwrap(), LONGEST + u64::try_from(NOTICE.len()).unwrap());
    assert!(kept.ends_with(NOTICE));
}

#[test]
fn a_packed_log_reads_as_before_from_any_byte_and_can_be_removed() {
    let (dir, traces) = traces();
    let text = "a line of a log\n".repeat(1000);
    traces.append(PROJECT, JOB, 0, text.as_bytes()).unwrap();
    traces.pack(PROJECT, JOB).unwrap();
    let names = fs::read_dir(dir.path().join("traces/3")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["7.log.gz"]);
    assert!(traces.has(PROJECT, JOB));
    assert_eq!(traces.read(PROJECT, JOB, 0).unwrap(), text.as_bytes());
    assert_eq!(traces.read(PROJECT, JOB, 15_990).unwrap(), &text.as_bytes()[15_990..]);
    traces.pack(PROJECT, JOB).unwrap();
    assert_eq!(traces.read(PROJECT, JOB, 0).unwrap(), text.as_bytes(), "packing again changes nothing");
    traces.remove(PROJECT, JOB).unwrap();
    assert!(!traces.has(PROJECT, JOB));
    assert!(traces.open(PROJECT, JOB).unwrap().is_none());
    traces.pack(PROJECT, JOB).unwrap();
    assert!(!traces.has(PROJECT, JOB), "nothing comes of nothing");
}

#[test]
fn of_a_log_that_was_never_sent_again_the_first_attempt_is_packed() {
    let (_dir, traces) = traces();
    traces.append(PROJECT, JOB, 0, b"nearly all of it").unwrap();
    assert!(traces.begin_anew(PROJECT, JOB).unwrap());
    traces.append(PROJECT, JOB, 0, b"near").unwrap();
    traces.pack(PROJECT, JOB).unwrap();
    assert_eq!(traces.read(PROJECT, JOB, 0).unwrap(), b"nearly all of it");
}

#[test]
fn a_log_half_packed_when_the_server_ended_is_still_whole() {
    let (dir, traces) = traces();
    traces.append(PROJECT, JOB, 0, b"whole").unwrap();
    fs::write(dir.path().join("traces/3/7.log.gz"), b"\x1f\x8b half").unwrap();
    assert_eq!(traces.read(PROJECT, JOB, 0).unwrap(), b"whole");
    traces.pack(PROJECT, JOB).unwrap();
    assert_eq!(traces.read(PROJECT, JOB, 0).unwrap(), b"whole");
}

#[test]
fn a_packed_log_that_is_damaged_is_an_error_and_not_a_shorter_log() {
    let (dir, traces) = traces();
    traces.append(PROJECT, JOB, 0, b"whole").unwrap();
    traces.pack(PROJECT, JOB).unwrap();
    let path = dir.path().join("traces/3/7.log.gz");
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 6);
    fs::write(&path, bytes).unwrap();
    assert!(traces.read(PROJECT, JOB, 0).is_err());
}
