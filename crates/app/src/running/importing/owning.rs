//! In whose name a repository is fetched.

use super::*;

#[test]
fn nobody_makes_new_commits_run_in_the_name_of_another() {
    on_both("importing_names_of_others", |store| {
        let (site, source) = (Site::new(store), Source::new());
        source.commit(".gitlab-ci.yml", DEPLOY.as_bytes());
        site.follow(&source.url(), false);
        assert_eq!(site.fetch(), None);
        let (root, other) = (id(&site.world.root), site.world.person("other", true));
        let mirror = |on: bool| Wish { mirror: Some(on), ..Wish::default() };
        let refused = |result: Result<(), Failure>| match result {
            Err(Failure::Refused(why)) => why.code(),
            odd => panic!("{odd:?}"),
        };
        // What they may not set, they may not set going either.
        assert_eq!(refused(site.wish(&site.maintainer, mirror(true))), "access.admins_only");
        assert_eq!(refused(site.pull(&site.maintainer).map(drop)), "access.admins_only");
        assert_eq!((site.import().owner, site.import().mirror), (root, false));
        site.wish(&other, mirror(true)).unwrap();
        source.commit("more", b"more");
        assert_eq!(site.fetch(), None);
        assert_eq!(site.newest().unwrap().user_id, Some(id(&other)));

        site.wish(&site.world.root, mirror(true)).unwrap();
        site.pull(&site.maintainer).expect("a mirror is in its own name");
        assert_eq!(site.import().owner, id(&other));
        let hosts = |text: &str| Wish { ssh_known_hosts: Some(text.to_owned()), ..Wish::default() };
        assert_eq!(refused(site.wish(&site.maintainer, hosts("git.example ssh-ed25519 AAAA"))), "access.admins_only");
        site.wish(&site.world.root, hosts("git.example ssh-ed25519 AAAA")).unwrap();
        assert_eq!(site.import().owner, root);
        site.wish(&other, hosts("git.example ssh-ed25519 AAAA")).unwrap();
        assert_eq!(site.import().owner, root, "nothing changes");

        site.wish(&site.maintainer, mirror(false)).unwrap();
        assert_eq!(site.import().owner, root, "less is no new trust");
        assert_eq!(site.fetch(), None);
        site.pull(&other).unwrap();
        assert_eq!(site.import().owner, id(&other), "without mirror it is whoever asks");
    });
}
