//! One request of the story, with all that is claimed about its reply.

use super::json;
use super::person::Person;
use reqwest::Method;
use serde_json::Value;

/// A request and what its reply is claimed to be.
pub(super) struct Call<'a> {
    pub(super) by: &'a Person,
    pub(super) method: Method,
    /// Below `/api/v4`.
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// The status that is claimed.
    pub(super) status: u16,
    pub(super) claims: Vec<Claim>,
    /// Further parts of the reply to be shown, unchecked.
    pub(super) shown: Vec<&'static str>,
    /// Whether the claims may come true a little later.
    pub(super) patient: bool,
    /// Whether nothing is printed, unless it is untrue.
    pub(super) quiet: bool,
}

/// Something that is claimed about a part of the reply.
pub(super) struct Claim {
    part: &'static str,
    wanted: Wanted,
    shown: bool,
}

enum Wanted {
    Is(Value),
    Mentions(&'static str),
}

impl<'a> Call<'a> {
    /// Reads; claims a 200.
    pub(super) fn get(by: &'a Person, path: impl Into<String>) -> Call<'a> {
        Call::new(by, Method::GET, path.into(), None, 200)
    }

    /// Creates; claims a 201.
    pub(super) fn post(by: &'a Person, path: impl Into<String>, body: Value) -> Call<'a> {
        Call::new(by, Method::POST, path.into(), Some(body), 201)
    }

    /// Changes; claims a 200.
    pub(super) fn put(by: &'a Person, path: impl Into<String>, body: Value) -> Call<'a> {
        Call::new(by, Method::PUT, path.into(), Some(body), 200)
    }

    /// Changes a part; claims a 200.
    pub(super) fn patch(by: &'a Person, path: impl Into<String>, body: Value) -> Call<'a> {
        Call::new(by, Method::PATCH, path.into(), Some(body), 200)
    }

    fn new(by: &'a Person, method: Method, path: String, body: Option<Value>, status: u16) -> Call<'a> {
        let (claims, shown) = Default::default();
        Call { by, method, path, body, status, claims, shown, patient: false, quiet: false }
    }

    /// Claims another status.
    pub(super) fn gives(self, status: u16) -> Call<'a> {
        Call { status, ..self }
    }

    /// Claims that a part of the reply is that value.
    pub(super) fn with(mut self, part: &'static str, value: impl Into<Value>) -> Call<'a> {
        self.claims.push(Claim { part, wanted: Wanted::Is(value.into()), shown: true });
        self
    }

    /// As [`Call::with`], without showing it: it is plain from the request.
    pub(super) fn tacitly(mut self, part: &'static str, value: impl Into<Value>) -> Call<'a> {
        self.claims.push(Claim { part, wanted: Wanted::Is(value.into()), shown: false });
        self
    }

    /// Claims that a part of the reply is a text that holds this one.
    pub(super) fn mentioning(mut self, part: &'static str, text: &'static str) -> Call<'a> {
        self.claims.push(Claim { part, wanted: Wanted::Mentions(text), shown: true });
        self
    }

    /// Shows a part of the reply.
    pub(super) fn showing(mut self, part: &'static str) -> Call<'a> {
        self.shown.push(part);
        self
    }

    /// Repeats the request until the claims hold, for some seconds.
    pub(super) fn eventually(self) -> Call<'a> {
        Call { patient: true, ..self }
    }

    /// As [`Call::quietly`], unless `told`.
    pub(super) fn told_if(self, told: bool) -> Call<'a> {
        Call { quiet: !told, ..self }
    }

    /// Prints nothing, unless it is untrue.
    pub(super) fn quietly(self) -> Call<'a> {
        Call { quiet: true, ..self }
    }

    /// The method and the path.
    pub(super) fn asked(&self) -> String {
        format!("{} /api/v4{}", self.method, self.path)
    }

    /// The first claim that does not hold, as what was expected and what came.
    pub(super) fn broken_by(&self, status: u16, reply: &Value) -> Option<(String, String)> {
        if status != self.status {
            return Some((format!("status {}", self.status), format!("status {status} with {}", json::line(reply))));
        }
        self.claims.iter().find_map(|claim| claim.broken_by(reply))
    }

    /// The parts of a reply to show: what was claimed and what was asked for.
    pub(super) fn shows(&self, reply: &Value) -> String {
        let part = |name: &'static str| {
            let value = json::at(reply, name).map_or_else(|| "missing".to_owned(), json::line);
            if name.is_empty() { value } else { format!("{}: {value}", json::written(name)) }
        };
        let claimed = self.claims.iter().filter(|claim| claim.shown).map(|claim| claim.part);
        let mut names: Vec<_> = self.shown.iter().copied().chain(claimed).collect();
        names.dedup();
        names.into_iter().map(part).collect::<Vec<_>>().join(", ")
    }
}

impl Claim {
    fn broken_by(&self, reply: &Value) -> Option<(String, String)> {
        let found = json::at(reply, self.part);
        let (holds, expected) = match &self.wanted {
            Wanted::Is(value) => (found == Some(value), format!("{} to be {}", self.part, json::line(value))),
            Wanted::Mentions(text) => (
                found
                    .is_some_and(|found| found.as_str().map_or(found.to_string().contains(text), |f| f.contains(text))),
                format!("{} to mention {text:?}", self.part),
            ),
        };
        (!holds).then(|| (expected, found.map_or_else(|| format!("nothing there, in {reply}"), Value::to_string)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Person};
    use serde_json::json;

    #[test]
    fn the_first_untruth_is_told_with_what_came() {
        let mia = Person { name: "mia".into(), role: "maintainer", id: 1, token: "secret".into() };
        let call = Call::get(&mia, "/x").with("a.b", 1).mentioning("message", "no");
        assert!(call.broken_by(200, &json!({"a": {"b": 1}, "message": "403 no"})).is_none());
        assert_eq!(call.broken_by(404, &json!({})), Some(("status 200".into(), "status 404 with {}".into())));
        let (expected, came) = call.broken_by(200, &json!({"a": {"b": 2}})).unwrap_or_default();
        assert_eq!((expected.as_str(), came.as_str()), ("a.b to be 1", "2"));
        assert!(call.broken_by(200, &json!({"a": {"b": 1}, "message": "yes"})).is_some());
        assert_eq!(call.shows(&json!({"a": {"b": 1}, "message": "no"})), r#"a.b: 1, message: "no""#);
    }
}
