//! Plays the part of Terraform: sends what its GitLab provider sends, keeps a state, and plans as it does.
//!
//! A fixture is JSON: the attributes of a resource, the types that the provider's Go structs decode, and steps with the
//! requests of each. After every step the resource is read again: what comes back must be what the step answered (no
//! drift), and the plan against the configuration must be empty.

use crate::client::Body;
use crate::{Client, Reply};
use reqwest::Method;
use serde_json::{Map, Value};

/// A resource of a fixture on its way through its steps.
#[derive(Debug, Clone)]
struct Provider {
    client: Client,
    /// What the fixture calls `{name}`.
    names: Map<String, Value>,
    fixture: Value,
    state: Value,
}

/// Runs all steps of a fixture. `names` are what it calls `{name}`; `{state/…}` is a place in the state.
///
/// # Panics
/// A request is answered otherwise than the provider needs, the state drifts, or a plan is not empty.
pub async fn run(client: &Client, fixture: &str, names: Value) {
    let fixture: Value = serde_json::from_str(fixture).expect("the fixture is JSON");
    let names = names.as_object().cloned().unwrap_or_default();
    let mut provider = Provider { client: client.clone(), names, fixture, state: Value::Null };
    for step in list(&provider.fixture["steps"]).to_vec() {
        provider.step(&step).await;
    }
    assert!(provider.state.is_null(), "the fixture leaves its resource behind");
}

impl Provider {
    async fn step(&mut self, step: &Value) {
        let what = format!("{} {}", self.fixture["resource"], step["step"]);
        match step["step"].as_str() {
            Some("import") => return self.import(step).await,
            Some("delete") => return self.delete(step).await,
            _ => {}
        }
        let config = self.filled(&step["config"]);
        let planned = plan(&self.fixture["attributes"], &config, &self.state);
        assert!(!planned.is_empty(), "{what}: there is nothing to do");
        let mut applied = Value::Null;
        for call in list(&step["calls"]) {
            let reply = self.call(call).await;
            if call["state"] == Value::Bool(true) {
                applied = self.state_of(&reply.json());
                assert_eq!(
                    plan(&self.fixture["attributes"], &config, &applied),
                    [""; 0],
                    "{what}: inconsistent result"
                );
            }
        }
        let known = if applied.is_null() { &config } else { &applied };
        let read = self.read(known).await.unwrap_or_else(|| panic!("{what}: it is not there"));
        if !applied.is_null() {
            assert_eq!(read, applied, "{what}: what is read is not what was answered");
        }
        assert_eq!(plan(&self.fixture["attributes"], &config, &read), [""; 0], "{what}: the plan is not empty");
        self.state = read;
    }

    /// Reads the resource under each of its names: the state is the same.
    async fn import(&mut self, step: &Value) {
        for path in list(&step["paths"]) {
            let found = self.call(&serde_json::json!({"call": format!("GET {}", text(path)), "status": 200})).await;
            assert_eq!(self.state_of(&self.found(&found.json()).expect("it is there")), self.state, "{path}");
        }
    }

    async fn delete(&mut self, step: &Value) {
        for call in list(&step["calls"]) {
            self.call(call).await;
        }
        let state = self.state.clone();
        assert_eq!(self.read(&state).await, None, "it is still there");
        self.state = Value::Null;
    }

    async fn call(&self, call: &Value) -> Reply {
        let (method, path) = text(&call["call"]).split_once(' ').expect("a method and a path");
        let path = text(&self.filled(&Value::from(path))).to_owned();
        let body = match call.get("body") {
            Some(body) => Body::Json(self.filled(body)),
            None => Body::Empty,
        };
        let reply = self.client.send(method.parse::<Method>().expect("a method"), &path, body).await;
        let expected = call["status"].as_u64().expect("a status");
        assert_eq!(u64::from(reply.status), expected, "{call}\n  answered {}", reply.text);
        if let Some(shows) = call.get("shows") {
            crate::compare::assert_shows(&reply.json(), &self.filled(shows));
        }
        reply
    }

    /// The state as it is read now; nothing where the resource is gone.
    async fn read(&self, known: &Value) -> Option<Value> {
        let mut here = self.clone();
        if here.state.is_null() {
            here.state = known.clone();
        }
        let path = here.filled(&self.fixture["read"]);
        let reply = self.client.get(text(&path)).await;
        if reply.status == 404 {
            return None;
        }
        let found = here.found(&reply.ok(200))?;
        let faults = faults(&self.fixture["types"], &found);
        assert!(faults.is_empty(), "{}\n  in {found}", faults.join("\n"));
        Some(self.state_of(&found))
    }

    /// The resource in a reply: all of it, or the row of a list that the fixture's `find` describes.
    fn found(&self, reply: &Value) -> Option<Value> {
        let Some(find) = self.fixture.get("find") else { return Some(reply.clone()) };
        let rows = reply.pointer(text(&find["in"])).expect("a list to search");
        let wanted = self.filled(&find["where"]);
        list(rows).iter().find(|row| crate::compare::missing(&wanted, row).is_empty()).cloned()
    }

    /// What the provider keeps of a reply: the attributes it knows; each must be there.
    fn state_of(&self, reply: &Value) -> Value {
        keep(&self.fixture["attributes"], reply)
    }

