#!/usr/bin/env bash
# ime.sh: types Chinese into the real window through fcitx5 and its pinyin. Not
# part of make test: it needs the packages of the group ime.
. "$(dirname "$0")/lib.sh"

for program in fcitx5 fcitx5-remote; do
	command -v "$program" >/dev/null || fail "$program is missing: scripts/packages.sh ime"
done
export E2E=e2e,ime HOMEROOM_ARTIFACTS=$PWD/dist/ime
scripts/e2e.sh -test.run='^TestInputMethod' "$@"
