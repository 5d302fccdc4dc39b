#!/usr/bin/env bash
# fuzz.sh [TIME]: fuzzes every target of the repository in turn, 3s each unless
# told otherwise. No part of make test, since what it tries is new each time. What is found is kept by the go command in testdata/fuzz: add it
# to the commit that mends it.
. "$(dirname "$0")/lib.sh"
need_go

time=${1:-3s}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# fuzz goes again, at most twice, where the go command takes its own deadline for a
# failure of the target: up to Go 1.26 it does so now and then, and names no input
# (golang.org/issue/75804).
fuzz() { # FOLDER NAME TAGS
	for _ in 1 2 3; do
		go test -tags="$3" -run='^$' -vet=off -fuzz="^$2\$" -fuzztime="$time" -timeout=2h "$1" 2>&1 </dev/null | tee "$log" && return
		grep -q '^ *context deadline exceeded$' "$log" || return 1
		! grep -q 'Failing input' "$log" || return 1
	done
	return 1
}

found=0
while IFS=: read -r file line; do
	name=${line#func }
	name=${name%%(*}
	dir=$(dirname "$file")
	found=$((found + 1))
	# Those that send real packets do so between network namespaces, as netns.sh says.
	tags=
	! grep -q '^//go:build netns' "$file" || tags=netns
	say "$dir $name"
	fuzz "$dir" "$name" "$tags" || fail "$name failed"
done < <(grep -rE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*\(' .)
[ "$found" -gt 0 ] || fail 'no fuzz target found'
say "$found fuzz targets, $time each"
