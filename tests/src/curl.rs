//! Replays curl commands word for word, but for the host, the token and the ids.

use crate::client::Reply;
use crate::{Client, Person};
use reqwest::Method;
use serde_json::Value;

/// The numbers of a document and what they are here.
#[derive(Debug, Clone, Default)]
pub struct Ids(Vec<(i64, i64)>);

impl Ids {
    /// Numbers of the document beside what they are here.
    pub fn new(pairs: &[(i64, i64)]) -> Ids {
        Ids(pairs.to_vec())
    }

    /// One more, replacing what the number stood for.
    #[must_use]
    pub fn with(&self, document: i64, here: i64) -> Ids {
        let mut pairs = self.0.clone();
        pairs.retain(|(known, _)| *known != document);
        pairs.push((document, here));
        Ids(pairs)
    }

    /// A text with every whole number that is known replaced.
    fn replace(&self, text: &str) -> String {
        let mut out = String::new();
        let mut digits = String::new();
        for c in text.chars().chain(['\0']) {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            let here = self.0.iter().find(|(document, _)| document.to_string() == digits);
            out.push_str(&here.map_or(std::mem::take(&mut digits), |(_, here)| here.to_string()));
            digits.clear();
            out.push(c);
        }
        out.pop();
        out
    }

    /// JSON of the document with the numbers of here, in the fields that hold ids.
    pub fn map(&self, value: &Value) -> Value {
        match value {
            Value::Array(list) => list.iter().map(|value| self.map(value)).collect(),
            Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), self.field(key, value))).collect(),
            other => other.clone(),
        }
    }

    fn field(&self, key: &str, value: &Value) -> Value {
        let known = value.as_i64().filter(|_| key == "id" || key.ends_with("_id"));
        match known.and_then(|number| self.0.iter().find(|(document, _)| *document == number)) {
            Some((_, here)) => Value::from(*here),
            None => self.map(value),
        }
    }
}

/// Runs a curl command of a document as that person.
pub async fn run(by: &Person, ids: &Ids, command: &str) -> Reply {
    let mut words = split(command).into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"));
    let (mut method, mut headers, mut data, mut url) = (None, Vec::new(), None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--request" => method = words.next(),
            "--header" => headers.push(words.next().expect("a header")),
            "--data" => data = words.next().map(|text| ids.replace(&text)),
            _ => url = Some(ids.replace(&word)),
        }
    }
    let url = url.expect("a URL");
    let path = url.strip_prefix("https://gitlab.example.com/api/v4").expect("a URL of the documents");
    let usual = if data.is_some() { "POST" } else { "GET" };
    let method: Method = method.as_deref().unwrap_or(usual).parse().expect("a method");
    let client = Client::new(&by.server);
    let mut request = client.request(method, path);
    if let Some(data) = data {
        request = request.body(data);
        if !headers.iter().any(|header| header.starts_with("Content-Type")) {
            headers.push("Content-Type: application/x-www-form-urlencoded".into());
        }
    }
    for header in headers {
        let (name, value) = header.split_once(": ").expect("a header");
        request = request.header(name, value.replace("<your_access_token>", &by.token));
    }
    crate::client::finish(request, command.to_owned()).await.expect("the server answers")
}

/// The words of a command, as a shell sees them: quotes of both kinds, lines that go on.
fn split(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = command.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => match characters.next() {
                Some('\n') | None => {}
                Some(other) => word.get_or_insert_default().push(other),
            },
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
