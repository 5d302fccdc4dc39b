#!/usr/bin/env bash
# screens.sh: pictures of the real window in dist/screens: each screen, in each
# language, light and dark, small and large, for people to look at.
. "$(dirname "$0")/lib.sh"

export E2E=e2e,screens HOMEROOM_ARTIFACTS=$PWD/dist/screens DESK=1640x1060
rm -rf "$HOMEROOM_ARTIFACTS"
scripts/e2e.sh -test.run='^TestScreens' -test.timeout=30m "$@"
say "the pictures are in dist/screens"
