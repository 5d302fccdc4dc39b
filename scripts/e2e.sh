#!/usr/bin/env bash
# e2e.sh [FLAG...]: the tests with the tag e2e: real programs in real windows, on a
# screen of their own that nobody sees. The tests find
#   DISPLAY                          an X server with a window manager
#   HOMEROOM_BIN, HOMEROOM_CLI_BIN   the programs
#   HOMEROOM_ARTIFACTS               a folder for what explains a failure
. "$(dirname "$0")/lib.sh"
need_go

scripts/build.sh app cli

HOMEROOM_BIN=$PWD/bin/homeroom
HOMEROOM_CLI_BIN=$PWD/bin/homeroom-cli
HOMEROOM_ARTIFACTS=$PWD/dist/e2e
export HOMEROOM_BIN HOMEROOM_CLI_BIN HOMEROOM_ARTIFACTS
mkdir -p "$HOMEROOM_ARTIFACTS"

work=$(mktemp -d)
started=()
finish() {
	local pid
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$work"
}
trap finish EXIT

# Xvfb chooses a number that is free and writes it when it is ready.
mkfifo "$work/number"
exec {number}<>"$work/number"
Xvfb -displayfd "$number" -screen 0 1280x800x24 -nolisten tcp +extension GLX >"$work/xvfb.log" 2>&1 &
started+=($!)
read -r -t 30 -u "$number" display || fail "Xvfb did not start: $(cat "$work/xvfb.log")"
export DISPLAY=:$display

openbox --sm-disable >"$work/openbox.log" 2>&1 &
started+=($!)
managed() { xprop -root _NET_SUPPORTING_WM_CHECK 2>/dev/null | grep -q 0x; }
for _ in {1..100}; do
	managed && break
	sleep 0.1
done
managed || fail "openbox did not start: $(cat "$work/openbox.log")"

# Nothing of the user's own desktop shall be seen by the programs, or see them.
unset WAYLAND_DISPLAY XDG_SESSION_TYPE XAUTHORITY
export LIBGL_ALWAYS_SOFTWARE=1

say 'end-to-end tests'
dbus-run-session -- go test -count=1 -vet=off -timeout=10m -tags=e2e "$@" ./internal/e2e/...
