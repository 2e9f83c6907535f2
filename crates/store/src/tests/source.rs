//! Finds the SQL in our own source: string literals, `concat!`, and macros that give strings.

use std::collections::HashMap;
use std::iter::Peekable;
use std::path::Path;
use std::str::Chars;

/// A statement, where it stands, and for which engines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) file: String,
    pub(super) sql: String,
    pub(super) sqlite: bool,
    pub(super) postgres: bool,
}

/// All statements of the crate but those of its engine and its tests.
pub(super) fn statements() -> Vec<Statement> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let mut sources: Vec<(String, Vec<Token>, Macros)> = Vec::new();
    for (name, text) in files {
        let (tokens, macros) = split(&tokens(&text));
        sources.push((name, tokens, macros));
    }
    let everywhere: Macros = sources.iter().flat_map(|(_, _, macros)| macros.clone()).collect();
    let mut found = Vec::new();
    for (file, tokens, _) in &sources {
        // A file sees its own macros first, then those of the modules it is in.
        let module = |(name, ..): &&(String, _, _)| name == file || within(file, name);
        let own = sources.iter().filter(module).flat_map(|(_, _, macros)| macros.clone()).collect();
        let scope = Scope { own: &own, everywhere: &everywhere };
        found.extend(scope.find(tokens).into_iter().map(|f| Statement { file: file.clone(), ..f }));
    }
    found
}

/// Whether `file` belongs to a module in `parent`: `projects/list.rs` does to `projects.rs`.
fn within(file: &str, parent: &str) -> bool {
    parent.strip_suffix(".rs").and_then(|parent| file.strip_prefix(parent)).is_some_and(|rest| rest.starts_with('/'))
}

fn collect(dir: &Path, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    // `projects.rs` before `projects/list.rs`, whose macros of the same name count there.
    entries.sort_by_key(|path| (path.is_dir(), path.clone()));
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["engine", "tests", "testing"].contains(&name.as_str()) {
                collect(&path, files);
            }
        } else if name.ends_with(".rs")
            && !["engine.rs", "tests.rs", "testing.rs", "migrate.rs"].contains(&name.as_str())
        {
            files.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Text(String),
    /// A name or a number.
    Word(String),
    /// `$name`.
    Var(String),
    Mark(char),
}

fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => drop(chars.by_ref().find(|c| *c == '\n')),
            '"' => tokens.push(Token::Text(quoted(&mut chars))),
            '\'' => character(&mut chars),
            '$' if chars.peek().is_some_and(|c| c.is_alphabetic()) => tokens.push(Token::Var(word(&mut chars))),
            c if c.is_alphanumeric() || c == '_' => {
                let word = c.to_string() + &word(&mut chars);
                match chars.peek() {
                    Some('"' | '#') if word == "r" => tokens.push(Token::Text(raw(&mut chars))),
                    _ => tokens.push(Token::Word(word)),
                }
            }
            c if c.is_whitespace() => {}
            c => tokens.push(Token::Mark(c)),
        }
    }
    tokens
}

fn word(chars: &mut Peekable<Chars<'_>>) -> String {
    std::iter::from_fn(|| chars.next_if(|c| c.is_alphanumeric() || *c == '_')).collect()
}

fn quoted(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next().unwrap() {
                '\n' => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                'n' => text.push('\n'),
                't' => text.push('\t'),
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
    text
}

fn raw(chars: &mut Peekable<Chars<'_>>) -> String {
    let hashes: String = std::iter::from_fn(|| chars.next_if_eq(&'#')).collect();
    let end = format!("\"{hashes}");
    let mut text = String::new();
    chars.next();
    for c in chars.by_ref() {
        text.push(c);
        if text.ends_with(&end) {
            break;
        }
    }
    text.truncate(text.len() - end.len());
    text
}

/// Skips a character literal; of a lifetime only the quote.
fn character(chars: &mut Peekable<Chars<'_>>) {
    let mut ahead = chars.clone();
    match (ahead.next(), ahead.next()) {
        (Some('\\'), Some(_)) => drop(chars.by_ref().skip(2).find(|c| *c == '\'')),
        (Some(_), Some('\'')) => drop(chars.by_ref().nth(1)),
        _ => {}
    }
}

/// A macro with one arm: its parameters, of which the last may be many, and its body.
#[derive(Debug, Clone)]
struct Macro {
    params: Vec<String>,
    many: bool,
    body: Vec<Token>,
}

type Macros = HashMap<String, Macro>;

/// The tokens without definitions of macros, and those.
fn split(tokens: &[Token]) -> (Vec<Token>, Macros) {
    let (mut rest, mut macros) = (Vec::new(), Macros::new());
    let mut at = 0;
    while at < tokens.len() {
        let [Token::Word(word), Token::Mark('!'), Token::Word(name), Token::Mark('{'), ..] = &tokens[at..] else {
            rest.push(tokens[at].clone());
            at += 1;
            continue;
        };
        let end = closing(tokens, at + 3);
        if word == "macro_rules" {
            let pattern_end = closing(tokens, at + 4);
            let pattern = &tokens[at + 5..pattern_end];
            let params = pattern.iter().filter_map(|t| if let Token::Var(v) = t { Some(v.clone()) } else { None });
            let body_at = pattern_end + 3;
            let body = tokens[body_at + 1..closing(tokens, body_at)].to_vec();
            let many = pattern.contains(&Token::Mark('$'));
            macros.insert(name.clone(), Macro { params: params.collect(), many, body });
        }
        at = end + 1;
    }
    (rest, macros)
}

/// Where the bracket that opens at `open` closes.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("a bracket that never closes")
}

