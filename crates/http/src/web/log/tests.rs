//! Logs as hostile as they come: what is painted is the rows we mean and nothing else, however it arrives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::read::{Around, MOST_LINES, Piece, follow, search, window};
use super::row::State;
use super::split::{LONGEST, lines};
use proptest::prelude::*;
use regex::Regex;
use std::io::Write;
use tempfile::NamedTempFile;

/// What a row looks like, all of it.
const ROW: &str = "^<div class=\"l( sec)?( d[1-4])?( part)?\" id=\"L[0-9]+\"><a href=\"#L[0-9]+\" tabindex=\"-1\">[0-9]+\
                   </a><span>(<span class=\"[a-z0-9 ]+\">[^<>\"'\\n]+</span>|[^<>\"'\\n])*</span></div>$";

/// Bits of which logs are made that try to break out.
fn log() -> impl Strategy<Value = Vec<u8>> {
    let bits = prop_oneof![
        Just("<script>alert('1')</script>".to_owned()),
        Just("\"><img src=x onerror=alert(1)>&amp;".to_owned()),
        Just("\u{1b}[31;1m".to_owned()),
        Just("\u{1b}[38;2;9;8;7m".to_owned()),
        Just("\u{1b}[0".to_owned()),
        Just("\u{1b}]8;;javascript:alert(1)\u{7}".to_owned()),
        Just("\u{1b}P".to_owned()),
        Just("section_start:1:a\r\u{1b}[0K".to_owned()),
        Just("section_end:1:a\r\u{1b}[0K".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\r".to_owned()),
        Just("\u{8}".to_owned()),
        Just("ä€\u{1f600}\u{202e}".to_owned()),
        Just("x".repeat(1500)),
        "[ -~]{0,12}",
    ];
    let bytes = prop_oneof![9 => bits.prop_map(String::into_bytes), 1 => prop::collection::vec(any::<u8>(), 0..6)];
    prop::collection::vec(bytes, 0..40).prop_map(|all| all.concat())
}

fn file(of: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(of).unwrap();
    file.flush().unwrap();
    file
}

fn whole(of: &[u8]) -> (String, State) {
    let (mut rows, mut state) = (String::new(), State::default());
    lines(of, |_, line, next| {
        let mut after = state;
        after.paint(line, next.is_some(), &mut rows);
        if let Some(next) = next {
            state = State { offset: next, ..after };
        }
    })
    .unwrap();
    (rows, state)
}

proptest! {
    #[test]
    fn nothing_but_our_rows_is_painted(log in log()) {
        let row = Regex::new(ROW).unwrap();
        let (rows, _) = whole(&log);
        for line in rows.lines() {
            prop_assert!(row.is_match(line), "{line:?}");
            prop_assert!(!line.chars().any(|c| c.is_control() && c != '\t'), "{line:?}");
        }
        prop_assert!(search(file(&log).as_file(), "a").is_ok());
    }

    #[test]
    fn a_log_that_arrives_in_pieces_looks_like_one_that_is_there(log in log(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(log.len() + 1)).chain([log.len()]).collect();
        cuts.sort_unstable();
        let (mut state, mut rows, mut rest, mut from) = (State::default(), String::new(), String::new(), 0);
        let mut growing = NamedTempFile::new().unwrap();
        for cut in cuts {
            growing.write_all(&log[from..cut]).unwrap();
            from = cut;
            let Piece { rows: came, rest: begun, state: next, more } =
                follow(&growing.reopen().unwrap(), state).unwrap().expect("it only grows");
            prop_assert!(!more);
            // What a page or a stream carries is enough to go on.
            state = next.to_string().parse().expect("a cursor");
            rows.push_str(&came);
            rest = begun;
        }
        let (expected, end) = whole(&log);
        prop_assert_eq!(rows + &rest, expected.clone());
        prop_assert_eq!(state, end);
        let shown = window(&file(&log).reopen().unwrap(), Around::End).unwrap();
        prop_assert_eq!(shown.rows, expected);
        prop_assert_eq!(shown.end, Some(end));
    }

    #[test]
    fn no_cursor_makes_trouble(text in "[0-9a-z.]{0,24}") {
        if let Ok(state) = text.parse::<State>() {
            prop_assert_eq!(state.to_string().parse(), Ok(state));
            prop_assert!(follow(file(b"log\n").as_file(), state).is_ok());
        }
    }
}

#[test]
fn of_a_long_log_the_last_part_is_shown_or_the_one_that_is_wanted() {
    let log: String = (1..=3000).map(|n| format!("line {n}\n")).collect();
    let file = file(log.as_bytes());
    let shown = |around| window(&file.reopen().unwrap(), around).unwrap();
    let end = shown(Around::End);
    assert_eq!((end.first, end.last, end.total), (2601, 3000, 3000));
    assert!(end.rows.contains("line 3000<") && !end.rows.contains("line 2600<"));
    assert_eq!(end.end.unwrap().offset, log.len() as u64);
    let few = shown(Around::Last(3));
    assert_eq!((few.first, few.last, few.end), (2998, 3000, end.end));
    let middle = shown(Around::Line(1500));
    assert_eq!((middle.first, middle.last, middle.end), (1450, 1450 + MOST_LINES as u64 - 1, None));
    assert!(middle.rows.starts_with("<div class=\"l\" id=\"L1450\">") && middle.rows.contains(">line 1450<"));
    assert_eq!(shown(Around::Line(0)).first, 1);
    assert_eq!(shown(Around::Line(u64::MAX)).last, 3000);
}

#[test]
fn a_log_without_an_end_of_line_is_bounded_too() {
    let file = file(&vec![b'x'; 300 * LONGEST]);
    let shown = window(&file.reopen().unwrap(), Around::End).unwrap();
    assert!(shown.rows.len() < 40 * 1024, "{}", shown.rows.len());
    let piece = follow(&file.reopen().unwrap(), State::default()).unwrap().unwrap();
    assert!(piece.more && piece.state.offset > 0, "{piece:?}");
}

#[test]
fn an_empty_log_and_one_that_became_shorter_are_no_trouble() {
    let empty = window(&file(b"").reopen().unwrap(), Around::End).unwrap();
    assert_eq!((empty.rows.as_str(), empty.total, empty.end), ("", 0, Some(State::default())));
    let beyond: State = "9.2.0.0ffff".parse().unwrap();
    assert_eq!(follow(file(b"short").as_file(), beyond).unwrap(), None);
}

#[test]
fn a_text_is_found_in_small_letters_and_capitals_but_not_in_escapes() {
    let file = file(b"one\n\x1b[31mTWO\x1b[0m and two\nthree\n<two>");
    let (found, more) = search(&file.reopen().unwrap(), "Two").unwrap();
    assert_eq!((found.iter().map(|f| f.number).collect::<Vec<_>>(), more), (vec![2, 4], false));
    let pieces = |n: usize| found[n].pieces.iter().map(|(hit, text)| (*hit, text.as_str())).collect::<Vec<_>>();
    assert_eq!(pieces(0), [(true, "TWO"), (false, " and "), (true, "two")]);
    assert_eq!(pieces(1), [(false, "<"), (true, "two"), (false, ">")]);
    assert!(search(&file.reopen().unwrap(), "31m").unwrap().0.is_empty());
    assert!(search(&file.reopen().unwrap(), "").unwrap().0.is_empty());
}
