#!/usr/bin/env bash
# lint.sh: every check that runs nothing, the cheap ones first.
. "$(dirname "$0")/lib.sh"
need_go

say 'gofumpt'
wrong=$(go tool gofumpt -l .)
[ -z "$wrong" ] || fail "not formatted, run go tool gofumpt -w .: $wrong"

say 'gocyclo 15'
go tool gocyclo -over 15 -ignore _test\.go . || fail 'these functions are too complex'

say 'rules of the house'
go test -count=1 ./internal/rules

say 'vet'
go vet ./...
go vet -tags="$TAGS" ./...
go vet -tags=accessibility ./app/... ./cmd/homeroom

say 'staticcheck'
go tool staticcheck -tags="$TAGS" ./...
