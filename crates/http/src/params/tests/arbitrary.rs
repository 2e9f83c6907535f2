//! Whatever bytes arrive: an answer, never a panic, never a 5xx.

use proptest::prelude::*;
use serde_json::Value;

use super::{FORM, JSON, Wish, send};

const NAMES: &[&str] = &[
    "name",
    "count",
    "rows",
    "rows[]",
    "rows[][id]",
    "rows[0][user_id]",
    "extra[a][]",
    "tier",
    "after",
    "filter",
    "[",
];

const PIECES: &[&str] = &[
    "--x",
    "--",
    "\r\n",
    "\r\n--x\r\n",
    "Content-Disposition: form-data; name=\"rows[][id]\"",
    "Content-Disposition: form-data; name=count",
    "; filename=\"",
    "5",
    " ",
    "\0é",
];

fn pairs() -> impl Strategy<Value = String> {
    let value = prop_oneof!["[0-9-]{0,20}", "[ -~]{0,20}", Just("%00".to_owned()), Just("2026-01-01T00".to_owned())];
    let pair = (prop::sample::select(NAMES), value).prop_map(|(name, value)| format!("{name}={value}"));
    prop::collection::vec(pair, 0..6).prop_map(|pairs| pairs.join("&"))
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name =
        prop::sample::select(&["name", "count", "rows", "id", "user_id", "extra", "after", "day", "0", "tiers"][..]);
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|all| all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn answers(query: &str, kind: Option<&str>, body: Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (status, _) = runtime.block_on(send::<Wish>("POST", query, kind, body));
    assert!(!status.is_server_error(), "{status}");
}

fn escape(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, percent_encoding::NON_ALPHANUMERIC).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn bytes(query in prop::collection::vec(any::<u8>(), 0..40), body in prop::collection::vec(any::<u8>(), 0..80)) {
        for kind in [None, JSON, FORM, Some("text/plain"), Some("multipart/form-data; boundary=x")] {
            answers(&escape(&query), kind, body.clone());
        }
    }

    #[test]
    fn forms(query in pairs(), body in pairs()) {
        let query: String = query.chars().filter(|c| !" <>\"`{}#^|\\".contains(*c)).collect();
        answers(&query, FORM, body.into_bytes());
    }

    #[test]
    fn parts(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..20)) {
        answers("", Some("multipart/form-data; boundary=x"), pieces.concat().into_bytes());
    }

    #[test]
    fn objects(value in tree()) {
        answers("", JSON, value.to_string().into_bytes());
    }
}
