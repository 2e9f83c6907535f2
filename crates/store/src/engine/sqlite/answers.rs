//! What a connection was answered since the database last changed: whoever asks the same before it changes again is given
//! that answer, and no statement runs.
//!
//! This process counts its own commits, before and after each. While the count stays the same, nothing has changed but
//! what another process did; and `PRAGMA data_version` tells of those, in the snapshot that is read
//! (<https://www.sqlite.org/pragma.html#pragma_data_version>). It is asked every [`TRUST`].

use super::commits::Count;
use super::connection::cell;
use crate::engine::column::Cell;
use crate::engine::value::Value;
use crate::error::Result;
use std::collections::HashMap;
use std::ops::Range;
use std::time::{Duration, Instant};

/// How long it may take until what another process changed is seen.
const TRUST: Duration = Duration::from_millis(10);
/// Most bytes that a connection keeps, roughly. When there are more, all are dropped: what is in use comes back.
const ROOM: usize = 256 * 1024;

/// A statement of the program: where its text lies and how long it is tell it from every other.
type Statement = (usize, usize);

/// The answers that one connection has.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    count: Option<Count>,
    /// The version of the database, and when it was asked; none while changes follow each other so quickly that no answer
    /// would be of use.
    version: Option<(i64, Instant)>,
    known: HashMap<Statement, HashMap<Vec<Value>, Answer>>,
    size: usize,
}

impl Answers {
    /// Whether they hold without a look at the database, as far as this process has made so many commits.
    pub(super) fn hold(&self, count: Option<Count>) -> bool {
        count.is_some() && self.count == count && self.version.is_some_and(|(_, asked)| asked.elapsed() < TRUST)
    }

    /// A transaction begins. The count was taken before it; `version` asks for the version of the database in it.
    ///
    /// # Errors
    /// Those of `version`.
    pub(super) fn begin(&mut self, count: Option<Count>, version: impl FnOnce() -> Result<i64>) -> Result<()> {
        let quiet = count.is_some() && self.count == count;
        let before = self.version.take();
        self.count = count;
        if quiet {
            self.version = Some((version()?, moment()));
        }
        if before.is_none() || self.version.map(|(now, _)| now) != before.map(|(then, _)| then) {
            self.clear();
        }
        Ok(())
    }

    /// What a statement was answered under these parameters.
    pub(super) fn get(&self, sql: &'static str, params: &[Value]) -> Option<&Answer> {
        self.known.get(&statement(sql))?.get(params)
    }

    /// An answer to be filled and given to [`Answers::put`], if it would be kept.
    pub(super) fn begin_answer(&self) -> Option<Answer> {
        self.version.map(|_| Answer::default())
    }

    /// Keeps an answer.
    pub(super) fn put(&mut self, sql: &'static str, params: &[Value], answer: Answer) {
        let size = answer.size() + params.iter().map(weight).sum::<usize>();
        if self.size + size > ROOM {
            self.clear();
        }
        if size <= ROOM {
            self.size += size;
            self.known.entry(statement(sql)).or_default().insert(params.to_vec(), answer);
        }
    }

    fn clear(&mut self) {
        if self.size > 0 {
            self.known.clear();
            self.size = 0;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "no decision depends on it, only how soon the database is asked again")]
fn moment() -> Instant {
    Instant::now()
}

fn statement(sql: &'static str) -> Statement {
    (sql.as_ptr().addr(), sql.len())
}

/// What a parameter takes, with its share of the map that it is a key of.
fn weight(of: &Value) -> usize {
    let own = match of {
        Value::Text(Some(text)) => text.len(),
        Value::Blob(Some(bytes)) => bytes.len(),
        _ => 0,
    };
    own + 2 * size_of::<Value>()
}

/// The rows of one answer.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The cells of all rows, one row after another.
    cells: Vec<Kept>,
    /// How many cells a row has.
    width: usize,
    texts: String,
    blobs: Vec<u8>,
}

#[derive(Debug, Clone)]
enum Kept {
    Null,
    Int(i64),
    Text(Range<usize>),
    Blob(Range<usize>),
}

impl Answer {
    /// Adds a row.
    ///
    /// # Errors
    /// It has a cell that no row of ours has.
    pub(super) fn push(&mut self, row: &rusqlite::Row<'_>) -> Result<(), String> {
        self.width = row.as_ref().column_count();
        for index in 0..self.width {
            let kept = match cell(row, index)? {
                Cell::Int(number) => Kept::Int(number),
                Cell::Text(text) => {
                    let start = self.texts.len();
                    self.texts.push_str(text);
                    Kept::Text(start..self.texts.len())
                }
                Cell::Blob(bytes) => {
                    let start = self.blobs.len();
                    self.blobs.extend_from_slice(bytes);
                    Kept::Blob(start..self.blobs.len())
                }
                Cell::Bool(truth) => Kept::Int(i64::from(truth)),
                Cell::Null => Kept::Null,
            };
            self.cells.push(kept);
        }
        Ok(())
    }

    /// Its rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = AnsweredRow<'_>> {
        // Without a row there is no width either.
        self.cells.chunks(self.width.max(1)).map(|cells| AnsweredRow { of: self, cells })
    }

    fn size(&self) -> usize {
        size_of::<Answer>() + self.cells.len() * size_of::<Kept>() + self.texts.len() + self.blobs.len()
    }
}

