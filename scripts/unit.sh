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

flags=(-shuffle=on -vet=off -timeout=10m)
go test -race "${flags[@]}" "$@" "${raced[@]}"
[ ${#plain[@]} -eq 0 ] || go test "${flags[@]}" "$@" "${plain[@]}"
