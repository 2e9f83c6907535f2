//! Lists in pages.

use super::view::address;

/// How many rows a page shows.
pub(crate) const SIZE: i64 = 20;
/// The most pages that are asked for.
const MOST: i64 = 1_000_000;

/// Where a page of a list is among the others. Templates find it as `pager`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pager {
    /// The number of the page, from 1.
    pub(crate) number: i64,
    /// The number of the last page.
    pub(crate) last: i64,
    /// The page before.
    pub(crate) previous: Option<String>,
    /// The page behind.
    pub(crate) next: Option<String>,
}

impl Pager {
    /// That of page `number` of `total` rows, at a path with some parameters.
    pub(crate) fn new(number: i64, total: i64, path: &str, filter: &[(&str, &str)]) -> Pager {
        let last = total.max(1).saturating_add(SIZE - 1) / SIZE;
        let at = |number: i64| {
            let number = number.to_string();
            let shown = Some(("page", number.as_str())).filter(|_| number != "1");
            address(path, &filter.iter().copied().chain(shown).collect::<Vec<_>>())
        };
        Pager {
            number,
            last,
            previous: (number > 1).then(|| at((number - 1).min(last))),
            next: (number < last).then(|| at(number + 1)),
        }
    }
}

/// The number of the page that is asked for; the first for what is no number of a page.
pub(crate) fn number(asked: &str) -> i64 {
    asked.trim().parse().unwrap_or(1).clamp(1, MOST)
}

/// How many rows lie before a page.
pub(crate) fn offset(number: i64) -> i64 {
    (number - 1) * SIZE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_those_beside_it() {
        let pager = Pager::new(2, 41, "/x", &[("search", "a b"), ("state", "")]);
        assert_eq!(
            (pager.previous.as_deref(), pager.next.as_deref(), pager.last),
            (Some("/x?search=a%20b"), Some("/x?search=a%20b&page=3"), 3)
        );
        let only = Pager::new(1, 0, "/x", &[]);
        assert_eq!((only.previous, only.next, only.last), (None, None, 1));
        let beyond = Pager::new(9, 5, "/x", &[]);
        assert_eq!((beyond.previous.as_deref(), beyond.next), (Some("/x"), None));
    }

    #[test]
    fn what_is_no_page_is_the_first() {
        for (asked, expected) in [("", 1), ("x", 1), ("-3", 1), ("0", 1), (" 4 ", 4), ("99999999999", MOST)] {
            assert_eq!(number(asked), expected, "{asked}");
        }
        assert_eq!((offset(1), offset(3)), (0, 2 * SIZE));
    }
}
