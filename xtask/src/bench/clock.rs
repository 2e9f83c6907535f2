//! The clock of the benchmark, and what is made of many readings of it.

use std::time::{Duration, Instant};

/// Now.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The value that a share (0 to 1) of all values does not exceed; 0 of none.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let at = (share * last as f64).ceil() as usize;
    sorted.get(at.min(last)).copied().unwrap_or_default()
}

/// The middle value; of an even number of values the mean of the two in the middle; 0 of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let upper = sorted.get(half).copied().unwrap_or_default();
    if sorted.len() % 2 == 1 {
        return upper;
    }
    let lower = half.checked_sub(1).and_then(|at| sorted.get(at)).copied().unwrap_or_default();
    f64::midpoint(lower, upper)
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(of: Duration) -> f64 {
    of.as_secs_f64() * 1000.0
}

/// Our rate and the baseline's, measured in turns: only the ratio within one turn means something on a machine that
/// others use too.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    ours: Vec<f64>,
    baseline: Vec<f64>,
}

impl Compared {
    /// Adds one turn.
    pub(crate) fn push(&mut self, ours: f64, baseline: f64) {
        self.ours.push(ours);
        self.baseline.push(baseline);
    }

    /// The median of the ratios of all turns.
    pub(crate) fn ratio(&self) -> f64 {
        let ratios: Vec<f64> = self.ours.iter().zip(&self.baseline).map(|(ours, base)| ours / base).collect();
        median(&ratios)
    }

    /// Both medians, for the reader.
    pub(crate) fn rates(&self, baseline: &str) -> String {
        format!("{:.0}/s beside {:.0}/s of {baseline}", median(&self.ours), median(&self.baseline))
    }
}

#[cfg(test)]
mod tests {
    use super::{Compared, median, percentile};

    #[test]
    fn the_middle_and_the_tail() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&hundred, 0.5), 51.0);
        assert_eq!(percentile(&hundred, 0.99), 100.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }

    #[test]
    fn a_ratio_is_the_median_of_turns() {
        let mut compared = Compared::default();
        for (ours, baseline) in [(1.0, 2.0), (4.0, 4.0), (1.0, 10.0)] {
            compared.push(ours, baseline);
        }
        assert_eq!(compared.ratio(), 0.5);
    }
}
