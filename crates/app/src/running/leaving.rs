//! What an earlier run of the server left on the disk that nothing leads to.

use super::{DEPLOY, Failure, NOW, Site, Tx, jobs, on_both, wait};
use crate::artifacts::Shelf;
use crate::traces::Traces;
use crate::{leftovers, pipelines};
use countersign_domain::ids::JobId;
use countersign_store::artifacts::{self, Artifact, Format, Kind};
use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

impl Site<'_> {
    /// A new job with a log and a file, as if an earlier run had left them.
    fn left(&self) -> JobId {
        let job = self.jobs(self.pipeline(&self.maintainer, DEPLOY).id)[0].id;
        Traces::of(&self.app.config).append(self.project, job, 0, b"log").unwrap();
        self.leave(job);
        job
    }

    /// A file of a job that is not noted; its name.
    fn leave(&self, job: JobId) -> String {
        let draft = Shelf::of(&self.app.config).begin(self.project, job, 9).unwrap();
        let name = draft.name().to_owned();
        draft.keep();
        name
    }

    fn note(&self, job_id: JobId, file: &str) {
        let new = Artifact {
            job_id,
            kind: Kind::Archive,
            format: Format::Zip,
            project_id: self.project,
            filename: "artifacts.zip".into(),
            size: 0,
            file: file.to_owned(),
            variables: "[]".into(),
            created_at: NOW,
            expire_at: None,
        };
        let put = move |tx: &mut Tx<'_>| Ok::<_, Failure>(artifacts::put(tx, &new).map(drop)?);
        wait(self.app.store.housekeeping(put)).unwrap();
    }

    /// What lies there of a job: whether there is a log, and how many files.
    fn lies(&self, job: JobId) -> (bool, usize) {
        let files = Shelf::of(&self.app.config).files(self.project);
        let own = files.iter().filter(|(of, _)| *of == job).count();
        (Traces::of(&self.app.config).has(self.project, job), own)
    }
}

/// Makes a file as old as can be.
fn age(path: &Path) {
    File::options().append(true).open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
}

#[test]
fn logs_and_files_that_no_job_has_are_removed_once_they_are_old() {
    on_both("leaving", |store| {
        let site = Site::new(store);
        let deleted = site.left();
        let (erased, kept, newest) = (site.left(), site.left(), site.left());
        site.note(kept, &site.leave(kept));
        let (traces, shelf) = (Traces::of(&site.app.config), Shelf::of(&site.app.config));
        for (_, path) in traces.files(site.project).into_iter().chain(shelf.files(site.project)) {
            age(&path);
        }
        site.leave(kept);
        let (at, pipeline) = (site.at(), site.job(deleted).pipeline_id);
        site.write(&site.maintainer, move |tx, actor| pipelines::delete(tx, actor, &at, pipeline, NOW)).unwrap();
        wait(site.app.store.housekeeping(move |tx: &mut Tx<'_>| Ok::<_, Failure>(jobs::erase(tx, erased, NOW)?)))
            .unwrap();
        wait(leftovers::remove_files(&site.app)).unwrap();
        assert_eq!((site.lies(deleted), site.lies(erased)), ((false, 0), (false, 0)));
        assert_eq!(site.lies(kept), (true, 2), "the file that is noted, and the one that has just come");
        assert_eq!(site.lies(newest), (true, 1), "nothing is known of what comes after the newest job");
    });
}
