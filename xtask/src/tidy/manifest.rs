//! The manifest is the architecture: which crate may depend on what.

use super::Violation;
use super::tree::File;

/// What only one crate of the product may depend on, and that crate.
const RESERVED: [(&str, &str); 5] = [
    ("rusqlite", "store"),
    ("postgres", "store"),
    ("tokio-postgres", "store"),
    ("axum", "http"),
    ("axum-extra", "http"),
];
/// Crates whose code is pure: no I/O, no clock, no runtime.
const PURE: [&str; 2] = ["domain", "ci"];
/// What a pure crate may not depend on, whoever else may.
const IMPURE: [&str; 2] = ["tokio", "reqwest"];
/// Which crates of ours each crate may depend on. The program `cli` ties them together and may use all.
const INSIDE: [(&str, &[&str]); 7] = [
    ("domain", &[]),
    ("ci", &[]),
    ("wire", &[]),
    ("store", &["domain"]),
    ("app", &["ci", "domain", "store", "wire"]),
    ("http", &["app", "domain", "store", "wire"]),
    ("runner", &["wire"]),
];

/// Reports the dependencies a crate of the product may not have. Tests and developer commands may use what they like.
pub(super) fn check(file: &File) -> Vec<Violation> {
    let Some(name) = file.path.strip_prefix("crates/").and_then(|path| path.strip_suffix("/Cargo.toml")) else {
        return Vec::new();
    };
    let table: toml::Table = match file.text.parse() {
        Ok(table) => table,
        Err(error) => return vec![Violation::new(&file.path, 1, format!("not TOML: {error}"), "correct it")],
    };
    let mut found = Vec::new();
    for (kind, dependency) in dependencies(&table) {
        if let Some(right) = fault(name, kind, dependency) {
            let line = line_of(&file.text, dependency);
            found.push(Violation::new(&file.path, line, format!("{name} depends on {dependency}"), right));
        }
    }
    found
}

/// The kind and name of every dependency, those of single targets included.
fn dependencies(table: &toml::Table) -> Vec<(&'static str, &str)> {
    const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = table.get("target").and_then(toml::Value::as_table);
    let sections = targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table);
    let mut found = Vec::new();
    for section in std::iter::once(table).chain(sections) {
        for kind in KINDS {
            let names = section.get(kind).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
            found.extend(names.map(|name| (kind, name.as_str())));
        }
    }
    found
}

/// Why this crate may not have this dependency: what would be right.
fn fault(name: &str, kind: &str, dependency: &str) -> Option<String> {
    if let Some((_, owner)) = RESERVED.iter().find(|(reserved, owner)| *reserved == dependency && *owner != name) {
        return Some(format!("only crates/{owner} may; go through its functions"));
    }
    if PURE.contains(&name) && IMPURE.contains(&dependency) {
        return Some("this crate is pure; pass in what it needs as an argument".to_owned());
    }
    let ours = dependency.strip_prefix("countersign-")?;
    let (_, allowed) = INSIDE.iter().find(|(crate_name, _)| *crate_name == name)?;
    if kind == "dev-dependencies" || allowed.contains(&ours) {
        return None;
    }
    Some(match allowed {
        [] => "it may use no other crate of ours".to_owned(),
        allowed => format!("of our crates it may use {}", allowed.join(", ")),
    })
}

/// The line (from 1) that names a dependency.
fn line_of(text: &str, dependency: &str) -> usize {
    let names = |line: &str| {
        let line = line.trim_start().trim_start_matches('"');
        line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with([' ', '.', '=', '"']))
            || line.strip_prefix('[').is_some_and(|line| line.trim_end().ends_with(&format!(".{dependency}]")))
    };
    text.lines().position(names).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::{File, check};

    fn found(name: &str, manifest: &str) -> Vec<String> {
        let file = File::new(&format!("crates/{name}/Cargo.toml"), manifest);
        check(&file).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keeps_the_rules_pure() {
        assert_eq!(
            found("domain", "[package]\nname = \"x\"\n\n[dependencies]\nserde = \"1\"\ntokio.workspace = true\n"),
            [
                "crates/domain/Cargo.toml:6: domain depends on tokio; this crate is pure; pass in what it needs as an argument"
            ]
        );
        assert_eq!(found("ci", "[dev-dependencies]\nreqwest = \"1\"\n").len(), 1);
        assert_eq!(found("ci", "[dev-dependencies]\nproptest = \"1\"\n").len(), 0);
        assert_eq!(found("app", "[dependencies]\ntokio = \"1\"\n").len(), 0);
    }

    #[test]
    fn keeps_sql_in_store_and_http_in_http() {
        assert_eq!(found("app", "[dependencies.rusqlite]\nversion = \"1\"\n").len(), 1);
        assert_eq!(found("store", "[dependencies]\nrusqlite = \"1\"\npostgres = \"1\"\n").len(), 0);
        assert_eq!(found("cli", "[target.'cfg(unix)'.dependencies]\naxum = \"1\"\n").len(), 1);
        assert_eq!(found("http", "[dependencies]\naxum = \"1\"\n").len(), 0);
        let test_crate = File::new("tests/Cargo.toml", "[dependencies]\naxum = \"1\"\n");
        assert!(check(&test_crate).is_empty());
    }

    #[test]
    fn keeps_our_crates_in_their_order() {
        assert_eq!(
            found("store", "[dependencies]\ncountersign-app.workspace = true\n"),
            ["crates/store/Cargo.toml:2: store depends on countersign-app; of our crates it may use domain"]
        );
        assert_eq!(found("app", "[dependencies]\ncountersign-store.workspace = true\n").len(), 0);
        assert_eq!(found("cli", "[dependencies]\ncountersign-http.workspace = true\n").len(), 0);
    }

    #[test]
    fn says_where_a_manifest_is_broken() {
        assert_eq!(found("app", "[dependencies\n").len(), 1);
    }
}
