package rules

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// walls says which packages of ours each package may import outside its tests.
// A package that is not here may not exist: give it a row, and CONTRIBUTING.md a
// line. Folders named internal belong to their parent and need none.
var walls = map[string][]string{
	"netchat":                     {},
	"netchat/wire":                {"netchat", "netchat/identity"},
	"netchat/history":             {"netchat", "internal/wholefile"},
	"netchat/history/historytest": {"netchat", "netchat/history"},
	"netchat/transcript":          {"netchat", "internal/jsonline", "internal/likeness", "internal/wholefile"},
	"netchat/keyring":             {"netchat", "internal/wholefile"},
	"netchat/identity":            {"netchat"},
	"netchat/known":               {"netchat", "netchat/identity", "internal/address", "internal/likeness", "internal/wholefile"},
	"internal/address":            {"netchat"},
	"internal/likeness":           {},
	"internal/wholefile":          {},
	"internal/jsonline":           {},
	"internal/x11paste":           {},
	"netchat/discovery":           {"netchat"},
	"netchat/room":                {"netchat", "netchat/history"},
	"netchat/server":              {"netchat", "netchat/wire", "netchat/room", "netchat/history", "netchat/identity"},
	"netchat/client":              {"netchat", "internal/address", "netchat/wire", "netchat/identity"},
	"netchat/hosting":             {"netchat", "netchat/server", "netchat/history", "netchat/discovery", "netchat/keyring", "netchat/identity", "internal/wholefile"},
	"netchat/joining":             {"netchat", "netchat/client", "netchat/discovery", "netchat/history", "netchat/identity", "netchat/known"},
	"netchat/netchattest":         {"netchat", "netchat/wire", "netchat/room", "netchat/history", "netchat/server", "netchat/client", "netchat/identity"},
	"assets":                      {},
	"app/model":                   {"netchat", "internal/address", "internal/likeness", "internal/wholefile"},
	"app/textflow":                {},
	"app":                         {"app/model", "app/textflow", "assets", "netchat"},
	"cmd/homeroom":                {"app", "app/model", "assets", "netchat", "netchat/history", "netchat/transcript", "netchat/hosting", "netchat/server", "netchat/client", "netchat/discovery", "netchat/keyring", "netchat/joining", "netchat/known", "netchat/identity", "internal/wholefile", "internal/x11paste"},
	"cmd/homeroom-cli":            {"netchat", "internal/address", "internal/likeness", "netchat/hosting", "netchat/joining", "netchat/known", "netchat/identity", "netchat/server", "netchat/client", "netchat/discovery", "netchat/keyring", "netchat/history", "netchat/transcript", "internal/jsonline", "internal/wholefile"},
	"internal/rules":              {},
	"internal/e2e":                {},
}

// windowless are the folders whose packages, and what they import, know no Fyne,
// in their tests neither.
var windowless = []string{"netchat", "app/model", "app/textflow", "assets", "cmd/homeroom-cli"}

// clock is what package time has that reads or follows a clock.
var clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}

// vague are names of packages that say nothing about what is in them.
var vague = []string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "base", "lib"}

func importRules() []rule {
	return []rule{
		{"packages import in one direction", checkWalls},
		{"no Fyne below app", checkFyneFree},
		{"app knows no network", checkAppBlind},
		{"room is pure", checkRoomPure},
		{"nouns need the standard library alone", checkNouns},
		{"one package for each outside thing", checkAlone},
		{"test support is for tests", checkTestSupport},
		{"packages have telling names", checkPackageNames},
	}
}

func checkWalls(t *tree) []string {
	var found []string
	for _, f := range t.files {
		owner, _, _ := strings.Cut(f.dir, "/internal/")
		allowed, known := walls[owner]
		if !known {
			found = append(found, f.path+": package without a row in walls")
			continue
		}
		if f.test {
			continue
		}
		for p := range f.imports() {
			dir, ours := folder(p)
			if ours && !slices.Contains(allowed, dir) && !under(dir, owner+"/internal") {
				found = append(found, fmt.Sprintf("%s imports %s, which %s may not", f.path, dir, owner))
			}
		}
	}
	return found
}

