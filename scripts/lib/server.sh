# Servers on fresh data, for scripts that test a release binary from outside; sourced after common.sh, never run.
# shellcheck shell=bash

# The release binary: COUNTERSIGN_BIN, or one built now.
need_binary() {
    binary=${COUNTERSIGN_BIN:-}
    # shellcheck disable=SC2154 # $root is the caller's
    [ -n "$binary" ] || binary=$(build_binary "$root")
}

servers=()
temporary=$(mktemp -d)
trap stop_servers EXIT

# Starts a server on fresh data and puts its address into $address. Its name is that of its files; further arguments are
# its. The first administrator's token is $token.
start_server() {
    local name=$1 log=$temporary/$1.log
    shift
    : >"$log"
    # shellcheck disable=SC2154 # $token is the caller's
    COUNTERSIGN_ROOT_TOKEN=$token "$binary" serve --listen 127.0.0.1:0 --data-dir "$temporary/$name" "$@" >>"$log" 2>&1 &
    servers+=($!)
    for _ in $(seq 300); do
        address=$(sed -n 's/.* is ready at \(http:[^ ]*\).*/\1/p' "$log")
        [ -z "$address" ] || return 0
        kill -0 "${servers[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    cat "$log" >&2
    die "the server did not get ready; its log is above"
}

# Stops all servers and removes their data.
stop_servers() {
    local server
    for server in "${servers[@]}"; do
        kill "$server" 2>/dev/null && wait "$server" || true
    done
    rm -rf "$temporary"
}

# Succeeds if this file is the one that was installed from; `kept` makes it so.
current() { cmp -s "$1" "$2/installed-from"; }
kept() { cp "$1" "$2/installed-from"; }
