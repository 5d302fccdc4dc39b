package rules

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// uiGate is the one file that may cross onto the UI goroutine.
const uiGate = "app/uithread.go"

// leftover marks what somebody meant to come back to.
var leftover = regexp.MustCompile(`\b(` + strings.Join([]string{"TO" + "DO", "FIX" + "ME", "XX" + "X"}, "|") + `)\b`)

func codeRules() []rule {
	return []rule{
		{"every package has a doc", checkPackageDocs},
		{"one gate to the UI goroutine", checkUIGate},
		{"tests do not sleep", checkSleeps},
		{"tests do not skip", checkSkips},
		{"no init functions", checkInits},
		{"no state in package variables", checkGlobals},
		{"no dot imports", checkDotImports},
		{"nothing left to do in comments", checkLeftovers},
		{"who starts goroutines tests for leaks", checkLeakTests},
	}
}

func checkPackageDocs(t *tree) []string {
	var found []string
	dirs := t.packages()
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		has := slices.ContainsFunc(dirs[dir], func(f *file) bool {
			name := strings.TrimSuffix(f.code.Name.Name, "_test")
			doc := f.code.Doc.Text()
			return strings.HasPrefix(doc, "Package "+name+" ") || name == "main" && strings.HasPrefix(doc, "Command ")
		})
		if !has {
			found = append(found, dir+": no comment that begins with Package or Command and its name")
		}
	}
	return found
}

func checkUIGate(t *tree) []string {
	var found []string
	for _, f := range t.files {
		for _, use := range f.uses("fyne.io/fyne/v2", "Do", "DoAndWait") {
			if f.path != uiGate {
				found = append(found, fmt.Sprintf("%s uses fyne.%s, which only %s may", t.at(use), use.Sel.Name, uiGate))
			}
		}
	}
	return found
}

// checkSleeps allows time.Sleep where time is not real: within a call of
// synctest.Test or of a function named like inBubble, or in a function that has
// a comment with the word bubble.
func checkSleeps(t *tree) []string {
	var found []string
	for _, f := range t.files {
		if !f.test && !strings.HasSuffix(f.dir, "test") {
			continue
		}
		bubbles := f.bubbles()
		for _, use := range f.uses("time", "Sleep") {
			inside := func(b ast.Node) bool { return b.Pos() <= use.Pos() && use.End() <= b.End() }
			if !slices.ContainsFunc(bubbles, inside) {
				found = append(found, t.at(use)+" sleeps in real time")
			}
		}
	}
	return found
}

// bubbles returns the parts of f that run on synctest's clock.
func (f *file) bubbles() []ast.Node {
	var found []ast.Node
	tests := f.uses("testing/synctest", "Test")
	ast.Inspect(f.code, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch fn := call.Fun.(type) {
		case *ast.SelectorExpr:
			ok = slices.Contains(tests, fn)
		case *ast.Ident:
			ok = strings.Contains(fn.Name, "Bubble")
		default:
			ok = false
		}
		if ok {
			found = append(found, call)
		}
		return true
	})
	for _, decl := range f.code.Decls {
		said := func(c *ast.CommentGroup) bool {
			return start(decl) <= c.Pos() && c.End() <= decl.End() && strings.Contains(c.Text(), "bubble")
		}
		if fn, ok := decl.(*ast.FuncDecl); ok && slices.ContainsFunc(f.code.Comments, said) {
			found = append(found, fn)
		}
	}
	return found
}

// start returns where decl begins, its doc included.
func start(decl ast.Decl) token.Pos {
	if fn, ok := decl.(*ast.FuncDecl); ok && fn.Doc != nil {
		return fn.Doc.Pos()
	}
	return decl.Pos()
}

// checkSkips looks for Skip on what package testing passes to a test. A rapid.T
// is another thing: its Skip discards a case that was drawn.
func checkSkips(t *tree) []string {
	var found []string
	for _, f := range t.files {
		for _, node := range allFunctions(f.code) {
			params, body := signature(node)
			name := f.testingParam(params)
			if name == "" || body == nil {
				continue
			}
			ast.Inspect(body, func(node ast.Node) bool {
				if inner, ok := node.(*ast.FuncLit); ok && declares(inner.Type.Params, name) {
					return false // another t, which gets its own turn
				}
				s, ok := node.(*ast.SelectorExpr)
				if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, s.Sel.Name) {
					return true
				}
				if x, ok := s.X.(*ast.Ident); ok && x.Name == name {
					found = append(found, t.at(s)+" skips")
				}
				return true
			})
		}
		for _, use := range f.uses("testing", "Short") {
			found = append(found, t.at(use)+" lets a short run leave something out")
		}
	}
	return found
}

