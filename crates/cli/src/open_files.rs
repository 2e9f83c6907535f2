//! How many files and connections the process may have open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// What a full server needs: each connection is a file, and repositories, logs and the database take some.
const WANTED: u64 = 20_000;

/// Raises the limit of open files as far as the system lets this process: what is inherited is often 1024, and each
/// runner that waits for a job holds a connection.
pub(crate) fn raise_limit() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        let most = WANTED.min(hard).max(soft);
        setrlimit(Resource::RLIMIT_NOFILE, most, hard).map(|()| most)
    });
    match raised {
        Ok(most) if most < WANTED => {
            tracing::warn!(
                most,
                "few files may be open at once; for many waiting runners raise the limit (ulimit -n) to {WANTED}"
            );
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_limit_is_raised_as_far_as_it_may_be() {
        let (before, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        raise_limit();
        let (after, still) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        assert_eq!((after, still), (WANTED.min(hard).max(before), hard));
    }
}
