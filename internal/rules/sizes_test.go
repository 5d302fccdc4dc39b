package rules

import (
	"fmt"
	"go/ast"
)

// The limits on size of code outside tests. They are about the tail: the median
// function has about ten lines.
const (
	maxFileLines     = 400
	maxFunctionLines = 60
	maxMethods       = 20 // of a type, or in an interface
	maxFields        = 15
)

func sizeRules() []rule {
	return []rule{
		{"files are short", checkFiles},
		{"functions are short", checkFunctions},
		{"types are narrow", checkTypes},
	}
}

func checkFiles(t *tree) []string {
	var found []string
	for _, f := range t.files {
		n := t.fset.File(f.code.FileStart).LineCount()
		if !f.test && n > maxFileLines {
			found = append(found, fmt.Sprintf("%s has %d lines, more than %d", f.path, n, maxFileLines))
		}
	}
	return found
}

func checkFunctions(t *tree) []string {
	var found []string
	for _, f := range t.files {
		if f.test {
			continue
		}
		for _, decl := range f.code.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			// Doc is outside fn.Type, so that explaining costs nothing.
			from, to := t.fset.Position(fn.Type.Pos()).Line, t.fset.Position(fn.End()).Line
			if n := to - from + 1; n > maxFunctionLines {
				found = append(found, fmt.Sprintf("%s: %s has %d lines, more than %d", t.at(fn), fn.Name.Name, n, maxFunctionLines))
			}
		}
	}
	return found
}

func checkTypes(t *tree) []string {
	type typeName struct{ dir, name string }
	var found []string
	methods := make(map[typeName]int)
	for _, f := range t.files {
		if f.test {
			continue
		}
		ast.Inspect(f.code, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncDecl:
				if node.Recv != nil {
					methods[typeName{f.dir, receiver(node.Recv.List[0].Type)}]++
				}
			case *ast.StructType:
				if n := node.Fields.NumFields(); n > maxFields {
					found = append(found, fmt.Sprintf("%s: a struct with %d fields, more than %d", t.at(node), n, maxFields))
				}
			case *ast.InterfaceType:
				if n := node.Methods.NumFields(); n > maxMethods {
					found = append(found, fmt.Sprintf("%s: an interface with %d methods, more than %d", t.at(node), n, maxMethods))
				}
			}
			return true
		})
	}
	for name, n := range methods {
		if n > maxMethods {
			found = append(found, fmt.Sprintf("%s: type %s has %d methods, more than %d", name.dir, name.name, n, maxMethods))
		}
	}
	return found
}

// receiver returns the name of the type in a method's receiver.
func receiver(expr ast.Expr) string {
	switch expr := expr.(type) {
	case *ast.Ident:
		return expr.Name
	case *ast.StarExpr:
		return receiver(expr.X)
	case *ast.IndexExpr:
		return receiver(expr.X)
	case *ast.IndexListExpr:
		return receiver(expr.X)
	}
	return ""
}
