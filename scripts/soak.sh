#!/usr/bin/env bash
# soak.sh: the long versions, for the note before something is called done. It takes
# an hour or more: rare orders of events, minutes of fuzzing for each target, and
# the tests with the tag soak.
. "$(dirname "$0")/lib.sh"
need_go

# new_seeds has the next tests draw what none has drawn before.
new_seeds() {
	RAPID_SEED=$((SRANDOM + 1)) TEST_SEED=$SRANDOM SHUFFLE=$((SRANDOM + 1))
}

rounds=${ROUNDS:-20}
say "every test $rounds times, in another order each time"
for ((i = 1; i <= rounds; i++)); do
	new_seeds
	say "round $i: RAPID_SEED=$RAPID_SEED TEST_SEED=$TEST_SEED SHUFFLE=$SHUFFLE"
	scripts/unit.sh -count=1
done
new_seeds
say "RAPID_SEED=$RAPID_SEED TEST_SEED=$TEST_SEED SHUFFLE=$SHUFFLE"
scripts/netns.sh -count=5

mapfile -t dirs < <(tagged soak)
if [ ${#dirs[@]} -gt 0 ]; then
	say 'soak tests'
	go test -race -vet=off -count=1 -v -timeout=4h -tags=soak -run='^TestSoak' "${dirs[@]}"
fi

scripts/fuzz.sh "${FUZZTIME:-2m}"
scripts/e2e.sh -test.count=5
say "soaked in $SECONDS s"
