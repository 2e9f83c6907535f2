//! What every page has around its own content, and how pages become replies.

use super::assets::Links;
use super::error::WebError;
use super::flash::Flash;
use super::view::Face;
use crate::reply::ApiError;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

/// The part of the site a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// What waits.
    Waiting,
    /// One's own account.
    Account,
    /// None of those in the header.
    Elsewhere,
}

/// What every page has around its own content. Templates find it as `frame`.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Who is signed in.
    pub(crate) who: Option<Face>,
    /// The seal for forms.
    pub(crate) seal: String,
    /// What the last form led to.
    pub(crate) flash: Option<Flash>,
    /// Where the page is.
    pub(crate) section: Section,
    /// How many deployments wait for them, where that is known.
    pub(crate) waiting: Option<usize>,
    /// The files it refers to.
    pub(crate) links: Links,
}

impl Frame {
    /// For a page that is nobody's in particular.
    pub(crate) fn bare() -> Frame {
        let links = super::assets::links();
        Frame { who: None, seal: String::new(), flash: None, section: Section::Elsewhere, waiting: None, links }
    }

    /// `page` for the link to where the page is, for `aria-current`.
    pub(crate) fn is_waiting(&self) -> bool {
        self.section == Section::Waiting
    }
}

/// A page as a reply.
///
/// # Errors
/// The template failed, which is a fault of ours.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Result<Response, WebError> {
    let text = template.render().map_err(|why| ApiError::internal(&why))?;
    Ok((status, Html(text)).into_response())
}
