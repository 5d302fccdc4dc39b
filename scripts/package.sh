#!/usr/bin/env bash
# package.sh: makes dist/Homeroom.tar.xz for Linux, with the program, its icon, a
# desktop entry and a Makefile that installs them, as FyneApp.toml describes it.
. "$(dirname "$0")/lib.sh"
need_go

# The fyne command builds only a main package that lies beside FyneApp.toml. Ours
# is in cmd/, so it gets the finished program, built with the flags that it would
# use itself for a release.
say 'building the release'
mkdir -p dist
go build -trimpath -ldflags='-s -w' -tags=release,migrated_fynedo -o dist/homeroom ./cmd/homeroom

# It counts up the build number in FyneApp.toml and writes that file anew.
kept=$(mktemp)
cp FyneApp.toml "$kept"
trap 'cp "$kept" FyneApp.toml; rm -f "$kept" dist/homeroom' EXIT

say 'packaging'
top=$PWD
(cd dist && go tool fyne package --target linux --src "$top" --executable "$top/dist/homeroom")
tar -tf dist/Homeroom.tar.xz
say "$(du -h dist/Homeroom.tar.xz | cut -f1) in dist/Homeroom.tar.xz"
