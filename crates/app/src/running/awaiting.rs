//! Which blocked deployments are looked through for whom, before the rules decide.

use super::{DEPLOY, NOW, NewEntry, Site, deployments, on_both};
use crate::{Failure, Tx, sight};
use countersign_domain::access::Actor;
use countersign_store::deployments::Search;

/// How many are looked through for somebody.
fn called(site: &Site<'_>, who: &Actor, over_the_rules: bool) -> usize {
    let (whom, search) = (sight::viewer(who, NOW), Search { limit: 9, over_the_rules, ..Search::default() });
    let look = move |tx: &mut Tx<'_>| Ok::<_, Failure>(deployments::may_await(tx, &whom, &search)?);
    site.app.store.read_blocking(look).unwrap().len()
}

#[test]
fn a_role_calls_whoever_has_it_and_that_of_administrators_calls_them() {
    for (role, expected) in [(30, [1, 1, 0]), (40, [0, 1, 0]), (60, [0, 0, 1])] {
        on_both(&format!("awaiting_{role}"), |store| {
            let site = Site::new(store);
            site.protect(vec![NewEntry { access_level: Some(role), ..NewEntry::default() }], 1);
            site.pipeline(&site.developer, DEPLOY);
            let chief = site.world.person("chief", true);
            let found = [&site.developer, &site.maintainer, &chief].map(|who| called(&site, who, false));
            assert_eq!(found, expected, "{role}");
            // Only administrators are given what names them nowhere.
            assert_eq!([&site.world.user("stranger"), &chief].map(|who| called(&site, who, true)), [0, 1], "{role}");
        });
    }
}
