//! Which files of a work tree patterns mean.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use globset::{GlobBuilder, GlobMatcher};

/// Where git keeps what is its own.
const GIT: &str = ".git";

/// What patterns mean.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// The files, links and directories, from the root of the work tree, in order.
    pub(crate) paths: BTreeSet<PathBuf>,
    /// How much each pattern means.
    pub(crate) counts: Vec<(String, usize)>,
    /// The directories among what is meant that the runner may not look into; they are left out.
    pub(crate) closed: BTreeSet<PathBuf>,
}

/// What there is in a work tree.
#[derive(Default)]
struct Tree {
    /// All that can be packed.
    paths: Vec<PathBuf>,
    /// Directories that the runner may not look into.
    closed: Vec<PathBuf>,
}

/// Finds what `patterns` mean in a work tree, without what `exclude` means. A pattern for a directory means all in it; none
/// leads out of the work tree, nor into git's own directory. With `untracked`, all that git does not know is among it.
///
/// # Errors
/// The work tree cannot be read, or a pattern is none.
pub(crate) fn select(
    project: &Path,
    patterns: &[String],
    exclude: &[String],
    untracked: bool,
) -> io::Result<Selection> {
    let tree = walk(project)?;
    let mut selection = Selection::default();
    for pattern in patterns {
        let matcher = matcher(project, pattern)?;
        let means = |path: &&PathBuf| path.ancestors().any(|part| part != Path::new("") && matcher.is_match(part));
        let found: Vec<&PathBuf> = tree.paths.iter().filter(means).collect();
        selection.closed.extend(tree.closed.iter().filter(means).cloned());
        selection.counts.push((pattern.clone(), found.len()));
        selection.paths.extend(found.into_iter().cloned());
    }
    if untracked {
        let found = unknown_to_git(project)?;
        selection.counts.push(("untracked".to_owned(), found.len()));
        selection.paths.extend(found);
    }
    for pattern in exclude {
        let matcher = matcher(project, pattern)?;
        selection.paths.retain(|path| !matcher.is_match(path));
        selection.closed.retain(|path| !matcher.is_match(path));
    }
    Ok(selection)
}

/// What matches a pattern, which may begin with the work tree's own path.
fn matcher(project: &Path, pattern: &str) -> io::Result<GlobMatcher> {
    let inside = Path::new(pattern).strip_prefix(project).ok().and_then(Path::to_str).unwrap_or(pattern);
    let plain = inside.strip_prefix("./").unwrap_or(inside).trim_end_matches('/');
    // The whole work tree.
    let plain = if plain.is_empty() || plain == "." { "**" } else { plain };
    let glob = GlobBuilder::new(plain).literal_separator(true).build();
    let glob = glob.map_err(|why| io::Error::other(format!("the pattern {pattern:?} cannot be read: {why}")))?;
    Ok(glob.compile_matcher())
}

fn walk(project: &Path) -> io::Result<Tree> {
    let mut tree = Tree::default();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        let top = directory == Path::new("");
        let entries = match fs::read_dir(project.join(&directory)) {
            // It may be no pattern's business.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && !top => {
                tree.closed.push(directory);
                continue;
            }
            read => read?,
        };
        for entry in entries {
            let entry = entry?;
            if top && entry.file_name() == GIT {
                continue;
            }
            let path = directory.join(entry.file_name());
            // Links are kept as links: what they lead to may be anywhere.
            if entry.file_type()?.is_dir() {
                directories.push(path);
            } else {
                tree.paths.push(path);
            }
        }
        if !top {
            tree.paths.push(directory);
        }
    }
    Ok(tree)
}

