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
    /// Projects, and all that belongs to one.
    Projects,
    /// Groups, and all that belongs to one.
    Groups,
    /// The accounts of the instance.
    Users,
    /// One's own account.
    Account,
    /// None of those in the header.
    Elsewhere,
}

/// A link of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SectionLink {
    /// Where to.
    pub(crate) href: &'static str,
    /// What it is called.
    pub(crate) word: &'static str,
    /// Whether the page belongs there.
    pub(crate) current: bool,
    /// How much is there, if that is to be told.
    pub(crate) count: Option<usize>,
}

/// What every page has around its own content. Templates find it as `frame`.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Who is signed in.
    pub(crate) who: Option<Face>,
    /// Whether they administer the instance.
    pub(crate) admin: bool,
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
        Frame {
            who: None,
            admin: false,
            seal: String::new(),
            flash: None,
            section: Section::Elsewhere,
            waiting: None,
            links: super::assets::links(),
        }
    }

    /// The links of the header: those of what the reader may open.
    pub(crate) fn sections(&self) -> impl Iterator<Item = SectionLink> {
        let all = [
            (Section::Waiting, "/", "Waiting"),
            (Section::Projects, "/dashboard/projects", "Projects"),
            (Section::Groups, "/dashboard/groups", "Groups"),
            (Section::Users, "/admin/users", "Users"),
        ];
        let offered = all.into_iter().filter(|(section, ..)| *section != Section::Users || self.admin);
        offered.map(|(section, href, word)| SectionLink {
            href,
            word,
            current: section == self.section,
            count: self.waiting.filter(|n| section == Section::Waiting && *n > 0),
        })
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
