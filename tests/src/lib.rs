//! Support for the black-box tests: starts the real server.
