#!/usr/bin/env bash
# test.sh: everything that must pass, cheap checks first. This is what make test
# and .ci/run mean by passing. It tries the same things each time: what is drawn by
# chance is drawn from the same seeds, and of the fuzz targets only the seeds and
# committed finds are run. To look for what is new there are fuzz.sh and soak.sh.
. "$(dirname "$0")/lib.sh"

step() { # WHAT COMMAND...
	local what=$1 begin=$SECONDS
	shift
	say "$what"
	"$@" || fail "$what failed"
	say "$what: ok, $((SECONDS - begin)) s"
}

step 'system packages' scripts/packages.sh build test
step 'linters' scripts/lint.sh
step 'tests under the race detector' scripts/unit.sh
step 'tests in network namespaces' scripts/netns.sh
step 'end-to-end tests' scripts/e2e.sh
say "everything passed in $SECONDS s"
