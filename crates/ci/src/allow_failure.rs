//! `allow_failure`: whether a job's failure leaves its pipeline unharmed.

use std::rc::Rc;

use crate::keyword::ALLOW_FAILURE;
use crate::place::Place;
use crate::report::Report;
use crate::yaml::node::Node;
use crate::{retry, values};

/// Which failures do no harm.
#[derive(Debug, Clone)]
pub(crate) enum AllowFailure {
    /// All, or none.
    Flag(bool),
    /// Those in which the script ended with one of these codes.
    ExitCodes(Vec<i64>),
}

/// The flag or the codes as written.
pub(crate) fn read(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<AllowFailure> {
    let Some(entries) = node.entries() else { return values::flag(node, place, report).map(AllowFailure::Flag) };
    let mut codes = None;
    for entry in entries {
        match &*entry.key {
            "exit_codes" => codes = Some(retry::exit_codes(&entry.value, place.at("exit_codes"), report)),
            _ => {
                ALLOW_FAILURE.refuse(entry, place, report);
                return None;
            }
        }
    }
    if codes.is_none() {
        report.error(node.at, format!("`{place}` needs `exit_codes`"));
    }
    codes?.map(AllowFailure::ExitCodes)
}
