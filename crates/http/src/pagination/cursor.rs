//! The `cursor` of a page: the key of the row before it, in letters that need no escaping.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_store::seek::Key;

/// The cursor behind a row.
pub(super) fn write(key: &Key) -> String {
    URL_SAFE_NO_PAD.encode(format!("{} {}", key.id, key.text))
}

/// Reads a cursor back; nothing for what is none.
pub(super) fn read(cursor: &str) -> Option<Key> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = std::str::from_utf8(&bytes).ok().filter(|text| !text.contains('\0'))?;
    let (id, text) = text.split_once(' ')?;
    Some(Key { text: text.to_owned(), id: id.parse().ok()? })
}
