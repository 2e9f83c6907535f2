//! `docs/compat.toml`: what clients call, and why something of it is not there.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use toml::Value;

/// The whole file.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What goes for all calls: the subject, the verdict, what to know.
    pub(super) general: Vec<[String; 3]>,
    /// The calls, by resource.
    pub(super) resources: Vec<Resource>,
    /// Why calls are not there, or only partly, by `METHOD path`; see [`covers`].
    pub(super) calls: BTreeMap<String, String>,
    /// Why parameters are not there, by name, or `METHOD path name`.
    pub(super) parameters: BTreeMap<String, String>,
    /// Where we differ from the original on purpose: what, and why.
    pub(super) differences: Vec<[String; 2]>,
}

/// Calls about one thing.
#[derive(Debug, Default)]
pub(super) struct Resource {
    /// What they are about.
    pub(super) name: String,
    /// The calls.
    pub(super) calls: Vec<Call>,
}

/// A call as clients make it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// `METHOD path`, below `/api/v4`.
    pub(super) name: String,
    /// The parameters clients send with it.
    pub(super) parameters: Vec<String>,
}

/// Reads the file.
///
/// # Errors
/// It is no TOML, or something is not what it should be.
pub(super) fn read(text: &str) -> Result<Known> {
    let file: toml::Table = text.parse()?;
    let resources = rows(&file, "resource")?.into_iter().map(|row| {
        let calls = text_of(row, "calls")?.lines().filter(|line| !line.trim().is_empty()).map(call).collect();
        Ok(Resource { name: text_of(row, "name")?, calls })
    });
    Ok(Known {
        general: columns(&file, "general", ["what", "there", "note"])?,
        resources: resources.collect::<Result<_>>()?,
        calls: reasons(&file, "calls")?,
        parameters: reasons(&file, "parameters")?,
        differences: columns(&file, "difference", ["what", "why"])?,
    })
}

fn call(line: &str) -> Call {
    let (name, parameters) = line.split_once(':').unwrap_or((line, ""));
    Call { name: name.trim().to_owned(), parameters: parameters.split_whitespace().map(str::to_owned).collect() }
}

/// Whether a key of the reasons speaks of that call: `*` for the method is any, and a `*` at the end any rest.
pub(super) fn covers(key: &str, call: &str) -> bool {
    let (Some((method, path)), Some((asked, at))) = (key.split_once(' '), call.split_once(' ')) else { return false };
    let place = path.strip_suffix('*').map_or(path == at, |start| at.starts_with(start));
    place && (method == "*" || method == asked)
}

fn rows<'f>(file: &'f toml::Table, name: &str) -> Result<Vec<&'f Value>> {
    let list = file.get(name).and_then(Value::as_array).with_context(|| format!("there is no [[{name}]]"))?;
    Ok(list.iter().collect())
}

fn columns<const N: usize>(file: &toml::Table, name: &str, keys: [&str; N]) -> Result<Vec<[String; N]>> {
    let row = |row: &Value| {
        let mut cells = [const { String::new() }; N];
        for (cell, key) in cells.iter_mut().zip(keys) {
            *cell = text_of(row, key)?;
        }
        Ok(cells)
    };
    rows(file, name)?.into_iter().map(row).collect()
}

fn reasons(file: &toml::Table, name: &str) -> Result<BTreeMap<String, String>> {
    let table = file.get(name).and_then(Value::as_table).with_context(|| format!("there is no [{name}]"))?;
    let reason = |(key, why): (&String, &Value)| {
        let why = why.as_str().with_context(|| format!("{name}: {key:?} is no text"))?;
        Ok((key.clone(), why.to_owned()))
    };
    table.iter().map(reason).collect()
}

fn text_of(row: &Value, key: &str) -> Result<String> {
    let text = row.get(key).and_then(Value::as_str).with_context(|| format!("{key} is missing in {row}"))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Call, covers, read};

    #[test]
    fn reasons_cover_calls() {
        for (key, call, expected) in [
            ("GET /a", "GET /a", true),
            ("GET /a", "PUT /a", false),
            ("* /a", "PUT /a", true),
            ("* /a", "PUT /a/b", false),
            ("* /a*", "PUT /a/b", true),
            ("GET /b*", "GET /a/b", false),
        ] {
            assert_eq!(covers(key, call), expected, "{key} {call}");
        }
    }

    #[test]
    fn the_file_is_read() {
        let text = "[[general]]\nwhat = 'a'\nthere = 'yes'\nnote = ''\n[[resource]]\nname = 'R'\ncalls = '''\nGET /a: b c\n\
                    PUT /a\n'''\n[calls]\n'PUT /a' = 'no'\n[parameters]\n[[difference]]\nwhat = 'x'\nwhy = 'y'\n";
        let known = read(text).unwrap_or_else(|why| panic!("{why:#}"));
        let expected = Call { name: "GET /a".into(), parameters: vec!["b".into(), "c".into()] };
        assert_eq!(known.resources[0].calls[0], expected);
        assert_eq!((known.resources[0].calls.len(), known.calls.len(), known.differences.len()), (2, 1, 1));
        assert!(read("[[resource]]\nname = 'R'").is_err());
    }
}
