//! The table as text: one line a row, so that a change shows who may now do what.

use crate::cast::NAMES;
use crate::operations::Row;
use countersign_tests::Reply;
use countersign_tests::audit::Record;
use serde_json::Value;
use std::fmt::Write as _;

/// Columns of text that a column of the table takes.
const WIDTH: usize = 7;

/// What one actor was answered, and what the audit trail says of it.
pub(crate) struct Cell {
    /// The status.
    pub(crate) status: u16,
    /// How many things a list has.
    listed: Option<usize>,
    /// The token it was asked with.
    pub(crate) token: Option<i64>,
    /// The records it left.
    pub(crate) records: Vec<Record>,
}

impl Cell {
    /// The cell of a reply.
    pub(crate) fn new(reply: &Reply, token: Option<i64>, records: Vec<Record>) -> Cell {
        let listed = match reply.json() {
            Value::Array(list) => Some(list.len()),
            _ => None,
        };
        Cell { status: reply.status, listed, token, records }
    }

    /// Whether it was allowed.
    pub(crate) fn succeeded(&self) -> bool {
        self.status < 300
    }
}

/// The line with the names of the columns.
pub(crate) fn head() -> String {
    let names: String = NAMES.iter().map(|name| format!("{name:WIDTH$}")).collect();
    format!("200:2 is a list of two; 403! is a refusal that is recorded\n\n{names}\n")
}

/// The line of a row; what a success records stands at its end.
pub(crate) fn line(row: &Row, cells: &[Cell]) -> String {
    let mut line = String::new();
    for cell in cells {
        let more = match cell.listed {
            Some(count) if row.reads() => format!(":{count}"),
            _ if !cell.succeeded() && !cell.records.is_empty() => "!".into(),
            _ => String::new(),
        };
        let _ = write!(line, "{:WIDTH$}", format!("{}{more}", cell.status));
    }
    let _ = write!(line, "{row}");
    if let Some(done) = cells.iter().find(|cell| cell.succeeded()).filter(|_| !row.reads()) {
        let codes: Vec<&str> = done.records.iter().map(|record| record.code.as_str()).collect();
        let _ = write!(line, " -> {}", codes.join(" "));
    }
    line + "\n"
}
