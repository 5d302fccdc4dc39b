#!/usr/bin/env bash
# unit.sh [FLAG...]: all tests that need nothing but the go command, under the race
# detector.
. "$(dirname "$0")/lib.sh"
need_go

# What draws by OpenGL is tested without the race detector: cgo needs minutes for
# its bindings alone, and would need them again. For the same reason packages
# without tests are not built here. Vet has been over everything before.
raced=()
plain=()
while read -r package imports; do
	case $imports in
	*github.com/go-gl/gl/*) plain+=("$package") ;;
	*) raced+=("$package") ;;
	esac
done < <(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{join .Deps " "}}{{end}}' ./...)

flags=(-shuffle="$SHUFFLE" -vet=off -timeout=10m)

# Now and then the race detector itself crashes where a fake clock's timer fires
# (Go 1.26.8: SIGSEGV below runtime.(*timer).maybeRunChan, no test has failed). Such
# packages, and no others, get a second try.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! go test -race "${flags[@]}" "$@" "${raced[@]}" 2>&1 | tee "$log"; then
	if grep -qE -- '--- FAIL|DATA RACE|^panic:|build failed|setup failed' "$log" || ! grep -qF 'runtime.(*timer).maybeRunChan' "$log"; then
		exit 1
	fi
	mapfile -t crashed < <(awk '$1 == "FAIL" && NF > 1 { print $2 }' "$log")
	say "the race detector crashed; once more: ${crashed[*]}"
	go test -race "${flags[@]}" "$@" "${crashed[@]}"
fi
[ ${#plain[@]} -eq 0 ] || go test "${flags[@]}" "$@" "${plain[@]}"
