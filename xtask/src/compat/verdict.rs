//! What we have of each call, and what of it needs a reason.

use std::collections::BTreeSet;

use super::known::{Call, Known, covers};
use super::routes::{Effect, Routes};

/// What we have of the calls about one thing.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What they are about.
    pub(super) name: String,
    /// The calls, in the order of the file; those only we have come last.
    pub(super) calls: Vec<Verdict>,
}

/// What we have of a call.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// `METHOD path`.
    pub(super) name: String,
    /// Whether there is such a route.
    pub(super) there: bool,
    /// The parameters that do what they are for.
    pub(super) works: Vec<String>,
    /// Those that are accepted and change nothing.
    pub(super) accepted: Vec<String>,
    /// Those of which only the value is accepted that changes nothing.
    pub(super) refused: Vec<String>,
    /// Those that are ignored, each with why.
    pub(super) missing: Vec<(String, String)>,
    /// Why it is not there, or what is different.
    pub(super) why: Option<String>,
}

impl Verdict {
    /// `yes`, `partly` or `no`.
    pub(super) fn word(&self) -> &'static str {
        let less = !self.missing.is_empty() || !self.accepted.is_empty() || !self.refused.is_empty();
        match (self.there, less || self.why.is_some()) {
            (false, _) => "no",
            (true, true) => "partly",
            (true, false) => "yes",
        }
    }
}

/// Compares the known calls with the routes. The second result says what is wrong with the reasons.
pub(super) fn judge(known: &Known, routes: &Routes) -> (Vec<Judged>, Vec<String>) {
    let mut judge = Judge { known, routes, used: BTreeSet::new(), wrong: Vec::new() };
    let mut judged: Vec<Judged> = known
        .resources
        .iter()
        .map(|resource| Judged {
            name: resource.name.clone(),
            calls: resource.calls.iter().map(|call| judge.call(call)).collect(),
        })
        .collect();
    let expected: BTreeSet<&str> = known.resources.iter().flat_map(|it| &it.calls).map(|it| it.name.as_str()).collect();
    let ours = routes.keys().filter(|name| !expected.contains(name.as_str()));
    let ours: Vec<Verdict> = ours.map(|name| judge.call(&Call { name: name.clone(), ..Call::default() })).collect();
    if !ours.is_empty() {
        judged.push(Judged { name: "Only here".to_owned(), calls: ours });
    }
    let reasons = known.calls.keys().chain(known.parameters.keys());
    judge
        .wrong
        .extend(reasons.filter(|key| !judge.used.contains(*key)).map(|key| format!("{key}: a reason for nothing")));
    (judged, judge.wrong)
}

struct Judge<'a> {
    known: &'a Known,
    routes: &'a Routes,
    used: BTreeSet<&'a String>,
    wrong: Vec<String>,
}

impl Judge<'_> {
    fn call(&mut self, call: &Call) -> Verdict {
        let reason = self.known.calls.iter().find(|(key, _)| covers(key, &call.name));
        self.used.extend(reason.map(|(key, _)| key));
        let why = reason.map(|(_, why)| why.clone());
        let mut verdict = Verdict { name: call.name.clone(), why, ..Verdict::default() };
        let Some(parameters) = self.routes.get(&call.name) else {
            if verdict.why.is_none() {
                self.wrong.push(format!("{}: not there, and no reason in [calls]", call.name));
            }
            return verdict;
        };
        verdict.there = true;
        for (name, effect) in parameters {
            let list = match effect {
                Effect::Works => &mut verdict.works,
                Effect::Accepted => &mut verdict.accepted,
                Effect::Refused => &mut verdict.refused,
            };
            list.push(name.clone());
        }
        for name in call.parameters.iter().filter(|name| !parameters.contains_key(*name)) {
            let why = self.missing(&call.name, name);
            verdict.missing.push((name.clone(), why));
        }
        verdict
    }

    /// Why a parameter is not there.
    fn missing(&mut self, call: &str, name: &str) -> String {
        let alone = format!("{call} {name}");
        let found = self.known.parameters.get_key_value(&alone).or_else(|| self.known.parameters.get_key_value(name));
        match found {
            Some((key, why)) => {
                self.used.insert(key);
                why.clone()
            }
            None => {
                self.wrong.push(format!("{call}: has no {name}, and no reason in [parameters]"));
                String::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{known, routes};
    use super::judge;

    const ROUTES: &str =
        r#"{"paths": {"/api/v4/a": {"get": {"parameters": [{"name": "b", "in": "query"}]}, "put": {}}}}"#;

    fn judged(calls: &str, reasons: &str) -> (Vec<(String, &'static str)>, Vec<String>) {
        let text = format!("general = []\ndifference = []\n{reasons}\n[[resource]]\nname = 'R'\ncalls = '''{calls}'''");
        let known = known::read(&text).unwrap_or_else(|why| panic!("{why:#}"));
        let routes = routes::read(ROUTES).unwrap_or_else(|why| panic!("{why:#}"));
        let (found, wrong) = judge(&known, &routes);
        (found.iter().flat_map(|it| &it.calls).map(|it| (it.name.clone(), it.word())).collect(), wrong)
    }

    #[test]
    fn what_is_missing_needs_a_reason_and_reasons_need_a_use() {
        let (found, wrong) = judged("GET /a: b\nGET /c", "[calls]\n'GET /c' = 'x'\n[parameters]");
        let expected = [("GET /a".to_owned(), "yes"), ("GET /c".to_owned(), "no"), ("PUT /a".to_owned(), "yes")];
        assert_eq!((found, wrong.len()), (expected.to_vec(), 0));
        let (found, wrong) = judged("GET /a: b c", "[calls]\n[parameters]\nc = 'x'");
        assert_eq!((found[0].1, wrong.len()), ("partly", 0));
        assert_eq!(judged("GET /a: c\nGET /c", "[calls]\n[parameters]").1.len(), 2);
        assert_eq!(judged("GET /a", "[calls]\n'* /x*' = 'x'\n[parameters]\nc = 'x'").1.len(), 2);
    }
}