    /// JSON with `{name}` replaced: a text that is nothing else becomes the value itself.
    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::Array(list) => list.iter().map(|it| self.filled(it)).collect(),
            Value::Object(fields) => fields.iter().map(|(key, it)| (key.clone(), self.filled(it))).collect(),
            Value::String(text) => self.text(text),
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> Value {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").expect("a closing bracket");
            let value = match name.strip_prefix("state") {
                Some(place) => self.state.pointer(place),
                None => self.names.get(name),
            };
            let value = value.unwrap_or_else(|| panic!("{name} stands for nothing in {}", self.state));
            if before.is_empty() && after.is_empty() && out.is_empty() {
                return value.clone();
            }
            out.push_str(before);
            out.push_str(value.as_str().map_or(value.to_string(), str::to_owned).as_str());
            rest = after;
        }
        Value::from(out + rest)
    }
}

/// The attributes of a reply, sorted where they are sets.
fn keep(attributes: &Value, reply: &Value) -> Value {
    let mut kept = Map::new();
    for (name, kind) in attributes.as_object().expect("attributes") {
        let value = reply.get(name).unwrap_or_else(|| panic!("'{name}' is missing in {reply}"));
        let rows = |of: &Value| list(value).iter().map(|row| keep(of, row)).collect::<Vec<_>>();
        let value = match (kind.get("set"), kind.get("list")) {
            (Some(row), _) => {
                let mut rows = rows(row);
                rows.sort_by_key(ToString::to_string);
                Value::from(rows)
            }
            (None, Some(row)) => Value::from(rows(row)),
            (None, None) => value.clone(),
        };
        kept.insert(name.clone(), value);
    }
    Value::Object(kept)
}

/// What Terraform would change to get from the state to the configuration.
fn plan(attributes: &Value, config: &Value, state: &Value) -> Vec<String> {
    let mut changes = Vec::new();
    for (name, kind) in attributes.as_object().expect("attributes") {
        let (wanted, now) = (config.get(name).filter(|it| !it.is_null()), &state[name]);
        let same = match (kind.get("set"), kind.get("list"), wanted) {
            (Some(row), _, wanted) => same_set(row, list(wanted.unwrap_or(&Value::Null)), list(now)),
            (None, Some(row), wanted) => same_list(row, list(wanted.unwrap_or(&Value::Null)), list(now)),
            (None, None, Some(wanted)) => wanted == now,
            // What the server decides shows in the state alone.
            (None, None, None) => *kind == "computed" || now.is_null(),
        };
        if !same {
            changes.push(format!("{name}: {} -> {}", now, wanted.unwrap_or(&Value::Null)));
        }
    }
    changes
}

fn same_list(row: &Value, wanted: &[Value], now: &[Value]) -> bool {
    wanted.len() == now.len() && wanted.iter().zip(now).all(|(wanted, now)| plan(row, wanted, now).is_empty())
}

fn same_set(row: &Value, wanted: &[Value], now: &[Value]) -> bool {
    let mut left: Vec<&Value> = now.iter().collect();
    let found = wanted.iter().all(|wanted| {
        let at = left.iter().position(|now| plan(row, wanted, now).is_empty());
        at.map(|at| left.remove(at)).is_some()
    });
    found && left.is_empty()
}

/// Where a reply is not what a strict decoder takes: `int`, `number`, `bool`, `string`, `time`, `date`, `list`,
/// `object`, and the same with `?` where null is allowed; an object of these for what lies inside.
pub fn faults(types: &Value, reply: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, kind) in types.as_object().into_iter().flatten() {
        let Some(value) = reply.get(name) else {
            found.push(format!("{name} is missing"));
            continue;
        };
        match (kind, value) {
            (Value::Object(_), Value::Object(_)) => {
                found.extend(faults(kind, value).into_iter().map(|it| format!("{name}/{it}")));
            }
            (Value::Array(of), Value::Array(rows)) => {
                let each = rows.iter().flat_map(|row| of.iter().flat_map(|of| faults(of, row)));
                found.extend(each.map(|it| format!("{name}/…/{it}")));
            }
            _ if fits(text(kind), value) => {}
            _ => found.push(format!("{name}: {kind} expected, {value} found")),
        }
    }
    found
}

fn fits(kind: &str, value: &Value) -> bool {
    let (kind, null) = kind.strip_suffix('?').map_or((kind, false), |kind| (kind, true));
    if value.is_null() {
        return null;
    }
    let digits = |pattern: &str, text: &str| {
        let of = |(p, c): (char, char)| if p == '0' { c.is_ascii_digit() } else { p == c };
        text.len() == pattern.len() && pattern.chars().zip(text.chars()).all(of)
    };
    match kind {
        "int" => value.is_i64(),
        "number" => value.is_number(),
        "bool" => value.is_boolean(),
        "string" => value.is_string(),
        "time" => value.as_str().is_some_and(|it| digits("0000-00-00T00:00:00.000Z", it)),
        "date" => value.as_str().is_some_and(|it| digits("0000-00-00", it)),
        "list" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn list(of: &Value) -> &[Value] {
    of.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[track_caller]
fn text(of: &Value) -> &str {
    of.as_str().unwrap_or_else(|| panic!("a text expected, {of} found"))
}
