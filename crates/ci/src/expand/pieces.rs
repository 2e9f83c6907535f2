//! Splits a text into what stays and the names of variables.

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Stays as it is.
    Text(&'t str),
    /// The name of a variable, to be replaced by its value.
    Name(&'t str),
}

/// The parts of a text in order.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, after) = next(rest)?;
        rest = after;
        Some(piece)
    })
}

fn next(rest: &str) -> Option<(Piece<'_>, &str)> {
    let Some(after) = rest.strip_prefix('$') else {
        let (text, after) = rest.split_at(rest.find('$').unwrap_or(rest.len()));
        return (!text.is_empty()).then_some((Piece::Text(text), after));
    };
    if let Some(after) = after.strip_prefix('$') {
        return Some((Piece::Text("$"), after));
    }
    if let Some((name, after)) = after.strip_prefix('{').map(split_name)
        && let Some(after) = after.strip_prefix('}')
        && !name.is_empty()
    {
        return Some((Piece::Name(name), after));
    }
    match split_name(after) {
        ("", _) => Some((Piece::Text("$"), after)),
        (name, after) => Some((Piece::Name(name), after)),
    }
}

/// The longest name at the beginning of a text: letters, digits and `_`, not beginning with a digit.
fn split_name(text: &str) -> (&str, &str) {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return ("", text);
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    text.split_at(end)
}
