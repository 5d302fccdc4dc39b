#!/usr/bin/env bash
# desk.sh COMMAND...: runs a command at a desk of its own: a network that ends at
# this machine, a screen without a screen, a window manager, a message bus. So no
# program of the tests announces itself to anybody, nor finds anybody. DESK is
# the size of the screen, 1280x800.
. "$(dirname "$0")/lib.sh"

if [ "${1:-}" != --inside ]; then
	inside=(scripts/desk.sh --inside "$@")
	if [ "$(id -u)" = 0 ]; then
		exec unshare --net --mount "${inside[@]}"
	elif unshare --user --map-root-user --net --mount true 2>/dev/null; then
		exec unshare --user --map-root-user --net --mount "${inside[@]}"
	fi
	say 'this user may not make network namespaces; trying sudo'
	mapfile -t ours < <(env | grep -E '^(HOMEROOM_|DESK=|PATH=)')
	as_root env "${ours[@]}" unshare --net --mount "${inside[@]}"
	exit
fi
shift

# A pair of interfaces with a cable between them is a network, multicast too.
ip link set lo up
ip link add lan0 type veth peer name lan1
ip addr add 10.77.0.1/24 dev lan0
ip link set lan1 addrgenmode none # or it would be a second way to oneself
ip link set lan0 up
ip link set lan1 up
ip route add 224.0.0.0/4 dev lan0

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
Xvfb -displayfd "$number" -screen 0 "${DESK:-1280x800}x24" -nolisten tcp +extension GLX >"$work/xvfb.log" 2>&1 &
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

dbus-run-session -- "$@"
