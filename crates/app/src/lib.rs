//! The use cases, and what the server does without HTTP.
