//! Reads .gitlab-ci.yml into a pipeline plan with diagnostics.
