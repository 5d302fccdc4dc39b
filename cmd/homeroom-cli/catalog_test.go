package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

// catalogKeys returns every constant of type sentence, read from the source:
// the compiler does not know them as a set.
func catalogKeys(t *testing.T) []sentence {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "catalog.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var keys []sentence
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "sentence" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, sentence(text))
		return true
	})
	if len(keys) < 50 {
		t.Fatalf("only %d keys were read", len(keys))
	}
	return keys
}

func TestEveryRefusalIsExplained(t *testing.T) {
	for _, reason := range []netchat.RefusalReason{
		netchat.RefusedTooLong, netchat.RefusedNoRecipient, netchat.RefusedInvalid,
		netchat.RefusedUnknownType, netchat.RefusedNotStored, netchat.RefusedUncertain,
	} {
		for tag, texts := range catalogs {
			if texts.explainRefusal(reason) == string(reason) {
				t.Errorf("%s does not explain %q", tag, reason)
			}
		}
	}
	if got := catalogs[english].explainRefusal("of_the_future"); got != "of_the_future" {
		t.Errorf("an unknown reason: %q", got)
	}
}
