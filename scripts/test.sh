#!/usr/bin/env bash
# test.sh: everything that must pass, cheap checks first. This is what make test
# and .ci/run mean by passing.
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
step 'fuzzing' scripts/fuzz.sh "${FUZZTIME:-3s}"
step 'end-to-end tests' scripts/e2e.sh
say "everything passed in $SECONDS s"
