//! The stages around the script that move files: caches and the files of earlier jobs before it, caches and the job's own
//! files after it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_wire::runner::{Artifact, Cache};

use super::{Execution, Failure};
use crate::client::Upload;
use crate::files::{self, Caches, Selection};

/// What an archive is called whose job does not say so.
const USUAL_NAME: &str = "artifacts";
/// What a cache is called whose job does not say so.
const USUAL_KEY: &str = "default";

impl Execution {
    /// Brings in what is kept here and what earlier jobs left. A cache that cannot be had is no failure.
    pub(super) async fn bring_in(&mut self) -> Result<(), Failure> {
        let job = Arc::clone(&self.job);
        for cache in &job.cache {
            if self.policy(cache) == "push" {
                continue;
            }
            let mut keys = vec![self.key(&cache.key)];
            keys.extend(cache.fallback_keys.iter().map(|key| self.key(key)));
            let (caches, project) = (self.caches(), self.workspace.project.clone());
            let restored = self.blocking(move || caches.restore(&keys, &project).map(|key| key.map(str::to_owned)));
            match restored.await? {
                Ok(Some(key)) => self.trace.line(format_args!("Restored the cache {key:?}")),
                Ok(None) => self.trace.line(format_args!("There is no cache {:?} yet", self.key(&cache.key))),
                Err(why) => self.trace.line(format_args!("WARNING: the cache cannot be restored: {why}")),
            }
        }
        for dependency in job.dependencies.iter().filter(|of| !of.artifacts_file.filename.is_empty()) {
            self.trace.line(format_args!("Fetching the files of {} ({})", dependency.name, dependency.id));
            let path = self.workspace.private.join(format!("dependency-{}", dependency.id));
            let client = Arc::clone(&self.host.client);
            let fetched = self.in_time(client.download(dependency.id, &dependency.token, &path)).await?;
            fetched.map_err(|why| Failure::System(format!("the files of {} cannot be had: {why}", dependency.name)))?;
            let project = self.workspace.project.clone();
            let unpacked = self.blocking(move || files::unpack(&project, File::open(&path)?)).await?;
            unpacked.map_err(|why| Failure::System(format!("the files of {}: {why}", dependency.name)))?;
        }
        Ok(())
    }

    /// Keeps caches here, and leaves the job's files with the server.
    pub(super) async fn bring_out(&mut self, succeeded: bool) -> Result<(), Failure> {
        let job = Arc::clone(&self.job);
        for cache in job.cache.iter().filter(|cache| fits(&cache.when, succeeded)) {
            if self.policy(cache) != "pull"
                && let Err(why) = self.save(cache).await?
            {
                self.trace.line(format_args!("WARNING: the cache cannot be kept: {why}"));
            }
        }
        for artifact in job.artifacts.iter().filter(|artifact| fits(&artifact.when, succeeded)) {
            self.leave(artifact).await?;
        }
        Ok(())
    }

    async fn save(&mut self, cache: &Cache) -> Result<io::Result<()>, Failure> {
        let (key, patterns) = (self.key(&cache.key), self.expanded(&cache.paths));
        let (caches, project, untracked) = (self.caches(), self.workspace.project.clone(), cache.untracked);
        let saving = move || {
            let selection = files::select(&project, &patterns, &[], untracked)?;
            caches.save(&key, &project, &selection).map(|()| (key, selection))
        };
        let saved = self.blocking(saving).await?;
        Ok(saved.map(|(key, selection)| {
            self.note_closed(&selection);
            self.trace.line(format_args!("Kept the cache {key:?}: {} files", selection.paths.len()));
        }))
    }

    /// Packs and uploads some files. That there are none is no failure.
    async fn leave(&mut self, artifact: &Artifact) -> Result<(), Failure> {
        let dotenv = artifact.artifact_format == "gzip";
        let name = self.variables.expand(&artifact.name);
        let name = if name.trim().is_empty() { USUAL_NAME } else { name.trim() };
        let filename = format!("{}.{}", name.replace('/', "-"), if dotenv { "gz" } else { "zip" });
        let (patterns, exclude) = (self.expanded(&artifact.paths), self.expanded(&artifact.exclude));
        let (project, untracked) = (self.workspace.project.clone(), artifact.untracked);
        let path = self.workspace.private.join(format!("artifact-{}", artifact.artifact_type));
        let packed = path.clone();
        let packing = move || {
            let selection = files::select(&project, &patterns, &exclude, untracked)?;
            pack(&project, &selection, dotenv, &packed).map(|()| selection)
        };
        let selection = self.blocking(packing).await?.map_err(|why| Failure::System(format!("the files: {why}")))?;
        for (pattern, count) in &selection.counts {
            match count {
                0 => self.trace.line(format_args!("WARNING: {pattern}: there are no such files")),
                count => self.trace.line(format_args!("{pattern}: {count} files and directories")),
            }
        }
        self.note_closed(&selection);
        if selection.paths.is_empty() {
            return Ok(());
        }
        let (client, job) = (Arc::clone(&self.host.client), Arc::clone(&self.job));
        let upload = Upload { path: &path, filename: &filename, artifact };
        let sent = self.in_time(client.upload(job.id, &job.token, &upload)).await?;
        sent.map_err(|why| Failure::System(format!("the files cannot be left with the server: {why}")))?;
        self.trace.line(format_args!("Left {filename} with the server"));
        Ok(())
    }

    fn note_closed(&self, selection: &Selection) {
        for path in &selection.closed {
            self.trace.line(format_args!("WARNING: {}: left out, as it may not be read", path.display()));
        }
    }

    fn caches(&self) -> Caches {
        Caches::of(&self.host.builds_dir, self.job.job_info.project_id)
    }

    fn policy(&self, cache: &Cache) -> String {
        self.variables.expand(&cache.policy)
    }

    fn key(&self, key: &str) -> String {
        let key = self.variables.expand(key);
        if key.trim().is_empty() { USUAL_KEY.to_owned() } else { key }
    }

    fn expanded(&self, patterns: &[String]) -> Vec<String> {
        patterns.iter().map(|pattern| self.variables.expand(pattern)).collect()
    }
}

fn pack(project: &Path, selection: &Selection, dotenv: bool, into: &PathBuf) -> io::Result<()> {
    if dotenv {
        return std::fs::write(into, files::gzip(project, &selection.paths)?);
    }
    files::pack(project, &selection.paths, File::create(into)?)
}

/// Whether files are kept after such an end.
fn fits(when: &str, succeeded: bool) -> bool {
    match when {
        "always" => true,
        "on_failure" => !succeeded,
        _ => succeeded,
    }
}
