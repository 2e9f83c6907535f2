//! The pages in a real Chromium: the story clicked by five people, every page held against accessibility, markup and
//! weight, phones, keyboards, and browsers without scripts. Run them with `scripts/browser`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

mod audit;
mod company;
mod keyboard;
mod live;
mod markup;
mod pages;
mod pictures;
mod scripts_off;
mod story;
