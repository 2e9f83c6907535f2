//! Pages of a list: the `page` and `per_page` of a request, and the headers of its reply.

mod link;
mod origin;
#[cfg(test)]
mod tests;

use axum::extract::FromRequestParts;
use axum::http::header::LINK;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::params::query_pairs;
use crate::reply::{ApiError, Json};
pub use origin::ExternalUrl;

/// Rows of a page unless asked otherwise.
const DEFAULT_SIZE: i64 = 20;
/// Most rows of a page.
const MAX_SIZE: i64 = 100;
/// Above this many rows the totals are left out.
const MAX_TOTAL: u64 = 10_000;

/// Which page of a list the client wants. Read from the query alone; 400 when it is no number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    number: i64,
    size: i64,
    /// The address of the list without `page` and `per_page`, ending in `?` or `&`.
    address: String,
}

impl Page {
    /// The number of the page, from 1.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Most rows of the page: 1 to 100.
    pub fn limit(&self) -> i64 {
        self.size
    }

    /// Rows to skip.
    pub fn offset(&self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let (mut number, mut size) = (None, None);
        for pair in query_pairs(parts.uri.query().unwrap_or_default().as_bytes()) {
            match pair? {
                (name, value) if name == "page" => number = whole("page", &value)?,
                (name, value) if name == "per_page" => size = whole("per_page", &value)?,
                _ => {}
            }
        }
        let number = number.unwrap_or(1);
        if number < 1 {
            return Err(ApiError::parameters(&["page does not have a valid value"]));
        }
        let size = size.unwrap_or(DEFAULT_SIZE).clamp(1, MAX_SIZE);
        Ok(Self { number, size, address: link::address(parts) })
    }
}

fn whole(name: &str, value: &str) -> Result<Option<i64>, ApiError> {
    match value.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| ApiError::parameters(&[format!("{name} is invalid")])),
    }
}

/// One page of a list, with its headers.
#[derive(Debug, Clone)]
pub struct Paged<T> {
    page: Page,
    rows: Vec<T>,
    total: Option<u64>,
    more: bool,
}

impl<T> Paged<T> {
    /// A page of a list of known length.
    pub fn new(page: Page, rows: Vec<T>, total: u64) -> Self {
        let seen = u64::try_from(page.number.saturating_mul(page.size)).unwrap_or(u64::MAX);
        Self { page, rows, total: Some(total), more: total > seen }
    }

    /// The page of a list that is held whole.
    pub fn cut(page: Page, all: Vec<T>) -> Self {
        let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
        let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let limit = usize::try_from(page.size).unwrap_or_default();
        Self::new(page, all.into_iter().skip(skip).take(limit).collect(), total)
    }

    /// A page of a list nobody counted. Fetch one row more than [`Page::limit`]: it is dropped here, and tells that
    /// there is a next page.
    pub fn uncounted(page: Page, mut rows: Vec<T>) -> Self {
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        Self { page, rows, total: None, more }
    }

    /// The same page with each row turned into its wire form.
    pub fn map<U>(self, wire: impl FnMut(T) -> U) -> Paged<U> {
        let rows = self.rows.into_iter().map(wire).collect();
        Paged { page: self.page, rows, total: self.total, more: self.more }
    }

    /// The rows of the page.
    pub fn rows(&self) -> &[T] {
        &self.rows
    }

    /// As [`Paged::map`], without the rows that have none.
    pub fn filter_map<U>(self, wire: impl FnMut(T) -> Option<U>) -> Paged<U> {
        let rows = self.rows.into_iter().filter_map(wire).collect();
        Paged { page: self.page, rows, total: self.total, more: self.more }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let Page { number, size, .. } = self.page;
        let next = self.more.then(|| number.saturating_add(1));
        let previous = (number > 1).then(|| number - 1);
        let total = self.total.filter(|total| *total <= MAX_TOTAL).and_then(|total| i64::try_from(total).ok());
        let last = total.map(|total| total.div_euclid(size) + i64::from(total % size > 0));
        let mut set = |name: &'static str, value: Option<i64>| {
            let value = value.map_or(HeaderValue::from_static(""), HeaderValue::from);
            headers.insert(HeaderName::from_static(name), value);
        };
        set("x-page", Some(number));
        set("x-per-page", Some(size));
        set("x-next-page", next);
        set("x-prev-page", previous);
        if total.is_some() {
            set("x-total", total);
            set("x-total-pages", last);
        }
        let links = [("prev", previous), ("next", next), ("first", Some(1)), ("last", last.map(|last| last.max(1)))];
        if let Ok(value) = HeaderValue::try_from(link::header(&self.page.address, size, &links)) {
            headers.insert(LINK, value);
        }
        headers
    }
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let headers = self.headers();
        let mut response = Json(self.rows).into_response();
        response.headers_mut().extend(headers);
        response
    }
}
