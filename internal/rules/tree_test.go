package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "github.com/homeroomchat/homeroom"
	root   = "../.." // the top of the repository, seen from this package's tests

	// maxDataFile is the largest file besides Go code that is read, in bytes.
	maxDataFile = 1 << 20
)

// versionSuffix is what an import path has and the package's name has not.
var versionSuffix = regexp.MustCompile(`/v[0-9]+$`)

// A tree is what the rules look at.
type tree struct {
	fset  *token.FileSet
	files []*file           // every Go file, whatever its build tags
	data  map[string][]byte // every other file by its slash path; nil if over maxDataFile

	// graph holds what each package imports, by the names that go list uses:
	// the build of a package for its own tests is "path [path.test]".
	graph map[string][]string
}

// A file is one Go file.
type file struct {
	path string // from the top, with slashes
	dir  string // "." at the top
	test bool
	code *ast.File
}

// A rule returns one line for each violation.
type rule struct {
	name  string
	check func(*tree) []string
}

// rules is the whole list.
func rules() []rule {
	return slices.Concat(importRules(), sizeRules(), codeRules(), textRules())
}

func TestHouse(t *testing.T) {
	tree := load(t, os.DirFS(root))
	tree.graph = listed(t)
	if len(tree.files) < 10 || len(tree.graph) < 10 {
		t.Fatalf("found %d files and %d packages; is %s the repository?", len(tree.files), len(tree.graph), root)
	}
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			for _, line := range r.check(tree) {
				t.Error(line)
			}
		})
	}
}

// load reads and parses what is in fsys; graph stays nil.
func load(t *testing.T, fsys fs.FS) *tree {
	t.Helper()
	tree := &tree{fset: token.NewFileSet(), data: make(map[string][]byte)}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && ignored(name):
			return fs.SkipDir
		case entry.IsDir() || !entry.Type().IsRegular():
			return nil
		}
		return tree.read(fsys, name)
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// ignored reports whether a folder holds no source of ours: what git or the
// Makefile put there, and test data, which may well be wrong on purpose.
func ignored(dir string) bool {
	base := path.Base(dir)
	return base == "testdata" || dir == "bin" || dir == "dist" || strings.HasPrefix(base, ".") && dir != "."
}

func (t *tree) read(fsys fs.FS, name string) error {
	if !strings.HasSuffix(name, ".go") {
		info, err := fs.Stat(fsys, name)
		if err != nil || info.Size() > maxDataFile {
			t.data[name] = nil
			return err
		}
		t.data[name], err = fs.ReadFile(fsys, name)
		return err
	}
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	code, err := parser.ParseFile(t.fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.files = append(t.files, &file{
		path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), code: code,
	})
	return nil
}

// listed asks the go command what every package and test imports, directly and
// indirectly, with the tests that need a tag included.
func listed(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-test", "-tags=e2e,ime,netns,screens,soak",
		"-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	graph := make(map[string][]string)
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return graph
		case err != nil:
			t.Fatalf("go list: %v", err)
		}
		graph[p.ImportPath] = p.Imports
	}
}

// at says where node is.
func (t *tree) at(node ast.Node) string { return t.fset.Position(node.Pos()).String() }

// packages returns the Go files of each folder. Code and tests are together.
func (t *tree) packages() map[string][]*file {
	dirs := make(map[string][]*file)
	for _, f := range t.files {
		dirs[f.dir] = append(dirs[f.dir], f)
	}
	return dirs
}

// reach returns a chain of imports from one of the packages that the roots
// select to one that target selects, or nothing.
func (t *tree) reach(roots, target func(string) bool) []string {
	from := make(map[string]string)
	var queue []string
	for _, name := range slices.Sorted(maps.Keys(t.graph)) {
		if roots(name) {
			from[name] = ""
			queue = append(queue, name)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if target(name) {
			var chain []string
			for ; name != ""; name = from[name] {
				chain = append(chain, name)
			}
			slices.Reverse(chain)
			return chain
		}
		for _, next := range t.graph[name] {
			if _, seen := from[next]; !seen {
				from[next] = name
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// imports returns the import paths of f with the names they have in it.
func (f *file) imports() map[string]string {
	names := make(map[string]string)
	for _, spec := range f.code.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		names[p] = path.Base(versionSuffix.ReplaceAllString(p, ""))
		if spec.Name != nil {
			names[p] = spec.Name.Name
		}
	}
	return names
}

// uses returns the places where f selects one of names from the package with
// the given import path, as in time.Now.
func (f *file) uses(importPath string, names ...string) []*ast.SelectorExpr {
	local, ok := f.imports()[importPath]
	if !ok {
		return nil
	}
	var found []*ast.SelectorExpr
	ast.Inspect(f.code, func(node ast.Node) bool {
		if s, ok := node.(*ast.SelectorExpr); ok && slices.Contains(names, s.Sel.Name) {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == local {
				found = append(found, s)
			}
		}
		return true
	})
	return found
}

// under reports whether the folder dir is top or within it.
func under(dir, top string) bool { return dir == top || strings.HasPrefix(dir, top+"/") }

// folder returns the folder of a package of ours by its import path, or of the
// build of it for a test.
func folder(importPath string) (dir string, ours bool) {
	importPath, _, _ = strings.Cut(importPath, " ")
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// isTestBuild reports whether go list's name stands for a test.
func isTestBuild(name string) bool {
	return strings.Contains(name, " ") || strings.HasSuffix(name, ".test")
}

func violation(format string, args ...any) []string { return []string{fmt.Sprintf(format, args...)} }