type Values = HashMap<String, Vec<String>>;

struct Scope<'a> {
    own: &'a Macros,
    everywhere: &'a Macros,
}

impl Scope<'_> {
    fn find(&self, tokens: &[Token]) -> Vec<Statement> {
        let mut found = Vec::new();
        let mut add = |text: &str, sqlite, postgres| {
            let first = text.split_whitespace().next().unwrap_or_default();
            if ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&first) {
                found.push(Statement { file: String::new(), sql: text.to_owned(), sqlite, postgres });
            }
        };
        let mut at = 0;
        while at < tokens.len() {
            if let [Token::Word(pick), Token::Mark('('), ..] = &tokens[at..]
                && pick == "pick"
                && let Some(texts) = self.list(&tokens[at + 2..closing(tokens, at + 1)], &Values::new())
                && let [sqlite, postgres] = &texts[..]
            {
                add(sqlite, true, false);
                add(postgres, false, true);
                at = closing(tokens, at + 1) + 1;
            } else if let Some((texts, length)) = self.value(&tokens[at..], &Values::new()) {
                add(&texts.concat(), true, true);
                at += length;
            } else {
                at += 1;
            }
        }
        found
    }

    /// The texts that the expression at the start of `tokens` stands for, and its length.
    fn value(&self, tokens: &[Token], values: &Values) -> Option<(Vec<String>, usize)> {
        match tokens {
            [Token::Text(text), ..] => Some((vec![text.clone()], 1)),
            [Token::Mark('$'), Token::Mark('('), Token::Var(name), ..] => {
                Some((values.get(name)?.clone(), closing(tokens, 1) + 3))
            }
            [Token::Var(name), ..] if name != "crate" => Some((values.get(name)?.clone(), 1)),
            [Token::Word(_) | Token::Var(_), ..] => {
                let path = tokens
                    .iter()
                    .take_while(|t| matches!(t, Token::Word(_) | Token::Var(_) | Token::Mark(':')))
                    .count();
                let (Token::Word(name), Token::Mark('!'), Token::Mark('(')) =
                    (tokens.get(path - 1)?, tokens.get(path)?, tokens.get(path + 1)?)
                else {
                    return None;
                };
                let end = closing(tokens, path + 1);
                let args = self.list(&tokens[path + 2..end], values)?;
                Some((vec![self.call(name, args)?], end + 1))
            }
            _ => None,
        }
    }

    /// The texts of expressions with commas between.
    fn list(&self, mut tokens: &[Token], values: &Values) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        while !tokens.is_empty() {
            let (text, length) = self.value(tokens, values)?;
            texts.extend(text);
            tokens = &tokens[length..];
            match tokens.split_first() {
                Some((Token::Mark(','), rest)) => tokens = rest,
                None => {}
                Some(_) => return None,
            }
        }
        Some(texts)
    }

    fn call(&self, name: &str, args: Vec<String>) -> Option<String> {
        if name == "concat" {
            return Some(args.concat());
        }
        let called = self.own.get(name).or_else(|| self.everywhere.get(name))?;
        let mut args = args.into_iter();
        let mut values = Values::new();
        for (position, param) in called.params.iter().enumerate() {
            let last = position + 1 == called.params.len();
            let taken = if last && called.many { args.by_ref().collect() } else { vec![args.next()?] };
            values.insert(param.clone(), taken);
        }
        let (texts, length) = self.value(&called.body, &values)?;
        (length == called.body.len()).then(|| texts.concat())
    }
}

#[test]
fn statements_are_found_in_literals_and_macros() {
    let source = r##"
        // "SELECT comment"
        macro_rules! columns { () => { "a, \
            b" }; }
        macro_rules! select { ($tail:expr) => { concat!("SELECT ", columns!(), " FROM t ", $tail) }; }
        macro_rules! with { ($($tail:expr),+) => { concat!("WITH x AS (", $($tail),+, ")") }; }
        macro_rules! nested { ($($tail:expr),+) => { $crate::many::with!("1", $($tail),+) }; }
        fn f<'a>(c: &'a str) { g('"', '\'', "no", format!("{}", select!("WHERE a = 1")), r#"DELETE FROM "t""#);
            h(super::nested!("2", columns!()), d.pick("SELECT 1", "SELECT 2")) }
    "##;
    let (tokens, macros) = split(&tokens(source));
    let found = Scope { own: &macros, everywhere: &macros }.find(&tokens);
    let texts: Vec<_> = found.iter().map(|s| (s.sql.as_str(), s.sqlite, s.postgres)).collect();
    assert_eq!(
        texts,
        [
            ("SELECT a, b FROM t WHERE a = 1", true, true),
            ("DELETE FROM \"t\"", true, true),
            ("WITH x AS (12a, b)", true, true),
            ("SELECT 1", true, false),
            ("SELECT 2", false, true),
        ]
    );
}