func checkFyneFree(t *tree) []string {
	fyneFree := func(name string) bool {
		dir, ours := folder(name)
		return ours && slices.ContainsFunc(windowless, func(top string) bool { return under(dir, top) })
	}
	fyne := func(name string) bool { return strings.HasPrefix(name, "fyne.io/") }
	if chain := t.reach(fyneFree, fyne); chain != nil {
		return violation("Fyne is reached by %s", strings.Join(chain, " -> "))
	}
	return nil
}

// checkAppBlind looks at app itself, not its tests: they may drive real rooms.
func checkAppBlind(t *tree) []string {
	app := func(name string) bool {
		dir, ours := folder(name)
		return ours && under(dir, "app") && !isTestBuild(name)
	}
	network := func(name string) bool {
		dir, ours := folder(name)
		return ours && under(dir, "netchat") && dir != "netchat"
	}
	if chain := t.reach(app, network); chain != nil {
		return violation("app reaches the network by %s", strings.Join(chain, " -> "))
	}
	return nil
}

func checkRoomPure(t *tree) []string {
	var found []string
	for _, f := range t.files {
		if f.dir != "netchat/room" || f.test {
			continue
		}
		for p := range f.imports() {
			if under(p, "net") || under(p, "os") || p == "syscall" || p == "crypto/rand" || p == "testing" {
				found = append(found, f.path+" imports "+p)
			}
		}
		for _, use := range f.uses("time", clock...) {
			found = append(found, t.at(use)+" uses time."+use.Sel.Name)
		}
	}
	room := func(name string) bool { return name == module+"/netchat/room" }
	wire := func(name string) bool {
		return name == module+"/netchat/wire" || strings.HasPrefix(name, "github.com/gorilla/")
	}
	if chain := t.reach(room, wire); chain != nil {
		found = append(found, strings.Join(chain, " -> "))
	}
	return found
}

func checkNouns(t *tree) []string {
	var found []string
	for _, f := range t.files {
		if f.dir != "netchat" || f.test {
			continue
		}
		for p := range f.imports() {
			if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") || under(p, "net") || under(p, "os") {
				found = append(found, f.path+" imports "+p)
			}
		}
	}
	return found
}

// checkAlone names the one package for each module that we want to be able to
// replace. Tests count too.
func checkAlone(t *tree) []string {
	alone := []struct{ part, dir string }{
		{"zeroconf", "netchat/discovery"},
		{"miekg/dns", "netchat/discovery"},
		{"sqlite", "netchat/history"},
	}
	var found []string
	for _, f := range t.files {
		for p := range f.imports() {
			for _, a := range alone {
				if strings.Contains(p, a.part) && !under(f.dir, a.dir) {
					found = append(found, fmt.Sprintf("%s imports %s, which only %s may", f.path, p, a.dir))
				}
			}
		}
	}
	return found
}

// checkTestSupport keeps packages for tests, named like netchattest, and package
// testing itself out of the programs.
func checkTestSupport(t *tree) []string {
	isSupport := func(p string) bool { return strings.HasSuffix(path.Base(p), "test") }
	var found []string
	for _, f := range t.files {
		if f.test || isSupport(f.dir) {
			continue
		}
		for p := range f.imports() {
			if isSupport(p) || p == "testing" || strings.HasSuffix(p, "/goleak") || strings.HasSuffix(p, "/rapid") {
				found = append(found, f.path+" imports "+p+" outside tests")
			}
		}
	}
	return found
}

func checkPackageNames(t *tree) []string {
	var found []string
	dirs := t.packages()
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		for _, name := range []string{path.Base(dir), dirs[dir][0].code.Name.Name} {
			if slices.Contains(vague, name) {
				found = append(found, fmt.Sprintf("%s: a package named %s", dir, name))
				break
			}
		}
	}
	return found
}