/// What the job has written may be git's configuration too: it names no program that git runs here, and none of it would
/// find the runner's secrets.
fn unknown_to_git(project: &Path) -> io::Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    git.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_OPTIONAL_LOCKS", "0")]);
    git.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "ls-files", "-z", "--others"]);
    let output = git.current_dir(project).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(io::Error::other("git cannot say which files it does not know"));
    }
    let names = output.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.filter_map(|name| std::str::from_utf8(name).ok()).map(PathBuf::from).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workspace::as_ordinary_user;

    #[test]
    fn patterns_mean_files_and_all_in_directories_but_nothing_outside() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["bin/app", "bin/deep/lib.o", "dist/a.tar.gz", "dist/x/b.tar.gz", ".git/config", "README"] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        std::os::unix::fs::symlink("/etc", dir.path().join("link")).unwrap();
        let found = |patterns: &[&str], exclude: &[&str]| {
            let own = |of: &[&str]| of.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
            let selection = select(dir.path(), &own(patterns), &own(exclude), false).unwrap();
            selection.paths.iter().map(|p| p.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found(&["bin/"], &[]), "bin bin/app bin/deep bin/deep/lib.o");
        assert_eq!(found(&["bin"], &["bin/**/*.o"]), "bin bin/app bin/deep");
        assert_eq!(found(&["dist/*.tar.gz"], &[]), "dist/a.tar.gz");
        assert_eq!(found(&["dist/**/*.tar.gz"], &[]), "dist/a.tar.gz dist/x/b.tar.gz");
        assert_eq!(found(&["./README", "link"], &[]), "README link");
        assert_eq!(found(&["link/hostname", "../*", "/etc/*", ".git/config"], &[]), "");
        assert_eq!(found(&[&format!("{}/README", dir.path().display())], &[]), "README");
        assert!(found(&["."], &[]).contains("README"));
        assert!(select(dir.path(), &["a[".to_owned()], &[], false).is_err());
    }

    #[test]
    fn a_directory_that_may_not_be_read_is_left_out_and_named_where_it_is_meant() {
        let select_in = |dir: &Path, pattern: &str, exclude: &[String]| {
            let selection = select(dir, &[pattern.to_owned()], exclude, false).unwrap();
            let text =
                |paths: BTreeSet<PathBuf>| paths.into_iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
            (text(selection.paths).join(" "), text(selection.closed).join(" "))
        };
        let both = |paths: &str, closed: &str| (paths.to_owned(), closed.to_owned());
        as_ordinary_user(|| {
            let dir = tempfile::tempdir().unwrap();
            let (cache, out) = (dir.path().join("data/cache"), dir.path().join("out"));
            fs::create_dir_all(&cache).unwrap();
            fs::create_dir(&out).unwrap();
            fs::write(out.join("app"), "x").unwrap();
            let set_mode =
                |mode| fs::set_permissions(&cache, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
            set_mode(0);
            assert!(fs::read_dir(&cache).is_err(), "permissions must count in this test");
            assert_eq!(select_in(dir.path(), "out/", &[]), both("out out/app", ""));
            assert_eq!(select_in(dir.path(), "data/", &[]), both("data", "data/cache"));
            assert_eq!(select_in(dir.path(), "data/", &["data/cache".to_owned()]), both("data", ""));
            set_mode(0o700);
        });
    }

    #[test]
    fn what_git_does_not_know_is_found_without_running_what_the_job_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str]| {
            assert!(Command::new("git").args(arguments).current_dir(dir.path()).status().unwrap().success());
        };
        git(&["init", "--quiet"]);
        let (program, ran) = (dir.path().join(".git/monitor"), dir.path().join(".git/ran"));
        fs::write(&program, format!("#!/bin/sh\nenv > {}\n", ran.display())).unwrap();
        fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        git(&["config", "core.fsmonitor", program.to_str().unwrap()]);
        fs::write(dir.path().join("new"), "x").unwrap();
        let selection = select(dir.path(), &[], &[], true).unwrap();
        assert_eq!(selection.paths, [PathBuf::from("new")].into());
        assert!(!ran.exists(), "git ran the program: {}", fs::read_to_string(&ran).unwrap());
    }
}
