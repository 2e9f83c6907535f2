//! The people of the story.

/// Somebody with a token.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The username.
    pub(super) name: String,
    /// What they are, in a word.
    pub(super) role: &'static str,
    /// Their id.
    pub(super) id: i64,
    /// Their personal access token, which is never printed while the story is told.
    pub(super) token: String,
}

impl Person {
    /// What stands for their token in print.
    pub(super) fn token_label(&self) -> String {
        format!("<{} {}'s token>", self.role, self.name)
    }
}
