# shellcheck shell=bash
# Sourced by the other scripts: strict bash, the top of the repository as the
# working directory, and what they share.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The tags of tests that need more than the go command. Vet and staticcheck look
# at these files too.
TAGS=e2e,ime,netns,screens,soak
export TAGS

say() { printf '== %s\n' "$*"; }

fail() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

# What tests draw by chance comes from these seeds: package rapid's, that of
# netchattest.Random, and the order of the tests (as in -shuffle). They are the same
# in each run unless told otherwise; soak.sh has new ones for each round.
export RAPID_SEED=${RAPID_SEED:-1} TEST_SEED=${TEST_SEED:-1} SHUFFLE=${SHUFFLE:-1}

need_go() {
	if ! command -v go >/dev/null && [ -x /usr/local/go/bin/go ]; then
		PATH=$PATH:/usr/local/go/bin
	fi
	command -v go >/dev/null || fail 'the go command is missing: install Go 1.26 or later, see https://go.dev/doc/install'
	# Without the stamp of the revision, a program is linked anew only if its code
	# changed, and a checkout that another user owns can be built.
	GOFLAGS="$(go env GOFLAGS) -buildvcs=false"
	export GOFLAGS
}

# as_root runs a command as root, and fails where it may not. It asks for a password
# only where somebody can type it.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif [ -t 0 ] && [ -z "${CI:-}" ]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

# tagged lists the folders of tests that the given build tag switches on.
tagged() {
	grep -rE --include='*_test.go' "^//go:build .*\\b$1\\b" . | grep -vF "!$1" | cut -d: -f1 | xargs -r dirname | sort -u
}
