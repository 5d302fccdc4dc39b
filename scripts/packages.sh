#!/usr/bin/env bash
# packages.sh GROUP...: installs the system packages that are missing on Debian or
# Ubuntu, after saying which and why. The groups: build, for the desktop app; test
# and package, for what they are named after, besides build; ime, besides test.
. "$(dirname "$0")/lib.sh"

# A row: package, how to tell that it is there (the name of a program, or - to
# ask dpkg), and what it is for. The names are the same on Debian 12 and 13 and
# Ubuntu 22.04 and 24.04.
build() {
	cat <<-'ROWS'
		gcc               gcc        compiles the C code of GLFW, which opens windows
		libc6-dev         -          headers of the C library
		pkg-config        pkg-config tells where the libraries are
		libgl-dev         -          OpenGL, which draws
		libegl-dev        -          OpenGL on Wayland
		libx11-dev        -          windows on X11
		libxcursor-dev    -          mouse pointers on X11
		libxi-dev         -          mouse wheels and touch on X11
		libxinerama-dev   -          several screens on X11
		libxrandr-dev     -          sizes of screens on X11
		libxxf86vm-dev    -          brightness of screens on X11
		libwayland-dev    -          windows on Wayland
		libxkbcommon-dev  -          keyboards on Wayland
	ROWS
}

test() {
	cat <<-'ROWS'
		xvfb              Xvfb             a screen without a screen
		libgl1-mesa-dri   -                OpenGL without a graphics card
		openbox           openbox          a window manager for it
		xdotool           xdotool          keyboard and mouse for it
		x11-utils         xprop            looks at its windows
		imagemagick       import           takes pictures of it
		dbus              dbus-run-session a message bus apart from the user's own
		fonts-noto-cjk    -                Chinese characters
		iproute2          ip               networks in network namespaces
		strace            strace           knows what a program has synced to the disk
		util-linux        unshare          network namespaces
	ROWS
}

ime() {
	cat <<-'ROWS'
		fcitx5                fcitx5 an input method, which X11 programs reach through XIM
		fcitx5-chinese-addons -      its pinyin
	ROWS
}

package() {
	echo 'xz-utils xz compresses the package'
}

installed() { # PACKAGE CHECK
	if [ "$2" != - ]; then
		command -v "$2" >/dev/null
	else
		dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
	fi
}

groups() {
	local group
	for group; do
		case $group in
		build | test | ime | package) "$group" ;;
		*) fail "no group of packages named $group" ;;
		esac
	done
}

rows=$(groups "$@")
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	say 'this is neither Debian nor Ubuntu; nothing is installed. The build needs what these packages hold:'
	printf '%s\n' "$rows"
	exit 0
fi

missing=()
while read -r package check why; do
	installed "$package" "$check" && continue
	[ ${#missing[@]} -gt 0 ] || say 'missing system packages:'
	printf '   %-18s %s\n' "$package" "$why"
	missing+=("$package")
done <<<"$rows"
[ ${#missing[@]} -gt 0 ] || exit 0

say 'installing them with apt-get'
apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3)
# The lists may be old and still do: what counts is whether installing works.
as_root "${apt[@]}" update || say 'the lists of packages could not be renewed'
as_root "${apt[@]}" install --no-install-recommends "${missing[@]}" ||
	fail "they could not be installed; run as root: apt-get install ${missing[*]}"
