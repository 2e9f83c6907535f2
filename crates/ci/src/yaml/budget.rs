//! How much all files together may hold.

use crate::yaml::node::Size;

/// Most levels of lists and mappings, with aliases written out.
pub(crate) const MAX_DEPTH: usize = 100;
/// Most values, with aliases written out.
const MAX_NODES: u32 = 400_000;
/// Most bytes of text, with aliases written out.
const MAX_TEXT_BYTES: u32 = 4 * 1024 * 1024;

/// What was read so far, of all files.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Budget {
    nodes: u32,
    bytes: u32,
}

impl Budget {
    /// Counts a value that was read, or one more use of it.
    ///
    /// # Errors
    /// It is one too many; the text says so.
    pub(crate) fn take(&mut self, size: Size) -> Result<(), String> {
        self.nodes = self.nodes.saturating_add(size.nodes);
        self.bytes = self.bytes.saturating_add(size.bytes);
        check(self.nodes, self.bytes, "its aliases are written out")
    }
}

/// Whether a whole tree that was put together is not too large.
///
/// # Errors
/// It is; the text says so.
pub(crate) fn check_whole(size: Size) -> Result<(), String> {
    if usize::from(size.depth) > MAX_DEPTH {
        return Err(too_deep());
    }
    check(size.nodes, size.bytes, "`!reference` and `extends` are written out")
}

/// What to say of nesting beyond the limit.
pub(crate) fn too_deep() -> String {
    format!("lists and mappings are nested more than {MAX_DEPTH} levels deep")
}

fn check(nodes: u32, bytes: u32, once: &str) -> Result<(), String> {
    if nodes > MAX_NODES {
        return Err(format!("the file has more than {MAX_NODES} values once {once}"));
    }
    if bytes > MAX_TEXT_BYTES {
        return Err(format!("the file has more than {MAX_TEXT_BYTES} bytes of text once {once}"));
    }
    Ok(())
}
