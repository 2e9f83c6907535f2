//! Marks: short texts that change when what they were made of does. A page that carries one can be told whether it is
//! out of date.

use countersign_domain::token;
use std::fmt::Debug;

/// How many characters a mark has: enough to tell two states of one thing apart.
const LENGTH: usize = 16;

/// The mark of what `of` prints for debugging: it must print all that matters, and nothing else.
pub(crate) fn of(of: &impl Debug) -> String {
    token::hex(&token::hash(&format!("{of:?}"))).chars().take(LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn equal_things_have_equal_marks() {
        assert_eq!(of(&("a", 1)), of(&("a", 1)));
        assert_ne!(of(&("a", 1)), of(&("a", 2)));
        assert_eq!(of(&()).len(), super::LENGTH);
    }
}
