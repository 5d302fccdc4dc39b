# Everything is done by the scripts in scripts/; this gives it short names.
# ARGS is passed on: make run ARGS="--lang zh-Hans", make bench ARGS=-count=10.
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run build cli test lint unit netns fuzz e2e ime screens figures soak bench package packages clean

help: ## says this
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1#\2/p' Makefile | column -t -s '#' 2>/dev/null || grep '##' Makefile

run: build ## installs what is missing, builds the desktop app, starts it
	./bin/homeroom $(ARGS)

build: ## installs what is missing and builds the desktop app, bin/homeroom
	@scripts/packages.sh build
	@scripts/build.sh app

cli: ## builds the terminal program, bin/homeroom-cli, which needs no C compiler
	@scripts/build.sh cli

test: ## installs what is missing and runs everything that must pass
	@scripts/test.sh

lint: ## formatting, complexity, rules of the house, vet, staticcheck
	@scripts/lint.sh

unit: ## the tests that need no more than Go, under the race detector
	@scripts/unit.sh $(ARGS)

netns: ## the tests with machines made of network namespaces
	@scripts/netns.sh $(ARGS)

fuzz: ## fuzzes each target for FUZZTIME (30s)
	@scripts/fuzz.sh $(or $(FUZZTIME),30s)

e2e: ## the tests with real programs in real windows
	@scripts/e2e.sh $(ARGS)

ime: ## types Chinese into the real window through an input method
	@scripts/packages.sh build test ime
	@scripts/ime.sh $(ARGS)

screens: ## takes pictures of every screen of the real window into dist/screens
	@scripts/packages.sh build test
	@scripts/screens.sh $(ARGS)

figures: ## measures the real window: start, memory, an idle processor
	@scripts/packages.sh build test
	@scripts/figures.sh $(ARGS)

soak: ## the long versions of the tests: an hour or more
	@scripts/soak.sh

bench: ## the benchmarks
	@scripts/bench.sh $(ARGS)

package: ## makes dist/Homeroom.tar.xz for Linux
	@scripts/packages.sh build package
	@scripts/package.sh

packages: ## installs the system packages that build and tests need
	@scripts/packages.sh build test

clean: ## removes what was built
	rm -rf bin dist
