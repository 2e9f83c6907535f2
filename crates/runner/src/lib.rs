//! The built-in runner: speaks the runner protocol and nothing else.
