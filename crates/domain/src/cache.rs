//! Under which names jobs keep files for each other.

/// The key of a cache, of one as written. Where protected branches and tags have caches of their own, what a job leaves for
/// others in one of them is never what a job found that whoever may push could change (GitLab's documentation, "Cache key
/// names": `-protected` and `-non_protected`).
pub fn cache_key(written: &str, separated: bool, ref_protected: bool) -> String {
    match (separated, ref_protected) {
        (false, _) => written.to_owned(),
        (true, true) => format!("{written}-protected"),
        (true, false) => format!("{written}-non_protected"),
    }
}

#[cfg(test)]
mod tests {
    use super::cache_key;

    #[test]
    fn protected_refs_share_a_cache_with_others_only_where_a_project_wants_that() {
        assert_eq!(cache_key("deps", true, true), "deps-protected");
        assert_eq!(cache_key("deps", true, false), "deps-non_protected");
        assert_eq!([true, false].map(|protected| cache_key("deps", false, protected)), ["deps", "deps"]);
        // Whatever is written, the one is never the other.
        assert_ne!(cache_key("deps-protected", true, false), cache_key("deps", true, true));
    }
}