func allFunctions(code ast.Node) []ast.Node {
	var found []ast.Node
	ast.Inspect(code, func(node ast.Node) bool {
		switch node.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			found = append(found, node)
		}
		return true
	})
	return found
}

func signature(fn ast.Node) (*ast.FieldList, *ast.BlockStmt) {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Type.Params, fn.Body
	case *ast.FuncLit:
		return fn.Type.Params, fn.Body
	}
	return nil, nil
}

// testingParam returns the name of the first parameter that is a *testing.T, B
// or F, or a testing.TB.
func (f *file) testingParam(params *ast.FieldList) string {
	local, ok := f.imports()["testing"]
	if !ok {
		return ""
	}
	for _, p := range params.List {
		kind := p.Type
		if star, ok := kind.(*ast.StarExpr); ok {
			kind = star.X
		}
		s, ok := kind.(*ast.SelectorExpr)
		if !ok || len(p.Names) == 0 {
			continue
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == local {
			return p.Names[0].Name
		}
	}
	return ""
}

func declares(params *ast.FieldList, name string) bool {
	for _, p := range params.List {
		for _, n := range p.Names {
			if n.Name == name {
				return true
			}
		}
	}
	return false
}

func checkInits(t *tree) []string {
	var found []string
	for _, f := range t.files {
		for _, decl := range f.code.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, t.at(fn)+" is an init function")
			}
		}
	}
	return found
}

// checkGlobals takes a package variable for state if it has no value (embedded
// files aside), is made or new, or belongs to sync or sync/atomic. Errors,
// tables and compiled patterns have values.
func checkGlobals(t *tree) []string {
	var found []string
	for _, f := range t.files {
		if f.test {
			continue
		}
		for _, decl := range f.code.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok || d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if ok && !embedded(d.Doc) && !embedded(v.Doc) && f.isState(v) {
					found = append(found, fmt.Sprintf("%s: the variable %s is state", t.at(v), v.Names[0].Name))
				}
			}
		}
	}
	return found
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, embedPrefix)
	})
}

func (f *file) isState(v *ast.ValueSpec) bool {
	if len(v.Values) == 0 {
		return true
	}
	imports := f.imports()
	return slices.ContainsFunc(v.Values, func(value ast.Expr) bool {
		state := false
		ast.Inspect(value, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncLit:
				return false // what it makes, it makes when called
			case *ast.CallExpr:
				fn, ok := node.Fun.(*ast.Ident)
				state = state || ok && (fn.Name == "make" || fn.Name == "new")
			case *ast.SelectorExpr:
				x, ok := node.X.(*ast.Ident)
				state = state || ok && (x.Name == imports["sync"] || x.Name == imports["sync/atomic"])
			}
			return true
		})
		return state
	})
}

func checkDotImports(t *tree) []string {
	var found []string
	for _, f := range t.files {
		for p, name := range f.imports() {
			if name == "." {
				found = append(found, f.path+" imports the names of "+p)
			}
		}
	}
	return found
}

func checkLeftovers(t *tree) []string {
	var found []string
	for _, f := range t.files {
		for _, group := range f.code.Comments {
			for _, c := range group.List {
				if word := leftover.FindString(c.Text); word != "" {
					found = append(found, t.at(c)+" says "+word)
				}
			}
		}
	}
	return found
}

// checkLeakTests wants goleak in the tests of a package whose code has a go
// statement. It cannot tell whether the tests use it well.
func checkLeakTests(t *tree) []string {
	var found []string
	dirs := t.packages()
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		var starts, checks bool
		for _, f := range dirs[dir] {
			checks = checks || f.test && len(f.uses("go.uber.org/goleak", "VerifyTestMain", "Find")) > 0
			ast.Inspect(f.code, func(node ast.Node) bool {
				_, is := node.(*ast.GoStmt)
				starts = starts || is && !f.test
				return !starts
			})
		}
		if starts && !checks {
			found = append(found, dir+": starts goroutines, and its TestMain has no goleak")
		}
	}
	return found
}
