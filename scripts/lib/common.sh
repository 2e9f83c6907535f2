# Shared by the scripts beside this directory; sourced, never run.
# shellcheck shell=bash

# Prints one line about what the script does.
say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# Prints what is wrong and what would be right, and ends the script.
die() {
    say "$*"
    exit 1
}

# Succeeds if this user can install Debian packages without being asked for a password.
can_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

# Runs a command as root: directly, or through sudo without a password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

# Installs Debian packages, or says exactly what to install and ends the script.
install_packages() {
    if ! can_install; then
        die "missing: $*. Install with: sudo apt-get install $* (or your system's packages of the same purpose), then run this again."
    fi
    say "installing: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 ||
        die "apt-get update failed; install by hand: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >&2 ||
        die "apt-get could not install: $*"
}

# Makes sure git is there.
need_git() {
    command -v git >/dev/null || install_packages git ca-certificates
}

# Makes sure an SSH client and server are there: tests fetch over SSH.
need_sshd() {
    { command -v ssh-keygen >/dev/null && [ -x /usr/sbin/sshd ]; } || install_packages openssh-client openssh-server
}

# Makes sure a C compiler is there: SQLite is compiled into the binary.
need_cc() {
    command -v cc >/dev/null || install_packages gcc libc6-dev
}

# Makes sure cargo is there; Rust itself is the reader's choice to install, so it is only named.
need_cargo() {
    if ! command -v cargo >/dev/null && [ -x "${HOME:-}/.cargo/bin/cargo" ]; then
        export PATH="$HOME/.cargo/bin:$PATH"
    fi
    command -v cargo >/dev/null ||
        die "cargo is missing. Install Rust from https://rustup.rs (the version in Cargo.toml's rust-version, or newer), then run this again."
}

# Builds the release binary of the checkout in this directory, which does nothing if it is up to date, and prints its path.
build_binary() {
    need_git
    need_cargo
    need_cc
    say "building (a first build takes some minutes)"
    (cd "$1" && cargo build --release --locked -p countersign >&2)
    printf '%s\n' "${CARGO_TARGET_DIR:-$1/target}/release/countersign"
}

# Makes sure Python 3 is there, and can make virtual environments.
need_python() {
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3 python3-venv
}

# Prints the directory of the newest PostgreSQL server programs, or nothing.
postgres_bindir() {
    local found
    found=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
    if [ -z "$found" ]; then
        found=$(command -v initdb) || return 0
        found=$(readlink -f "$found")
    fi
    dirname "$found"
}

# Makes sure PostgreSQL's server programs are there.
need_postgres() {
    [ -n "$(postgres_bindir)" ] || install_packages postgresql
    [ -n "$(postgres_bindir)" ] ||
        die "initdb was not found under /usr/lib/postgresql/*/bin nor in PATH. Install PostgreSQL's server package."
}
