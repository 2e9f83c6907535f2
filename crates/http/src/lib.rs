//! REST v4, the runner protocol and git over HTTP.
