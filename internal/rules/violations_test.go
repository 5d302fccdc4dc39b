package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// A violation is a small tree that breaks one rule.
type violated struct {
	rule  string
	files map[string]string
	want  string // within the one line that the rule returns; "" if it must be content
}

// TestRulesSeeViolations proves of every rule that it can fail.
func TestRulesSeeViolations(t *testing.T) {
	cases := slices.Concat(brokenImports(), brokenSizes(), brokenCode(), brokenTexts())
	for _, r := range rules() {
		mine := func(v violated) bool { return v.rule == r.name && v.want != "" }
		if !slices.ContainsFunc(cases, mine) {
			t.Errorf("the rule %q has no violation to see", r.name)
		}
	}
	for i, v := range cases {
		t.Run(fmt.Sprintf("%s/%d", v.rule, i), func(t *testing.T) {
			at := slices.IndexFunc(rules(), func(r rule) bool { return r.name == v.rule })
			if at < 0 {
				t.Fatal("no such rule")
			}
			fsys := make(fstest.MapFS)
			for name, content := range v.files {
				fsys[name] = &fstest.MapFile{Data: []byte(content)}
			}
			tree := load(t, fsys)
			tree.graph = written(tree)
			lines := rules()[at].check(tree)
			switch {
			case v.want == "" && len(lines) > 0:
				t.Errorf("got %q, want nothing", lines)
			case v.want != "" && (len(lines) != 1 || !strings.Contains(lines[0], v.want)):
				t.Errorf("got %q, want one line with %q", lines, v.want)
			}
		})
	}
}

// written makes the graph from the imports that the files show, named as go list
// names them.
func written(t *tree) map[string][]string {
	graph := make(map[string][]string)
	for _, f := range t.files {
		name := module + "/" + f.dir
		if f.test {
			name = fmt.Sprintf("%s [%s.test]", name, name)
		}
		for p := range f.imports() {
			graph[name] = append(graph[name], p)
		}
	}
	return graph
}

func one(rule, name, content, want string) violated {
	return violated{rule, map[string]string{name: content}, want}
}

func brokenImports() []violated {
	const (
		walls   = "packages import in one direction"
		fyne    = "no Fyne below app"
		blind   = "app knows no network"
		pure    = "room is pure"
		nouns   = "nouns need the standard library alone"
		alone   = "one package for each outside thing"
		support = "test support is for tests"
		names   = "packages have telling names"
		ours    = `import _ "` + module + `/`
	)
	return []violated{
		one(walls, "netchat/room/a.go", "package room\n"+ours+`netchat/wire"`, "which netchat/room may not"),
		one(walls, "netchat/room/a_test.go", "package room\n"+ours+`netchat/wire"`, ""),
		one(walls, "netchat/wire/a.go", "package wire\n"+ours+`netchat"`, ""),
		one(walls, "netchat/voice/a.go", "package voice", "without a row"),
		one(walls, "cmd/homeroom-cli/a.go", "package main\n"+ours+`cmd/homeroom-cli/internal/x"`, ""),
		one(walls, "cmd/homeroom-cli/internal/x/a.go", "package x\n"+ours+`app"`, "which cmd/homeroom-cli may not"),
		one(fyne, "app/model/a.go", `package model; import _ "fyne.io/fyne/v2"`, "app/model -> fyne.io/fyne/v2"),
		one(fyne, "netchat/wire/a_test.go", `package wire; import _ "fyne.io/fyne/v2/test"`, "fyne.io/fyne/v2/test"),
		one(fyne, "app/a.go", `package app; import _ "fyne.io/fyne/v2"`, ""),
		{fyne, map[string]string{
			"netchat/client/a.go": "package client\n" + ours + `netchat/wire"`,
			"netchat/wire/a.go":   `package wire; import _ "fyne.io/systray"`,
		}, "netchat/wire -> fyne.io/systray"},
		one(blind, "app/a.go", "package app\n"+ours+`netchat/server"`, "app -> "),
		{blind, map[string]string{
			"app/a.go":       "package app\n" + ours + `app/model"`,
			"app/model/a.go": "package model\n" + ours + `netchat/history"`,
		}, "netchat/history"},
		one(blind, "app/a.go", "package app\n"+ours+`netchat"`, ""),
		one(blind, "app/a_test.go", "package app\n"+ours+`netchat/server"`, ""),
		one(pure, "netchat/room/a.go", `package room; import _ "net/netip"`, "imports net/netip"),
		one(pure, "netchat/room/a.go", `package room; import _ "os"`, "imports os"),
		one(pure, "netchat/room/a.go", "package room\nimport \"time\"\nfunc f() any { return time.Now() }", "uses time.Now"),
		one(pure, "netchat/room/a.go", "package room\nimport clock \"time\"\nvar now = clock.Now", "uses time.Now"),
		one(pure, "netchat/room/a.go", "package room\nimport \"time\"\nfunc f(t time.Time) any { return t.Add(time.Second) }", ""),
		{pure, map[string]string{
			"netchat/room/a.go":    "package room\n" + ours + `netchat/history"`,
			"netchat/history/a.go": "package history\n" + ours + `netchat/wire"`,
		}, "netchat/history -> "},
		one(nouns, "netchat/a.go", `package netchat; import _ "golang.org/x/text/width"`, "imports golang.org"),
		one(nouns, "netchat/a.go", `package netchat; import _ "net/http"`, "imports net/http"),
		one(nouns, "netchat/a.go", `package netchat; import _ "encoding/json"`, ""),
		one(alone, "netchat/client/a.go", `package client; import _ "github.com/grandcat/zeroconf"`, "only netchat/discovery may"),
		one(alone, "netchat/server/a_test.go", `package server; import _ "modernc.org/sqlite"`, "only netchat/history may"),
		one(alone, "netchat/history/a.go", `package history; import _ "modernc.org/sqlite"`, ""),
		one(support, "cmd/homeroom/a.go", `package main; import _ "fyne.io/fyne/v2/test"`, "outside tests"),
		one(support, "app/a.go", `package app; import _ "testing"`, "outside tests"),
		one(support, "app/a_test.go", `package app; import _ "testing"`, ""),
		one(support, "netchat/netchattest/a.go", `package netchattest; import _ "testing"`, ""),
		one(names, "app/util/a.go", "package util", "named util"),
		one(names, "app/x/a.go", "package helpers", "named helpers"),
		one(names, "app/a.go", "package app", ""),
	}
}

