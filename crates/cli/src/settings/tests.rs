//! The precedence of settings, and what a wrong file is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Settings, of_server};
use crate::args::{DatabaseArguments, MinRole, ServeArguments};
use countersign_app::tokens::Lives;
use countersign_domain::access::Level;
use countersign_domain::outgoing::Allowed;
use std::io::Write as _;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

fn with_file(text: &str, change: impl FnOnce(&mut ServeArguments)) -> anyhow::Result<Settings> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let config = Some(file.path().to_owned());
    let mut arguments =
        ServeArguments { database: DatabaseArguments { config, ..Default::default() }, ..Default::default() };
    change(&mut arguments);
    of_server(arguments)
}

#[test]
fn without_anything_the_defaults_hold() {
    let settings = of_server(ServeArguments::default()).unwrap();
    assert_eq!(settings.listen, "127.0.0.1:8080");
    assert_eq!(settings.database.data_dir, PathBuf::from("./countersign-data"));
    assert_eq!((settings.external_url, settings.with_runner), (None, false));
    assert_eq!((settings.group_protection_min_role, settings.tokens), (Level::Maintainer, Lives::Bounded));
    assert_eq!((settings.requests_per_second, settings.logs_live), (None, None));
    assert_eq!((settings.outgoing, settings.imports), (Default::default(), Default::default()));
}

#[test]
fn what_the_server_may_call_and_how_it_fetches_is_set() {
    let text = "allow_outgoing = ['git.internal', '10.0.0.0/8']\nmirror_interval = 60\nimport_max_megabytes = 1\n\
                import_time_limit = 5\n";
    let settings = with_file(text, |arguments| arguments.mirror_interval = NonZeroU32::new(7)).unwrap();
    assert_eq!(settings.outgoing, Allowed::parse(["git.internal", "10.0.0.0/8"]).unwrap());
    assert_eq!((settings.imports.every, settings.imports.time), (Duration::from_secs(7), Duration::from_secs(5)));
    assert_eq!(settings.imports.bytes, 1024 * 1024);
    let given = with_file(text, |arguments| arguments.allow_outgoing = vec!["a.example".into()]).unwrap();
    assert_eq!(given.outgoing, Allowed::parse(["a.example"]).unwrap());
    let wrong = with_file("allow_outgoing = ['https://git.internal']\n", |_| ()).unwrap_err();
    assert!(format!("{wrong:#}").contains("https://git.internal"), "{wrong:#}");
}

#[test]
fn the_file_wins_over_defaults_and_arguments_win_over_the_file() {
    let text = "listen = '0.0.0.0:1'\nexternal_url = 'https://a.example/'\nwith_runner = true\n\
                group_protection_min_role = 'owner'\nrequire_token_expiry = false\nrequests_per_second = 5\n";
    let settings = with_file(text, |arguments| arguments.listen = Some("127.0.0.1:0".into())).unwrap();
    assert_eq!(settings.listen, "127.0.0.1:0");
    assert_eq!(settings.external_url.as_deref(), Some("https://a.example"));
    assert!(settings.with_runner);
    assert_eq!((settings.group_protection_min_role, settings.tokens), (Level::Owner, Lives::AsAsked));
    assert_eq!(settings.requests_per_second.map(|n| n.get()), Some(5));
    let settings = with_file(text, |arguments| {
        arguments.with_runner = Some(false);
        arguments.group_protection_min_role = Some(MinRole::Maintainer);
        arguments.require_token_expiry = Some(true);
    });
    let settings = settings.unwrap();
    assert_eq!(settings.tokens, Lives::Bounded);
    assert_eq!((settings.with_runner, settings.group_protection_min_role), (false, Level::Maintainer));
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let error = with_file("listen = 'x:1'\nlistne = 'y:2'\n", |_| ()).unwrap_err();
    let text = format!("{error:#}");
    assert!(text.contains("listne") && text.contains("line 2"), "{text}");
}

#[test]
fn the_life_of_logs_is_a_span_of_time_or_never() {
    let life =
        |span: &str| with_file(&format!("logs_expire_in = '{span}'\n"), |_| ()).map(|settings| settings.logs_live);
    assert_eq!(life("90 days").unwrap(), Some(90 * 24 * 3600));
    assert_eq!(life("never").unwrap(), None);
    for wrong in ["soon", "-1 day", "100 years"] {
        let text = format!("{:#}", life(wrong).unwrap_err());
        assert!(text.contains(wrong) && text.contains("90 days"), "{text}");
    }
}

#[test]
fn requests_of_runners_are_held_for_some_minutes_at_most() {
    let held = |text: &str| with_file(&format!("ci_long_polling_duration = {text}\n"), |_| ());
    assert_eq!(held("0").unwrap().long_polling, Some(0));
    assert_eq!(held("300").unwrap().long_polling, Some(300));
    assert!(format!("{:#}", held("301").unwrap_err()).contains("300 s is the longest"));
    assert!(held("-1").is_err());
}

#[test]
fn no_requests_at_all_is_no_limit_that_makes_sense() {
    assert!(with_file("requests_per_second = 0\n", |_| ()).is_err());
}

#[test]
fn addresses_that_cannot_work_are_refused_without_repeating_a_password() {
    let error = with_file("external_url = 'countersign.example.com'", |_| ()).unwrap_err();
    assert!(error.to_string().contains("https://"), "{error}");
    let error = with_file("database_url = 'mysql://u:secret@h/d'", |_| ()).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}
