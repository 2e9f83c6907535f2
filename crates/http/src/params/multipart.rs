//! Multipart bodies: their fields are those of a form. Files are taken in within the limit of the body, and dropped:
//! nothing here keeps one (a project has no picture).

use super::form;
use super::given::Given;
use crate::reply::ApiError;

/// Most bytes of the headers of one part.
const MAX_HEADERS: usize = 8 * 1024;
/// Longest boundary that the standard allows.
const MAX_BOUNDARY: usize = 70;

/// Reads a multipart body; its names replace those already given. `kind` is its whole Content-Type.
pub(super) fn read(kind: &str, body: &[u8], given: &mut Given) -> Result<(), ApiError> {
    let boundary = parameters(kind).find(|(name, _)| name == "boundary").map(|(_, value)| value);
    let boundary = boundary.filter(|b| (1..=MAX_BOUNDARY).contains(&b.len()));
    let boundary = boundary.ok_or_else(|| broken("its Content-Type names no boundary"))?;
    form::collect(Parts { rest: body, delimiter: format!("\r\n--{boundary}"), started: false }, given)
}

fn broken(why: &str) -> ApiError {
    ApiError::bad_request(format_args!("the multipart body cannot be read: {why}"))
}

/// The headers and the content of a part.
type Part<'b> = (&'b [u8], &'b [u8]);

/// The fields of a body, one by one; nothing comes after an error.
struct Parts<'b> {
    rest: &'b [u8],
    /// What stands between two parts.
    delimiter: String,
    started: bool,
}

impl Iterator for Parts<'_> {
    type Item = Result<(String, String), ApiError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.part() {
                Ok(None) => return None,
                Ok(Some((headers, content))) => match field(headers, content) {
                    Ok(None) => {}
                    Ok(Some(pair)) => return Some(Ok(pair)),
                    Err(why) => return Some(Err(why)),
                },
                Err(why) => return Some(Err(why)),
            }
        }
    }
}

impl<'b> Parts<'b> {
    /// The next part; nothing after the last.
    fn part(&mut self) -> Result<Option<Part<'b>>, ApiError> {
        if !self.started {
            self.start()?;
        }
        if self.rest.starts_with(b"--") {
            return Ok(None);
        }
        let line = find(self.rest, b"\r\n").filter(|end| self.rest[..*end].trim_ascii().is_empty());
        // The line break stays: a part without headers begins with two.
        let headers = self.rest.get(line.ok_or_else(|| broken("a boundary does not end its line"))?..);
        let headers = headers.unwrap_or_default();
        let size = find(headers, b"\r\n\r\n").filter(|size| *size <= MAX_HEADERS);
        let size = size.ok_or_else(|| broken("the headers of a part do not end"))?;
        let (headers, content) = headers.split_at(size);
        let content = content.get(2..).unwrap_or_default();
        let end = find(content, self.delimiter.as_bytes()).ok_or_else(|| broken("it breaks off before its end"))?;
        self.rest = content.get(end + self.delimiter.len()..).unwrap_or_default();
        Ok(Some((headers, content.get(2..end).unwrap_or_default())))
    }

    /// Skips to behind the first boundary, which may stand at the very beginning.
    fn start(&mut self) -> Result<(), ApiError> {
        let first = self.delimiter.trim_start();
        self.rest = if self.rest.starts_with(first.as_bytes()) {
            self.rest.get(first.len()..).unwrap_or_default()
        } else {
            let at = find(self.rest, self.delimiter.as_bytes()).ok_or_else(|| broken("its boundary is not in it"))?;
            self.rest.get(at + self.delimiter.len()..).unwrap_or_default()
        };
        self.started = true;
        Ok(())
    }
}

/// The name and the text of a part; nothing for a file and for a part without a name.
fn field(headers: &[u8], content: &[u8]) -> Result<Option<(String, String)>, ApiError> {
    let not_text = |_| ApiError::bad_request("a parameter is not valid UTF-8");
    let headers = std::str::from_utf8(headers).map_err(not_text)?;
    let disposition = headers.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    let mut named = None;
    for (name, value) in parameters(disposition.unwrap_or_default()) {
        match name.as_str() {
            "filename" | "filename*" => return Ok(None),
            "name" => named = Some(value),
            _ => {}
        }
    }
    let Some(name) = named.filter(|name| !name.is_empty()) else { return Ok(None) };
    Ok(Some((name, std::str::from_utf8(content).map_err(not_text)?.to_owned())))
}

/// The parameters of a header's value, `kind; a=1; b="2"`, with their names in lower case.
fn parameters(value: &str) -> impl Iterator<Item = (String, String)> {
    let mut rest = value.split_once(';').map_or("", |(_, rest)| rest);
    std::iter::from_fn(move || {
        let (name, after) = rest.split_once('=')?;
        let name = name.rsplit(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let after = after.trim_start();
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                after.split_once(';').map_or((after.trim_end().to_owned(), ""), |(v, l)| (v.trim_end().to_owned(), l))
            }
        };
        rest = left;
        Some((name, value))
    })
}

/// The text up to the closing quote, and what follows it. Browsers write `%22` for a quote, others `\"`.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value.replace("%22", "\""), text.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => value.push(c),
        }
    }
    (value, "")
}

/// Where `needle`, which begins with a carriage return, first stands in `text`.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.iter().position(|byte| *byte == b'\r')?;
        if text.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}
