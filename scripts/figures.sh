#!/usr/bin/env bash
# figures.sh: measures the real window: time to open, memory in a room of 10,000
# messages, processor time of an idle one with the caret.
. "$(dirname "$0")/lib.sh"

scripts/e2e.sh -test.run='^$' -test.bench=. -test.benchtime=1x "$@"
