//! What a form led to, told once, on the next page.

use super::cookies::Jar;
use super::visitor::is_secure;
use crate::state::AppState;
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The most of a text that is told, in characters: a cookie has not much room.
const LONGEST: usize = 600;

/// How something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It was done.
    Yes,
    /// It was not.
    No,
}

impl Tone {
    /// The word for it in style sheets.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Tone::Yes => "yes",
            Tone::No => "no",
        }
    }
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flash {
    /// How.
    pub(crate) tone: Tone,
    /// What.
    pub(crate) text: String,
}

impl Flash {
    /// It was done.
    pub(crate) fn yes(text: impl Into<String>) -> Flash {
        Flash { tone: Tone::Yes, text: text.into() }
    }

    /// It was not done.
    pub(crate) fn no(text: impl Into<String>) -> Flash {
        Flash { tone: Tone::No, text: text.into() }
    }

    /// Sends the browser to a page of ours, which tells it.
    pub(crate) fn at(&self, path: &str, app: &AppState) -> Response {
        let mut reply = Redirect::to(path).into_response();
        let text: String = self.text.chars().take(LONGEST).collect();
        let value = format!("{}:{}", self.tone.class(), utf8_percent_encode(&text, NON_ALPHANUMERIC));
        Jar::Flash.set(&mut reply, &value, is_secure(app));
        reply
    }
}

/// Reads what [`Flash::at`] has the browser keep.
pub(super) fn read(value: &str) -> Option<Flash> {
    let (tone, text) = value.split_once(':')?;
    let tone = [Tone::Yes, Tone::No].into_iter().find(|t| t.class() == tone)?;
    let text = percent_decode_str(text).decode_utf8().ok()?.into_owned();
    Some(Flash { tone, text })
}
