//! From words to a condition: `||` binds least, then `&&`, then comparisons.

use super::token::{Token, Word};
use super::{Expression, Matcher, Problem, Value};
use crate::pattern::{self, Patterns};
use crate::place::shown;

/// Deepest nesting of parentheses.
const MAX_NESTING: usize = 50;

/// Reads all words of an expression.
pub(super) fn parse(tokens: &[Token<'_>], text: &str, patterns: &Patterns) -> Result<Expression, Problem> {
    let end = text.chars().count();
    let mut parser = Parser { tokens, next: 0, end, patterns };
    if tokens.is_empty() {
        return Err(Problem { at: 0, message: "the expression is empty".to_owned() });
    }
    let expression = parser.either(0)?;
    match parser.peek() {
        None => Ok(expression),
        Some(Token { at, word: Word::Sign(")") }) => Err(problem(*at, "this `)` has no `(` before it")),
        Some(found) => {
            Err(problem(found.at, &format!("{} is one too many; join conditions with `&&` or `||`", name(found.word))))
        }
    }
}

fn problem(at: usize, message: &str) -> Problem {
    Problem { at, message: message.to_owned() }
}

/// What to call a word in a message.
fn name(word: Word<'_>) -> String {
    match word {
        Word::Variable(name) => format!("`${}`", shown(name)),
        Word::Text(text) => format!("`\"{}\"`", shown(text)),
        Word::Pattern(text) => format!("`{}`", shown(text)),
        Word::Null => "`null`".to_owned(),
        Word::Sign(sign) => format!("`{sign}`"),
    }
}

struct Parser<'t> {
    tokens: &'t [Token<'t>],
    next: usize,
    /// How many characters the text has.
    end: usize,
    patterns: &'t Patterns,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token<'t>> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<&'t Token<'t>> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token { word: Word::Sign(next), .. }) if *next == sign);
        self.next += usize::from(found);
        found
    }

    fn either(&mut self, depth: usize) -> Result<Expression, Problem> {
        let mut left = self.both(depth)?;
        while self.takes("||") {
            left = Expression::Or(Box::new(left), Box::new(self.both(depth)?));
        }
        Ok(left)
    }

    fn both(&mut self, depth: usize) -> Result<Expression, Problem> {
        let mut left = self.condition(depth)?;
        while self.takes("&&") {
            left = Expression::And(Box::new(left), Box::new(self.condition(depth)?));
        }
        Ok(left)
    }

    fn condition(&mut self, depth: usize) -> Result<Expression, Problem> {
        let at = self.peek().map_or(self.end, |token| token.at);
        if self.takes("(") {
            if depth >= MAX_NESTING {
                return Err(problem(at, &format!("parentheses are nested more than {MAX_NESTING} levels deep")));
            }
            let inner = self.either(depth + 1)?;
            if !self.takes(")") {
                return Err(problem(at, "this `(` has no `)` behind it"));
            }
            return match self.comparison() {
                Some((at, sign)) => Err(problem(at, &format!("`{sign}` compares variables and texts, not conditions"))),
                None => Ok(inner),
            };
        }
        let left = self.value()?;
        let Some((_, sign)) = self.comparison() else { return Ok(Expression::Value(left)) };
        let compared = match sign {
            "==" | "!=" => Expression::Equals(left, self.value()?, sign == "!="),
            _ => Expression::Matches(left, self.matcher()?, sign == "!~"),
        };
        match self.comparison() {
            Some((at, _)) => Err(problem(at, "comparisons cannot be chained; join them with `&&` or `||`")),
            None => Ok(compared),
        }
    }

    /// Takes the sign of a comparison, if there is one.
    fn comparison(&mut self) -> Option<(usize, &'static str)> {
        match self.peek() {
            Some(Token { at, word: Word::Sign(sign @ ("==" | "!=" | "=~" | "!~")) }) => {
                self.next += 1;
                Some((*at, sign))
            }
            _ => None,
        }
    }

    fn value(&mut self) -> Result<Value, Problem> {
        match self.take() {
            Some(Token { word: Word::Variable(name), .. }) => Ok(Value::Variable((*name).to_owned())),
            Some(Token { word: Word::Text(text), .. }) => Ok(Value::Text((*text).to_owned())),
            Some(Token { word: Word::Null, .. }) => Ok(Value::Null),
            Some(Token { at, word: Word::Pattern(_) }) => {
                Err(problem(*at, "a pattern can only be on the right of `=~` or `!~`"))
            }
            Some(Token { at, word }) => {
                Err(problem(*at, &format!("a variable or a text is missing before {}", name(*word))))
            }
            None => Err(problem(self.end, "a variable or a text is missing at the end")),
        }
    }

    fn matcher(&mut self) -> Result<Matcher, Problem> {
        match self.take() {
            Some(Token { word: Word::Variable(name), .. }) => Ok(Matcher::Variable((*name).to_owned())),
            Some(Token { at, word: Word::Pattern(written) }) => match self.patterns.get(written) {
                Some(pattern) => Ok(Matcher::Pattern(pattern)),
                None => {
                    let why = pattern::compile(written).err().unwrap_or_default();
                    Err(problem(*at, &format!("the pattern {why}")))
                }
            },
            Some(Token { at, .. }) => Err(problem(*at, NO_PATTERN)),
            None => Err(problem(self.end, NO_PATTERN)),
        }
    }
}

/// Something else is where a pattern must be.
pub(super) const NO_PATTERN: &str =
    "on the right of `=~` and `!~` must be a pattern such as `/^release-/`, or a variable that holds one";
