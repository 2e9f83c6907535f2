//! Cuts a log into lines. One that is longer than anybody reads is cut into several, so that no line is too long to hold.

use std::io::{self, BufRead};

/// The longest line, in bytes, without its end.
pub(super) const LONGEST: usize = 4096;

/// The first line of `bytes`: how many bytes it shows, and how many it takes with its end. `None` if it has not ended
/// yet. Cuts are made between characters, where the bytes are characters.
pub(super) fn first(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = bytes.get(..=LONGEST).unwrap_or(bytes);
    match head.iter().position(|byte| *byte == b'\n') {
        Some(end) => Some((end, end + 1)),
        None if bytes.len() > LONGEST => {
            let starts = |at: &usize| bytes.get(*at).is_some_and(|byte| byte & 0xc0 != 0x80);
            let cut = (LONGEST - 3..=LONGEST).rev().find(starts).unwrap_or(LONGEST);
            Some((cut, cut))
        }
        None => None,
    }
}

/// Calls `each` with where each line begins, its bytes without its end, and where the next one begins; the last may not
/// have ended. How long the log is, counted from where it was read.
pub(super) fn lines(mut from: impl BufRead, mut each: impl FnMut(u64, &[u8], Option<u64>)) -> io::Result<u64> {
    let (mut offset, mut held) = (0_u64, Vec::new());
    loop {
        let came = from.fill_buf()?;
        let count = came.len();
        held.extend_from_slice(came);
        from.consume(count);
        let mut done = 0;
        while let Some((shown, taken)) = held.get(done..).and_then(first) {
            let next = offset.saturating_add(taken as u64);
            each(offset, held.get(done..done + shown).unwrap_or_default(), Some(next));
            offset = next;
            done += taken;
        }
        held.drain(..done);
        if count == 0 {
            if !held.is_empty() {
                each(offset, &held, None);
            }
            return Ok(offset.saturating_add(held.len() as u64));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_end_where_they_end_or_are_too_long() {
        assert_eq!(first(b"one\ntwo"), Some((3, 4)));
        assert_eq!(first(b"\n"), Some((0, 1)));
        assert_eq!(first(b"one"), None);
        let full = vec![b'x'; LONGEST];
        assert_eq!(first(&full), None);
        assert_eq!(first(&[&full[..], b"\n"].concat()), Some((LONGEST, LONGEST + 1)));
        assert_eq!(first(&[&full[..], b"x"].concat()), Some((LONGEST, LONGEST)));
        let wide = [&full[..LONGEST - 1], "ä".as_bytes()].concat();
        assert_eq!(first(&wide), Some((LONGEST - 1, LONGEST - 1)));
        assert_eq!(first(&vec![0x80; LONGEST + 9]), Some((LONGEST, LONGEST)));
    }

    #[test]
    fn all_lines_are_told_with_where_they_begin() {
        let mut seen = Vec::new();
        let end = lines(&b"a\n\nbc"[..], |at, line, next| seen.push((at, line.to_vec(), next))).unwrap();
        assert_eq!(end, 5);
        assert_eq!(seen, [(0, b"a".to_vec(), Some(2)), (2, Vec::new(), Some(3)), (3, b"bc".to_vec(), None)]);
    }
}
