#!/usr/bin/env bash
# e2e.sh [FLAG...]: the tests with the tag e2e: real programs in real windows,
# driven by keyboard and mouse. They get
#   HOMEROOM_BIN, HOMEROOM_CLI_BIN   the programs
#   HOMEROOM_ARTIFACTS               a folder for what explains a failure
# and run at a desk of their own (desk.sh). FLAGs are those of a compiled test,
# such as -test.run=TwoWindows. E2E is the tags, e2e.
. "$(dirname "$0")/lib.sh"
need_go

scripts/build.sh app cli

HOMEROOM_BIN=$PWD/bin/homeroom
HOMEROOM_CLI_BIN=$PWD/bin/homeroom-cli
HOMEROOM_ARTIFACTS=${HOMEROOM_ARTIFACTS:-$PWD/dist/e2e}
export HOMEROOM_BIN HOMEROOM_CLI_BIN HOMEROOM_ARTIFACTS
mkdir -p "$HOMEROOM_ARTIFACTS"

say 'end-to-end tests'
go test -c -vet=off -tags="${E2E:-e2e}" -o bin/e2e.test ./internal/e2e
scripts/desk.sh bin/e2e.test -test.timeout=10m "$@"
