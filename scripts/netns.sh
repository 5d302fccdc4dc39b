#!/usr/bin/env bash
# netns.sh [FLAG...]: the tests with the tag netns. They build networks out of
# network namespaces, for which they need root or the right to make user
# namespaces; where neither can be had they have not run, and that is a failure.
. "$(dirname "$0")/lib.sh"
need_go

mapfile -t dirs < <(tagged netns)
[ ${#dirs[@]} -gt 0 ] || fail 'no test has the tag netns'

# Machines mostly wait for each other: many tests at once, however few processors.
# The other tests of these packages run elsewhere.
flags=(-race -shuffle="$SHUFFLE" -vet=off -timeout=10m -parallel=12 -tags=netns -run='^(TestNet|Fuzz)')
if [ "$(id -u)" = 0 ] || unshare --user --map-root-user --net --mount true 2>/dev/null; then
	exec go test "${flags[@]}" "$@" "${dirs[@]}"
fi

say 'this user may not make network namespaces; trying sudo'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for dir in "${dirs[@]}"; do
	go test -c -race -vet=off -tags=netns -o "$work/netns.test" "$dir"
	(
		cd "$dir"
		as_root "$work/netns.test" -test.shuffle="$SHUFFLE" -test.timeout=10m -test.run='^(TestNet|Fuzz)' -test.parallel=12
	) || fail "the netns tests of $dir failed or could not run: they need root, sudo, or user namespaces"
done
