//! How a job is treated, as its configuration says; kept with the job.

use countersign_ci as ci;
use countersign_domain::job::RetryPolicy;
use serde::{Deserialize, Serialize};

/// How a job is treated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// How often, and after what, it is tried again by itself.
    #[serde(skip_serializing_if = "is_default")]
    pub retry: RetryPolicy,
    /// Codes with which its script may end so that the failure does not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_exit_codes: Vec<i64>,
    /// Whether its failure, or its waiting to be played, does not count; unless, at times, its deployment waits for approval.
    #[serde(skip_serializing_if = "is_default")]
    pub optional: bool,
    /// Which of how many jobs made of one it is, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<(usize, usize)>,
    /// The job, as defined, that stops the environment it deploys to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_stop: Option<String>,
    /// After how many seconds its environment stops by itself; 0 for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_stop_in: Option<i64>,
    /// Where its environment can be seen, nothing expanded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether it may be canceled while it runs, once a newer pipeline makes its own superfluous.
    #[serde(skip_serializing_if = "is_default")]
    pub interruptible: bool,
    /// What whoever plays it is asked to confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual_confirmation: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Options {
    /// How a planned job is treated; what depends on variables is still to be added.
    pub fn of(job: &ci::JobPlan) -> Options {
        let retry = job.retry.as_ref().map(|retry| RetryPolicy {
            max: usize::from(retry.max),
            when: retry.when.clone(),
            exit_codes: retry.exit_codes.clone(),
        });
        Options {
            retry: retry.unwrap_or_default(),
            allowed_exit_codes: job.allowed_exit_codes.clone(),
            optional: job.allow_failure,
            node: job.parallel,
            on_stop: job.environment.as_ref().and_then(|at| at.on_stop.clone()),
            auto_stop_in: None,
            url: job.environment.as_ref().and_then(|at| at.url.clone()),
            interruptible: job.interruptible,
            manual_confirmation: job.manual_confirmation.clone(),
        }
    }

    /// Reads what is kept with a job; what cannot be read asks for nothing.
    pub fn read(kept: &str) -> Options {
        serde_json::from_str(kept).unwrap_or_default()
    }

    /// As it is kept with a job.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back_and_nothing_special_is_short() {
        assert_eq!(Options::default().write(), "{}");
        let retry = RetryPolicy { max: 2, when: vec!["always".into()], exit_codes: vec![1] };
        let (on_stop, auto_stop_in) = (Some("end".into()), Some(60));
        let options = Options {
            retry,
            allowed_exit_codes: vec![3],
            optional: true,
            node: Some((1, 2)),
            on_stop,
            auto_stop_in,
            url: Some("https://$HOST".into()),
            interruptible: true,
            manual_confirmation: Some("Sure?".into()),
        };
        assert_eq!(Options::read(&options.write()), options);
        assert_eq!(Options::read("nonsense"), Options::default());
    }
}
