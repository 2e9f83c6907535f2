//! Pages of a list: the `page` and `per_page` of a request, or its `cursor`, and the headers of its reply.

mod cursor;
mod link;
mod origin;
#[cfg(test)]
mod tests;

use axum::extract::FromRequestParts;
use axum::http::header::LINK;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use countersign_store::seek::{Key, Seek};
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

/// Which page of a list the client wants. Read from the query alone; 400 for what is no number, for a `page` or
/// `per_page` below 1; a `per_page` above 100 counts as 100.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    number: i64,
    size: i64,
    /// Where the page begins: by the number, unless the list goes by keys too ([`Page::seeking`]).
    seek: Seek,
    /// The address of the list without what says which page it is, ending in `?` or `&`.
    address: String,
    /// The keyset page that was asked for: its cursor, if any.
    keyset: Option<Option<String>>,
}

impl Page {
    /// The number of the page, from 1.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Most rows to fetch: those of the page, 1 to 100; and one more where it begins by a key, which tells whether
    /// there is a next page.
    pub fn limit(&self) -> i64 {
        self.size + i64::from(self.seek != Seek::Offset)
    }

    /// Rows to skip.
    pub fn offset(&self) -> i64 {
        match self.seek {
            Seek::Offset => (self.number - 1).saturating_mul(self.size),
            _ => 0,
        }
    }

    /// For lists that can go by keys: the page begins behind a key, if the client asks for that.
    ///
    /// # Errors
    /// 405 if it does, but the list is not `able` to in the order asked for; 400 for a cursor that is none.
    pub fn seeking(mut self, able: bool) -> Result<Self, ApiError> {
        match self.keyset.take() {
            None => {}
            Some(_) if !able => {
                let why = "Keyset pagination is not yet available for this type of request";
                return Err(ApiError::parameters(&[why]).with_status(StatusCode::METHOD_NOT_ALLOWED));
            }
            Some(None) => self.seek = Seek::First,
            Some(Some(text)) => {
                let key = cursor::read(&text).ok_or_else(|| ApiError::parameters(&["cursor is invalid"]))?;
                self.seek = Seek::After(key);
            }
        }
        Ok(self)
    }

    /// Where the page begins.
    pub fn seek(&self) -> Seek {
        self.seek.clone()
    }

    /// The rows of the page out of all rows, and how many these are.
    pub fn cut<T>(&self, all: Vec<T>) -> (Vec<T>, u64) {
        let total = all.len() as u64;
        let skip = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        let limit = usize::try_from(self.limit()).unwrap_or_default();
        (all.into_iter().skip(skip).take(limit).collect(), total)
    }

    /// The key behind which the next page begins, given the rows fetched; nothing if there is none, or the page does
    /// not go by keys.
    pub fn next<T>(&self, rows: &[T], key: impl Fn(&T) -> Key) -> Option<Key> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let last = rows.get(size.saturating_sub(1)).filter(|_| self.seek != Seek::Offset && rows.len() > size);
        last.map(key)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let (mut number, mut size, mut keyset, mut cursor) = (None, None, false, None);
        for pair in query_pairs(parts.uri.query().unwrap_or_default().as_bytes()) {
            match pair? {
                (name, value) if name == "page" => number = whole("page", &value)?,
                (name, value) if name == "per_page" => size = whole("per_page", &value)?,
                (name, value) if name == "pagination" => keyset = value == "keyset",
                (name, value) if name == "cursor" => cursor = Some(value).filter(|text| !text.is_empty()),
                _ => {}
            }
        }
        let (number, size) = (number.unwrap_or(1), size.unwrap_or(DEFAULT_SIZE).min(MAX_SIZE));
        let keyset = keyset.then_some(cursor);
        Ok(Self { number, size, seek: Seek::Offset, address: link::address(parts), keyset })
    }
}

fn whole(name: &str, value: &str) -> Result<Option<i64>, ApiError> {
    match value.trim() {
        "" => Ok(None),
        text => match text.parse() {
            Ok(number) if number < 1 => Err(ApiError::parameters(&[format!("{name} does not have a valid value")])),
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(ApiError::parameters(&[format!("{name} is invalid")])),
        },
    }
}

/// One page of a list, with its headers.
#[derive(Debug, Clone)]
pub struct Paged<T> {
    page: Page,
    rows: Vec<T>,
    total: Option<u64>,
    more: bool,
    /// Behind which key the next page begins, where pages go by keys.
    next: Option<Key>,
}

impl<T> Paged<T> {
    /// A page of a list of known length.
    pub fn new(page: Page, rows: Vec<T>, total: u64) -> Self {
        let seen = u64::try_from(page.number.saturating_mul(page.size)).unwrap_or(u64::MAX);
        Self { page, rows, total: Some(total), more: total > seen, next: None }
    }

    /// The page of a list that is held whole.
    pub fn cut(page: Page, all: Vec<T>) -> Self {
        let (rows, total) = page.cut(all);
        Self::new(page, rows, total)
    }

    /// A page of a list nobody counted. Fetch one row more than [`Page::limit`]: it is dropped here, and tells that
    /// there is a next page.
    pub fn uncounted(page: Page, mut rows: Vec<T>) -> Self {
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        Self::with_more(page, rows, more)
    }

    /// A page of a list nobody counted, and whether there is a next one.
    pub fn with_more(page: Page, rows: Vec<T>, more: bool) -> Self {
        Self { page, rows, total: None, more, next: None }
    }

    /// A page of a list that can go by keys: of known length, unless it does. `next` is of [`Page::next`].
    pub fn sought(page: Page, mut rows: Vec<T>, total: u64, next: Option<Key>) -> Self {
        if page.seek == Seek::Offset {
            return Self::new(page, rows, total);
        }
        rows.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
        Self { page, rows, total: None, more: next.is_some(), next }
    }

    /// The same page with each row turned into its wire form.
    pub fn map<U>(self, wire: impl FnMut(T) -> U) -> Paged<U> {
        let rows = self.rows.into_iter().map(wire).collect();
        Paged { page: self.page, rows, total: self.total, more: self.more, next: self.next }
    }

    /// The rows of the page.
    pub fn rows(&self) -> &[T] {
        &self.rows
    }

    /// As [`Paged::map`], without the rows that have none.
    pub fn filter_map<U>(self, wire: impl FnMut(T) -> Option<U>) -> Paged<U> {
        let rows = self.rows.into_iter().filter_map(wire).collect();
        Paged { page: self.page, rows, total: self.total, more: self.more, next: self.next }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let Page { number, size, .. } = self.page;
        if self.page.seek != Seek::Offset {
            let value = self.next.as_ref().map(|key| link::behind(&self.page.address, size, &cursor::write(key)));
            headers.extend(value.and_then(|text| Some((LINK, HeaderValue::try_from(text).ok()?))));
            return headers;
        }
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
