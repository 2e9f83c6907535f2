//! A real sshd for one test, which lets one key of the user in who runs the test.

use crate::process::Process;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// An sshd on a port of its own.
#[derive(Debug)]
pub struct Sshd {
    /// Where it listens.
    pub port: u16,
    dir: TempDir,
    process: Option<Process>,
}

impl Sshd {
    /// Starts one that lets nobody in yet.
    ///
    /// # Panics
    /// There is no sshd: the Debian package `openssh-server` has it.
    pub fn start() -> Sshd {
        let dir = tempfile::Builder::new().prefix("sshd.").tempdir().expect("a directory");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let mut sshd = Sshd { port, dir, process: None };
        sshd.restart_with_new_key();
        sshd
    }

    /// Lets that key in, and no other.
    ///
    /// # Panics
    /// The file cannot be written.
    pub fn let_in(&self, public_key: &str) {
        std::fs::write(self.file("authorized_keys"), format!("{public_key}\n")).expect("a file");
    }

    /// The user who signs in.
    ///
    /// # Panics
    /// `id` does not say.
    pub fn user() -> String {
        let said = Command::new("id").arg("-un").output().expect("id runs");
        String::from_utf8_lossy(&said.stdout).trim().to_owned()
    }

    /// Ends it, and starts it as another host: with a new key.
    ///
    /// # Panics
    /// It does not start.
    pub fn restart_with_new_key(&mut self) {
        self.process = None;
        let key = self.file("host_key");
        let _ = std::fs::remove_file(&key);
        let mut keygen = Command::new("ssh-keygen");
        let made = keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).stdin(Stdio::null()).status();
        assert!(made.expect("ssh-keygen runs").success());
        let config = format!(
            "Port {}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
             UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n",
            self.port,
            key.display(),
            self.file("authorized_keys").display()
        );
        std::fs::write(self.file("config"), config).expect("a file");
        // Debian's wants this directory when root starts it by hand; nobody else may make it, nor needs it.
        let _ = std::fs::create_dir_all("/run/sshd");
        let mut command = Command::new(program());
        command.args(["-D", "-e", "-f"]).arg(self.file("config")).stderr(Stdio::null()).stdout(Stdio::null());
        self.process = Some(Process::spawn(&mut command, None));
        let answers = || std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        for _ in 0..200 {
            if answers() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("sshd does not listen");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// sshd insists on being started by its whole path.
fn program() -> PathBuf {
    let places = ["/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd"];
    let found = places.iter().map(Path::new).find(|path| path.exists());
    found.expect("there is no sshd: install the package openssh-server").to_owned()
}