func brokenSizes() []violated {
	const (
		long   = "files are short"
		fns    = "functions are short"
		narrow = "types are narrow"
	)
	repeat := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	// The line of the package clause, n between, and one that is empty.
	file := func(n int) string { return "package app\n" + strings.Repeat("//\n", n) }
	function := func(n int) string { return "package app\nfunc f() {\n" + strings.Repeat("_ = 0\n", n) + "}\n" }
	return []violated{
		one(long, "app/a.go", file(maxFileLines), "more than 400"),
		one(long, "app/a.go", file(maxFileLines-2), ""),
		one(long, "app/a_test.go", file(maxFileLines), ""),
		one(fns, "app/a.go", function(maxFunctionLines-1), "f has 61 lines"),
		one(fns, "app/a.go", function(maxFunctionLines-2), ""),
		one(narrow, "app/a.go", "package app\ntype T struct {\n"+repeat("f%d int\n", maxFields+1)+"}", "16 fields"),
		one(narrow, "app/a.go", "package app\ntype T struct {\n"+repeat("f%d int\n", maxFields)+"}", ""),
		one(narrow, "app/a.go", "package app\ntype T[P any] struct{}\n"+repeat("func (*T[P]) f%d() {}\n", maxMethods+1), "T has 21 methods"),
		one(narrow, "app/a.go", "package app\ntype T int\n"+repeat("func (T) f%d() {}\n", maxMethods), ""),
		one(narrow, "app/a.go", "package app\ntype T interface {\n"+repeat("f%d()\n", maxMethods+1)+"}", "21 methods"),
	}
}

