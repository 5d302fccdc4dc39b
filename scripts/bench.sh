#!/usr/bin/env bash
# bench.sh [FLAG...]: every benchmark of the repository, for benchstat: make bench
# ARGS=-count=10.
. "$(dirname "$0")/lib.sh"
need_go

mapfile -t dirs < <(grep -rlE --include='*_test.go' '^func Benchmark' . | xargs -r dirname | sort -u)
[ ${#dirs[@]} -gt 0 ] || fail 'there is no benchmark yet'
go test -run='^$' -bench=. -benchmem "$@" "${dirs[@]}"
