//! What this runner tells about itself.

use std::path::Path;

use countersign_wire::runner::{Info, InfoFeatures};

use crate::script::is_bash;

/// The description that goes with every call.
pub(crate) fn of(shell: &Path) -> Info {
    Info {
        name: "countersign-runner".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: std::env::consts::OS.to_owned(),
        architecture: architecture().to_owned(),
        executor: "shell".to_owned(),
        shell: if is_bash(shell) { "bash" } else { "sh" }.to_owned(),
        features: features(),
        ..Info::default()
    }
}

fn features() -> InfoFeatures {
    InfoFeatures {
        variables: true,
        artifacts: true,
        artifacts_exclude: true,
        upload_multiple_artifacts: true,
        cache: true,
        fallback_cache_keys: true,
        shared: true,
        refspecs: true,
        masking: true,
        raw_variables: true,
        multi_build_steps: true,
        trace_reset: true,
        trace_checksum: true,
        trace_size: true,
        cancelable: true,
        cancel_gracefully: true,
        return_exit_code: true,
        two_phase_job_commit: true,
        ..InfoFeatures::default()
    }
}

/// The processor under the name that runners use for it.
pub(crate) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
