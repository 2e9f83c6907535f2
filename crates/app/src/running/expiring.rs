//! What jobs leave goes when its time is over, unless somebody keeps it.

use super::{DEPLOY, NOW, Site, on_both, wait};
use crate::artifacts::{self, Shelf};
use crate::{Failure, Tx};
use countersign_store::artifacts::{self as rows, Artifact, Format, Kind};

#[test]
fn a_file_kept_after_it_was_listed_as_over_stays() {
    on_both("expire_kept", |store| {
        let site = Site::new(store);
        let job = site.jobs(site.pipeline(&site.developer, DEPLOY).id)[0].id;
        let shelf = Shelf::of(&site.app.config);
        let directory = site.app.config.data_dir.join(format!("artifacts/{}/{job}", site.project));
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("left"), "content").unwrap();
        let left = Artifact {
            job_id: job,
            kind: Kind::Archive,
            format: Format::Zip,
            project_id: site.project,
            filename: "artifacts.zip".into(),
            size: 7,
            file: "left".into(),
            variables: String::new(),
            created_at: NOW,
            expire_at: Some(NOW.plus_ms(1)),
        };
        let row = left.clone();
        site.app.store.housekeeping_blocking(move |tx| Ok(rows::put(tx, &row).map(drop)?)).unwrap();
        // Asked for in time, after the sweep had found that its time was over.
        let at = site.at();
        site.write(&site.developer, move |tx, by| artifacts::keep(tx, by, &at, job, NOW)).unwrap();
        wait(artifacts::remove(&site.app, vec![left.clone()], NOW.plus_ms(1))).unwrap();
        let found = move |tx: &mut Tx<'_>| Ok::<_, Failure>(rows::get(tx, job, Kind::Archive)?);
        assert_eq!(site.app.store.read_blocking(found).unwrap().unwrap().expire_at, None);
        assert!(shelf.open(&left).unwrap().is_some());
        // One that nobody kept goes, with its file.
        let over = NOW.plus_ms(1);
        let again = move |tx: &mut Tx<'_>| {
            let sql = "UPDATE artifacts SET expire_at = $2 WHERE job_id = $1";
            Ok(tx.execute(sql, &[job.into(), over.into()])?)
        };
        site.app.store.housekeeping_blocking(again).unwrap();
        wait(artifacts::sweep(&site.app, over)).unwrap();
        assert!(site.app.store.read_blocking(found).unwrap().is_none());
        assert!(shelf.open(&left).unwrap().is_none());
    });
}