func brokenCode() []violated {
	const (
		doc    = "every package has a doc"
		gate   = "one gate to the UI goroutine"
		sleep  = "tests do not sleep"
		skip   = "tests do not skip"
		inits  = "no init functions"
		state  = "no state in package variables"
		dots   = "no dot imports"
		left   = "nothing left to do in comments"
		leaks  = "who starts goroutines tests for leaks"
		withT  = "package app\nimport \"testing\"\n"
		napped = "package app\nimport (\"time\"; \"testing/synctest\")\n"
	)
	return []violated{
		one(doc, "app/a.go", "package app", "no comment"),
		one(doc, "app/a.go", "// Package other is this.\npackage app", "no comment"),
		one(doc, "app/a.go", "// Package app is this.\npackage app", ""),
		one(doc, "cmd/homeroom/a.go", "// Command homeroom is this.\npackage main", ""),
		one(gate, "app/a.go", "package app\nimport \"fyne.io/fyne/v2\"\nfunc f() { fyne.Do(nil) }", "uses fyne.Do"),
		one(gate, "cmd/homeroom/a.go", "package main\nimport x \"fyne.io/fyne/v2\"\nvar do = x.DoAndWait", "uses fyne.DoAndWait"),
		one(gate, uiGate, "package app\nimport \"fyne.io/fyne/v2\"\nfunc f() { fyne.Do(nil) }", ""),
		one(sleep, "app/a_test.go", napped+"func f() { time.Sleep(1) }", "sleeps"),
		one(sleep, "netchat/netchattest/a.go", "package netchattest\nimport \"time\"\nfunc f() { time.Sleep(1) }", "sleeps"),
		one(sleep, "app/a_test.go", napped+"func f() { synctest.Test(nil, func() { time.Sleep(1) }) }", ""),
		one(sleep, "app/a_test.go", napped+"// f waits; in a bubble.\nfunc f() { time.Sleep(1) }", ""),
		one(sleep, "app/a_test.go", napped+"func f() { inBubble(func() { time.Sleep(1) }) }", ""),
		one(sleep, "app/a_test.go", napped+"// In a bubble.\nvar x int\nfunc f() { time.Sleep(1) }", "sleeps"),
		one(skip, "app/a_test.go", withT+"func TestX(t *testing.T) { t.Skip() }", "skips"),
		one(skip, "app/a_test.go", withT+"func f(tb testing.TB) { func() { tb.Skipf(\"\") }() }", "skips"),
		one(skip, "app/a_test.go", withT+"func f(t *testing.T) { t.Run(\"\", func(t *testing.T) { t.SkipNow() }) }", "skips"),
		one(skip, "app/a_test.go", withT+"func f(t *testing.T) bool { return testing.Short() }", "short run"),
		one(skip, "app/a_test.go", withT+"func f(t *testing.T) { g(func(t *rapid.T) { t.Skip() }) }", ""),
		one(inits, "app/a.go", "package app\nfunc init() {}", "init function"),
		one(inits, "app/a.go", "package app\nfunc (T) init() {}", ""),
		one(state, "app/a.go", "package app\nvar count int", "count is state"),
		one(state, "app/a.go", "package app\nvar (\n\tseen = make(map[string]int)\n)", "seen is state"),
		one(state, "app/a.go", "package app\nimport \"sync\"\nvar mu = &sync.Mutex{}", "mu is state"),
		one(state, "app/a.go", "package app\n//go:embed x\nvar x []byte", ""),
		one(state, "app/a.go", "package app\nvar ErrX = errors.New(\"x\")\nvar f = func() any { return new(int) }", ""),
		one(dots, "app/a.go", "package app\nimport . \"time\"", "names of time"),
		one(left, "app/a.go", "package app\n// TO"+"DO: more.", "says TO"+"DO"),
		one(left, "app/a.go", "package app\n// XXXX is fine.", ""),
		one(leaks, "app/a.go", "package app\nfunc f() { go f() }", "no goleak"),
		{leaks, map[string]string{
			"app/a.go":      "package app\nfunc f() { go f() }",
			"app/a_test.go": "package app\nimport \"go.uber.org/goleak\"\nfunc TestMain(m *testing.M) { goleak.VerifyTestMain(m) }",
		}, ""},
		one(leaks, "app/a_test.go", "package app\nfunc f() { go f() }", ""),
	}
}

func brokenTexts() []violated {
	const (
		embeds       = "embedded files are named"
		translations = "translations are complete"
		folders      = "every folder is explained"
	)
	embed := func(patterns string) string {
		return "package assets\nimport _ \"embed\"\n" + embedPrefix + patterns + "\nvar x []byte\n"
	}
	languages := func(en, zh string) map[string]string {
		return map[string]string{translationsDir + "/en.json": en, translationsDir + "/zh-Hans.json": zh}
	}
	return []violated{
		{embeds, map[string]string{"assets/a.go": embed("*.png"), "assets/a.svg": ""}, "*.png is not the name"},
		{embeds, map[string]string{"assets/a.go": embed("icons"), "assets/icons/a.svg": ""}, "icons is not the name"},
		{embeds, map[string]string{"assets/a.go": embed("a.png"), "assets/a.png": "", "assets/b.png": ""}, "b.png is not embedded"},
		{embeds, map[string]string{"assets/a.go": embed("a.png"), "assets/a.png": "", "assets/a.svg": ""}, ""},
		{embeds, map[string]string{"app/a.go": embed("a.png"), "app/a.png": ""}, "which only assets may"},
		{translations, languages(`{"a":"A","b":"B"}`, `{"a":"甲"}`), `zh-Hans.json lacks "b"`},
		{translations, languages(`{"a":"A"}`, `{"a":"甲","b":"乙"}`), `en.json lacks "b"`},
		{translations, languages(`{"a":"A"}`, `{"a":" "}`), `"a" is empty`},
		{translations, languages(`{"a":"A","a":"B"}`, `{"a":"甲"}`), "comes twice"},
		{translations, languages(`{"a":"{{.N}} of {{.M}}"}`, `{"a":"{{.N}}"}`), "other placeholders"},
		{translations, languages(`{"a":{"one":"{{.N}} a","other":"{{.N}} as"}}`, `{"a":{"other":"{{.N}} 个"}}`), ""},
		{translations, languages(`{"a":"A"}`, `{"a":"甲"`), "EOF"},
		{translations, languages(`{"a":"A"}`, `{"a":1}`), "no text"},
		{translations, languages(`{"a":"A"}`, `{"a":"甲"}{}`), "follows"},
		one(translations, translationsDir+"/en.json", `{"a":"A"}`, "one language"),
		one(folders, "app/x/a.go", "package x", "`app/x/`"),
		{folders, map[string]string{"app/x/internal/y/a.go": "package y", contributing: "- `app/x/`: text"}, ""},
	}
}
