//! The demo, played whole: every claim it makes must hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Command;

#[test]
fn the_demo_plays_to_its_end_without_showing_a_token() {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign")).args(["demo", "--plain"]).output().expect("the demo");
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{errors}");
    assert!(told.contains("Every claim held"), "{told}");
    for part in
        ["Deploying to production", "deployment_rejected", "security 2 of 2 (sam, sara)", "<maintainer mia's token>"]
    {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    assert!(!told.contains('\x1b') && !told.contains("glpat-") && errors.is_empty(), "{told}\n{errors}");
}
