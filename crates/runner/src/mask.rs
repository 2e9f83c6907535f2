//! Hides secrets in a stream of bytes, wherever the stream is cut into chunks.
//!
//! Two kinds are hidden: known values, and anything that begins like a token of the server. A position is decided only
//! when no value could still begin there, so at most the longest value's length is held back between chunks.

/// What stands in the log for a secret.
const MASK: &[u8] = b"[MASKED]";

/// The beginnings of every token the server issues.
const TOKEN_PREFIXES: [&str; 3] = ["glpat-", "glrt-", "glcbt-"];

/// The shortest line of a many-line secret that is hidden on its own; shorter ones would hide ordinary words.
const SHORTEST_LINE: usize = 8;

/// A filter that replaces secrets by `[MASKED]`.
pub(crate) struct Masker {
    /// Known values by their first byte, longest first.
    values: Vec<Vec<Vec<u8>>>,
    prefixes: Vec<Vec<u8>>,
    longest: usize,
    /// Bytes not yet decided.
    held: Vec<u8>,
    /// How many bytes at the front of `held` belong to a secret already replaced.
    covered: usize,
    /// Whether the last byte decided belongs to a token.
    in_token: bool,
}

impl Masker {
    /// A masker for `values` and for tokens with a known prefix or one of `prefixes`.
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a str>, prefixes: &[String]) -> Self {
        let mut prefixes: Vec<Vec<u8>> =
            TOKEN_PREFIXES.into_iter().chain(prefixes.iter().map(String::as_str)).map(Vec::from).collect();
        prefixes.retain(|prefix| !prefix.is_empty());
        let mut masker = Self {
            values: vec![Vec::new(); 256],
            longest: prefixes.iter().map(|prefix| prefix.len() + 1).max().unwrap_or(0),
            prefixes,
            held: Vec::new(),
            covered: 0,
            in_token: false,
        };
        values.into_iter().for_each(|value| masker.add(value));
        masker
    }

    /// Hides `value` too from here on; of a value with many lines also every line.
    pub(crate) fn add(&mut self, value: &str) {
        self.insert(value.trim_end_matches(['\r', '\n']));
        for line in value.lines().filter(|line| line.len() >= SHORTEST_LINE) {
            self.insert(line);
        }
    }

    fn insert(&mut self, value: &str) {
        let Some(first) = value.bytes().next() else { return };
        let known = &mut self.values[usize::from(first)];
        if !known.iter().any(|other| other == value.as_bytes()) {
            known.push(value.as_bytes().to_vec());
            known.sort_by_key(|value| std::cmp::Reverse(value.len()));
            self.longest = self.longest.max(value.len());
        }
    }

    /// Takes the next bytes and appends to `out` what is decided.
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.held.extend_from_slice(bytes);
        let first = self.held.len().saturating_sub(self.longest);
        let decided = (first..self.held.len()).find(|&at| self.undecided(at)).unwrap_or(self.held.len());
        self.emit(decided, out);
    }

    /// Appends to `out` what was held back: no more bytes will follow soon.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        self.emit(self.held.len(), out);
    }

    /// Whether a secret could begin at `at` and reach beyond what was seen.
    fn undecided(&self, at: usize) -> bool {
        let seen = &self.held[at..];
        let Some(&first) = seen.first() else { return false };
        self.values[usize::from(first)].iter().any(|value| value.len() > seen.len() && value.starts_with(seen))
            || self.prefixes.iter().any(|prefix| prefix.starts_with(seen))
    }

    /// Writes out the first `decided` bytes.
    fn emit(&mut self, decided: usize, out: &mut Vec<u8>) {
        for at in 0..decided {
            let inside = at < self.covered || (self.in_token && is_token_byte(self.held[at]));
            self.in_token &= is_token_byte(self.held[at]);
            let value = self.value_at(at);
            let prefix = self.prefix_at(at);
            self.covered = self.covered.max(at + value.max(prefix));
            self.in_token |= prefix > 0;
            if value.max(prefix) > 0 && !inside {
                out.extend_from_slice(MASK);
            } else if !inside {
                out.push(self.held[at]);
            }
        }
        self.held.drain(..decided);
        self.covered = self.covered.saturating_sub(decided);
    }

    /// The length of the longest known value at `at`, 0 for none.
    fn value_at(&self, at: usize) -> usize {
        let seen = &self.held[at..];
        let known = &self.values[usize::from(seen[0])];
        known.iter().find(|value| seen.starts_with(value)).map_or(0, Vec::len)
    }

    /// The length of a token prefix at `at` that a token follows, 0 for none.
    fn prefix_at(&self, at: usize) -> usize {
        let seen = &self.held[at..];
        let follows = |prefix: &&Vec<u8>| seen.get(prefix.len()).is_some_and(|next| is_token_byte(*next));
        self.prefixes.iter().filter(|prefix| seen.starts_with(prefix)).find(follows).map_or(0, Vec::len)
    }
}

/// Whether a byte may be part of a token.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'=')
}

#[cfg(test)]
mod tests {
    use super::Masker;

    /// Masks `text` cut into chunks of `size` bytes.
    fn masked(values: &[&str], text: &str, size: usize) -> String {
        let mut masker = Masker::new(values.iter().copied(), &["own-".to_owned()]);
        let mut out = Vec::new();
        text.as_bytes().chunks(size).for_each(|chunk| masker.push(chunk, &mut out));
        masker.finish(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    fn check(values: &[&str], text: &str, expected: &str) {
        for size in 1..=text.len() {
            assert_eq!(masked(values, text, size), expected, "in chunks of {size}");
        }
    }

    #[test]
    fn a_value_is_hidden_across_every_chunk_border() {
        check(&["s3cr3t-value"], "a s3cr3t-value b s3cr3t-valu\n", "a [MASKED] b s3cr3t-valu\n");
        check(&["tötö"], "x tötö y", "x [MASKED] y");
    }

    #[test]
    fn of_two_values_the_longer_is_hidden() {
        check(&["abcd", "abcdefgh"], "abcdefg abcdefgh", "[MASKED]efg [MASKED]");
    }

    #[test]
    fn overlapping_values_leave_nothing() {
        check(&["abcd", "cdef"], "xabcdefx", "x[MASKED]x");
        check(&["aaaa"], "aaaaaaa b", "[MASKED] b");
    }

    #[test]
    fn tokens_are_hidden_by_their_prefix() {
        check(&[], "use glpat-abc_DEF-123.01.xyz, now", "use [MASKED], now");
        check(&[], "own-1 and glrt-t1_x; glcbt-9\n", "[MASKED] and [MASKED]; [MASKED]\n");
        check(&[], "tokens start with glpat- .", "tokens start with glpat- .");
    }

    #[test]
    fn a_value_inside_a_token_and_after_it_is_hidden() {
        check(&["middle"], "glpat-xmiddley middle", "[MASKED] [MASKED]");
        check(&["glpat-abc!rest"], "glpat-abc!rest.", "[MASKED].");
    }

    #[test]
    fn every_long_line_of_a_value_is_hidden() {
        check(&["-----BEGIN\nabcdefghijk\nxy\n"], "> abcdefghijk\nxy", "> [MASKED]\nxy");
        check(&["first line\nsecond line\n"], "first line\nsecond line\n", "[MASKED]\n");
    }

    #[test]
    fn what_cannot_be_a_secret_is_not_held_back() {
        let mut masker = Masker::new(["secret-value"], &[]);
        let mut out = Vec::new();
        masker.push(b"plain text", &mut out);
        assert_eq!(out, b"plain text");
    }
}
