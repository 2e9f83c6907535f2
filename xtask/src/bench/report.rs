//! The figures, and the table they are printed as.

/// What a figure must reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Floor {
    /// This much or more.
    AtLeast(f64),
    /// This much or less.
    AtMost(f64),
}

/// The unit of a figure and of its floor.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    /// A share of a baseline: 1 is shown as 100 %.
    Share,
    /// A multiple of a baseline.
    Times,
    /// Milliseconds.
    Milliseconds,
    /// Megabytes, of 1,048,576 bytes.
    Megabytes,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Unit::Share => format!("{:.1} %", value * 100.0),
            Unit::Times => format!("{value:.2} x"),
            Unit::Milliseconds => format!("{value:.1} ms"),
            Unit::Megabytes => format!("{value:.1} MB"),
        }
    }
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) what: &'static str,
    /// The result; none if it could not be measured here.
    pub(crate) value: Option<f64>,
    /// Its unit.
    pub(crate) unit: Unit,
    /// What it must reach, if anything.
    pub(crate) floor: Option<Floor>,
    /// Where the result comes from, or why there is none.
    pub(crate) detail: String,
}

impl Figure {
    /// Whether the floor is reached; `None` without a floor or without a result.
    fn passes(&self) -> Option<bool> {
        let value = self.value?;
        match self.floor? {
            Floor::AtLeast(floor) => Some(value >= floor),
            Floor::AtMost(floor) => Some(value <= floor),
        }
    }

    /// Whether a floor was missed.
    pub(crate) fn is_below(&self) -> bool {
        self.passes() == Some(false)
    }

    fn cells(&self) -> [String; 5] {
        let floor = match self.floor {
            Some(Floor::AtLeast(floor)) => format!(">= {}", self.unit.show(floor)),
            Some(Floor::AtMost(floor)) => format!("<= {}", self.unit.show(floor)),
            None => "none".to_owned(),
        };
        let mark = match self.passes() {
            Some(true) => "pass",
            Some(false) => "BELOW",
            None => "",
        };
        let value = self.value.map_or_else(|| "not measured".to_owned(), |value| self.unit.show(value));
        [self.what.to_owned(), value, floor, mark.to_owned(), self.detail.clone()]
    }
}

/// The table of all figures, in Markdown that is also readable on a terminal.
pub(crate) fn table(figures: &[Figure]) -> String {
    let heads = ["what", "result", "floor", "", "measured"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(heads).chain(figures.iter().map(Figure::cells)).collect();
    let widths: Vec<usize> =
        (0..5).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
        if number == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
            text.push_str(&format!("|{}|\n", rules.join("|")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Figure, Floor, Unit, table};

    fn figure(value: Option<f64>, floor: Option<Floor>) -> Figure {
        Figure { what: "reading", value, unit: Unit::Share, floor, detail: "1/s".to_owned() }
    }

    #[test]
    fn a_floor_is_reached_or_missed() {
        assert!(figure(Some(0.2), Some(Floor::AtLeast(0.25))).is_below());
        assert!(!figure(Some(0.25), Some(Floor::AtLeast(0.25))).is_below());
        assert!(figure(Some(0.3), Some(Floor::AtMost(0.25))).is_below());
        assert!(!figure(None, Some(Floor::AtLeast(0.25))).is_below());
        assert!(!figure(Some(0.1), None).is_below());
    }

    #[test]
    fn the_table_lines_up() {
        let text = table(&[figure(Some(0.305), Some(Floor::AtLeast(0.25))), figure(None, None)]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[2], "| reading | 30.5 %       | >= 25.0 % | pass | 1/s      |");
        assert!(lines.iter().all(|line| line.len() == lines[0].len()));
    }
}
