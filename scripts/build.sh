#!/usr/bin/env bash
# build.sh [app] [cli]: builds bin/homeroom, bin/homeroom-cli, or both.
. "$(dirname "$0")/lib.sh"
need_go

for what in "${@:-app}"; do
	case $what in
	app)
		say 'building bin/homeroom; the first time takes some minutes'
		go build -o bin/homeroom ./cmd/homeroom
		;;
	cli)
		say 'building bin/homeroom-cli'
		CGO_ENABLED=0 go build -trimpath -o bin/homeroom-cli ./cmd/homeroom-cli
		;;
	*) fail "nothing named $what to build" ;;
	esac
done