/// A row of an answer that was kept.
#[derive(Debug, Clone, Copy)]
pub struct AnsweredRow<'a> {
    of: &'a Answer,
    cells: &'a [Kept],
}

impl<'a> AnsweredRow<'a> {
    /// The cell at `index`.
    pub(crate) fn cell(self, index: usize) -> Result<Cell<'a>, String> {
        let found = match self.cells.get(index).ok_or("there is no such column")? {
            Kept::Null => Some(Cell::Null),
            Kept::Int(number) => Some(Cell::Int(*number)),
            Kept::Text(place) => self.of.texts.get(place.clone()).map(Cell::Text),
            Kept::Blob(place) => self.of.blobs.get(place.clone()).map(Cell::Blob),
        };
        found.ok_or_else(|| "it was not kept".into())
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Answers, ROOM, TRUST};
    use crate::engine::column::Cell;
    use crate::engine::sqlite::commits::Commits;
    use crate::engine::value::Value;
    use rusqlite::Connection;

    const NAMES: &str = "SELECT name";
    const SIZES: &str = "SELECT size";

    fn answer(text: &str) -> Answer {
        let conn = Connection::open_in_memory().expect("a database");
        let mut answer = Answer::default();
        conn.query_row("SELECT 7, ?1, NULL, x'00ff', ?1", [text], |row| {
            answer.push(row).expect("a row of ours");
            Ok(())
        })
        .expect("a row");
        answer
    }

    #[test]
    fn a_row_is_given_as_it_was() {
        let answer = answer("Zoë");
        let rows: Vec<_> = answer.rows().collect();
        assert_eq!(rows.len(), 1);
        let cells: Vec<_> = (0..5).map(|index| rows[0].cell(index).expect("a cell")).collect();
        let text = Cell::Text("Zoë");
        assert_eq!(cells, [Cell::Int(7), text, Cell::Null, Cell::Blob(&[0, 255]), text]);
        assert!(rows[0].cell(5).is_err());
        assert_eq!(Answer::default().rows().count(), 0);
    }

    fn known(answers: &Answers) -> bool {
        answers.get(NAMES, &[Value::from(1)]).is_some()
    }

    fn put(answers: &mut Answers) {
        answers.put(NAMES, &[Value::from(1)], answer("a"));
    }

    #[test]
    fn answers_are_those_of_one_statement_and_its_parameters() {
        let mut answers = Answers::default();
        put(&mut answers);
        assert!(known(&answers));
        assert!(answers.get(NAMES, &[Value::from(2)]).is_none());
        assert!(answers.get(SIZES, &[Value::from(1)]).is_none());
    }

    #[test]
    fn answers_end_with_the_version_they_were_given_under() {
        let commits = Commits::default();
        let (mut answers, count) = (Answers::default(), commits.count());
        answers.begin(count, || panic!("it is not asked yet")).expect("no version");
        assert!(answers.begin_answer().is_none(), "nobody knows yet whether the database changes all the time");
        assert!(!answers.hold(count));
        answers.begin(count, || Ok(1)).expect("a version");
        assert!(answers.begin_answer().is_some());
        put(&mut answers);
        assert!(answers.hold(count));
        answers.begin(count, || Ok(1)).expect("a version");
        assert!(known(&answers));
        answers.begin(count, || Ok(2)).expect("another version");
        assert!(!known(&answers));
        std::thread::sleep(TRUST);
        assert!(!answers.hold(count), "another process may have changed something");
    }

    #[test]
    fn answers_end_with_a_commit() {
        let commits = Commits::default();
        let mut answers = Answers::default();
        for _ in 0..2 {
            answers.begin(commits.count(), || Ok(1)).expect("a version");
        }
        put(&mut answers);
        let count = commits.count();
        commits.during(|| {
            assert_eq!(commits.count(), None);
            assert!(!answers.hold(commits.count()));
        });
        assert_ne!(commits.count(), count);
        assert!(!answers.hold(commits.count()));
        answers.begin(commits.count(), || panic!("it is not asked yet")).expect("no version");
        assert!(!known(&answers));
    }

    #[test]
    fn nothing_is_kept_while_a_commit_is_under_way() {
        let commits = Commits::default();
        let mut answers = Answers::default();
        commits.during(|| {
            for _ in 0..3 {
                answers.begin(commits.count(), || panic!("it is not asked yet")).expect("no version");
                assert!(answers.begin_answer().is_none());
                assert!(!answers.hold(commits.count()));
            }
        });
    }

    #[test]
    fn never_keeps_more_than_there_is_room_for() {
        let mut answers = Answers::default();
        let long = "x".repeat(ROOM / 10);
        for number in 0..100 {
            answers.put(NAMES, &[Value::from(number)], answer(&long));
            assert!(answers.size <= ROOM);
            assert!(answers.get(NAMES, &[Value::from(number)]).is_some());
        }
        answers.put(SIZES, &[], answer(&"x".repeat(ROOM)));
        assert!(answers.get(SIZES, &[]).is_none(), "it is longer than all there is room for");
    }
}
