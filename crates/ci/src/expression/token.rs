//! Splits an expression into words.

use super::Problem;
use crate::pattern;
use crate::place::shown;

/// Most words of one expression.
const MAX_TOKENS: usize = 500;

/// A word with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'t> {
    /// At which character it begins, from 0.
    pub(super) at: usize,
    /// The word.
    pub(super) word: Word<'t>,
}

/// The words there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word<'t> {
    /// `$NAME`; the name.
    Variable(&'t str),
    /// `"text"` or `'text'`; what is between the quotes.
    Text(&'t str),
    /// `/pattern/flags`, all of it.
    Pattern(&'t str),
    /// `null`.
    Null,
    /// An operator or parenthesis.
    Sign(&'static str),
}

/// The signs, longer ones before those they begin with.
const SIGNS: [&str; 8] = ["==", "!=", "=~", "!~", "&&", "||", "(", ")"];

/// The words of an expression.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Problem> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut at = 0;
    loop {
        let trimmed = rest.trim_start();
        at += chars(rest, rest.len() - trimmed.len());
        if trimmed.is_empty() {
            return Ok(tokens);
        }
        if tokens.len() >= MAX_TOKENS {
            return Err(Problem { at, message: format!("the expression has more than {MAX_TOKENS} words") });
        }
        let (word, len) = next(trimmed).map_err(|message| Problem { at, message })?;
        tokens.push(Token { at, word });
        at += chars(trimmed, len);
        rest = trimmed.get(len..).unwrap_or_default();
    }
}

fn chars(text: &str, bytes: usize) -> usize {
    text.get(..bytes).map_or(0, |part| part.chars().count())
}

/// The first word of a text and how many bytes it takes.
fn next(text: &str) -> Result<(Word<'_>, usize), String> {
    if let Some(sign) = SIGNS.into_iter().find(|sign| text.starts_with(sign)) {
        return Ok((Word::Sign(sign), sign.len()));
    }
    match text.chars().next() {
        Some('$') => variable(text),
        Some(quote @ ('"' | '\'')) => quoted(text, quote),
        Some('/') => match pattern::scan(text) {
            Some(found) => Ok((Word::Pattern(found.text), found.len)),
            None => Err("the pattern that begins here has no closing `/`".to_owned()),
        },
        _ => other(text),
    }
}

fn variable(text: &str) -> Result<(Word<'_>, usize), String> {
    let name = text.get(1..).unwrap_or_default();
    if name.starts_with('{') {
        return Err("write the variable without braces, such as `$NAME`".to_owned());
    }
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    match name.get(..end) {
        Some(name) if !name.is_empty() => Ok((Word::Variable(name), end + 1)),
        _ => Err("`$` must be followed by the name of a variable".to_owned()),
    }
}

fn quoted(text: &str, quote: char) -> Result<(Word<'_>, usize), String> {
    let inner = text.get(1..).unwrap_or_default();
    match inner.find(quote) {
        Some(end) => Ok((Word::Text(inner.get(..end).unwrap_or_default()), end + 2)),
        None => Err(format!("the text that begins here has no closing `{quote}`")),
    }
}

fn other(text: &str) -> Result<(Word<'_>, usize), String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    match word {
        "null" => Ok((Word::Null, end)),
        "" => {
            let sign: String = text.chars().take(1).collect();
            let hint = match sign.as_str() {
                "=" => "; to compare, write `==` or `=~`",
                "!" => "; only `!=` and `!~` begin with it",
                "&" => "; write `&&`",
                "|" => "; write `||`",
                _ => "",
            };
            Err(format!("`{}` has no meaning here{hint}", shown(&sign)))
        }
        word => {
            Err(format!("`{0}` has no meaning here; write `\"{0}\"` for a text, `${0}` for a variable", shown(word)))
        }
    }
}
