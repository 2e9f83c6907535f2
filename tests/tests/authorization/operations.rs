//! The rows: every operation of the document, once or in several variants.

use countersign_tests::Server;
use reqwest::Method;
use serde_json::Value;
use std::fmt;

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The method and the path below `/api/v4`, as the document has them: `GET /projects/{id}`.
    pub(crate) operation: String,
    /// What tells it from other rows of the operation; empty for the only one.
    pub(crate) variant: &'static str,
    /// The table it stands in.
    pub(crate) table: String,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.variant {
            "" => f.write_str(&self.operation),
            variant => write!(f, "{} ({variant})", self.operation),
        }
    }
}

impl Row {
    /// The method.
    pub(crate) fn method(&self) -> Method {
        let method = self.operation.split(' ').next().unwrap_or_default();
        Method::from_bytes(method.as_bytes()).expect("a method")
    }

    /// The path, with its parameters.
    pub(crate) fn path(&self) -> &str {
        self.operation.split_once(' ').map_or("", |(_, path)| path)
    }

    /// Whether it only reads.
    pub(crate) fn reads(&self) -> bool {
        self.method() == Method::GET
    }
}

/// All rows, those that only read first, so that the lists are as they were made.
///
/// # Panics
/// There are variants of an operation that the document does not have.
pub(crate) fn rows(variants: &[(&'static str, &[&'static str])]) -> Vec<Row> {
    let mut rows = Vec::new();
    let document = Server::document();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().into_iter().flatten().filter(|(name, _)| *name != "parameters") {
            let name = format!("{} {}", method.to_uppercase(), path.trim_start_matches("/api/v4"));
            let of = variants.iter().find(|(operation, _)| *operation == name);
            for variant in of.map_or(&[""][..], |(_, all)| all) {
                rows.push(Row { operation: name.clone(), variant, table: table(operation) });
            }
        }
    }
    for (name, _) in variants {
        assert!(rows.iter().any(|row| row.operation == *name), "there is no operation {name}");
    }
    rows.sort_by_key(|row| !row.reads());
    rows
}

fn table(operation: &Value) -> String {
    operation["tags"][0].as_str().expect("a tag").to_lowercase().replace(' ', "_")
}
