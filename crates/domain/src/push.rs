//! What a push may do to the refs of a repository.

/// Why a push may not update the ref of that full name, or delete it; `None` if it may.
pub fn refusal(ref_name: &str, deletes: bool, default_branch: &str) -> Option<&'static str> {
    let default = ref_name.strip_prefix("refs/heads/") == Some(default_branch);
    (deletes && default).then_some("The default branch of a project cannot be deleted.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_may_be_pushed_but_the_end_of_the_default_branch() {
        let rows = [
            ("refs/heads/main", true, true),
            ("refs/heads/main", false, false),
            ("refs/heads/other", true, false),
            ("refs/heads/x/main", true, false),
            ("refs/tags/main", true, false),
            ("main", true, false),
        ];
        for (name, deletes, refused) in rows {
            assert_eq!(refusal(name, deletes, "main").is_some(), refused, "{name} {deletes}");
        }
    }
}
