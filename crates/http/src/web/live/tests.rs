//! What a stream says of itself.
#![allow(clippy::unwrap_used)]

use super::stream::Told;
use super::{Link, Painted};

#[test]
fn what_was_told_is_read_as_it_was_written() {
    let painted: Painted = "120.7.0.0ffff".parse().unwrap();
    for told in [Told::new("0123abcd", Some(painted)), Told::new("0123abcd", None), Told::default()] {
        assert_eq!(told.to_string().parse(), Ok(told));
    }
    for strange in ["", "x", "~", "zz~1.2", "0123abcd~1.x.0.0ffff", &format!("{}~", "a".repeat(99))] {
        let read: Told = strange.parse().unwrap();
        assert!(read == Told::default() || read == Told::new("0123abcd", None), "{strange}: {read:?}");
    }
}

#[test]
fn a_page_knows_its_stream() {
    let link = Link::new("/acme/shop/-/jobs/5", &[], "ab", None);
    assert_eq!((link.href.as_str(), link.since.as_str()), ("/acme/shop/-/jobs/5/live", "ab~"));
    let link = Link::new("/", &[("search", "a b"), ("all", "")], "ab", None);
    assert_eq!(link.href, "/-/live?search=a%20b");
}
