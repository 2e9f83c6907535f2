//! What the figures were measured on. Nothing here names the machine.

use std::path::Path;
use std::process::Command;

/// Cores, processor, kernel and the file system below `dir`, on one line.
pub(crate) fn describe(dir: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, name)| name);
    let kernel = read("/proc/sys/kernel/ostype").trim().to_owned();
    let release = read("/proc/sys/kernel/osrelease");
    let release: Vec<&str> = release.trim().split(['.', '-']).take(2).collect();
    let filesystem = file_system(dir).unwrap_or_else(|| "unknown file system".to_owned());
    format!("{cores} cores ({model}), {kernel} {}, {filesystem}", release.join("."))
}

fn file_system(dir: &Path) -> Option<String> {
    let output = Command::new("stat").args(["--file-system", "--format=%T"]).arg(dir).output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
