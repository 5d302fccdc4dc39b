package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	embedPrefix = "//go:embed "

	// assetsDir alone embeds files, and holds nothing that is not embedded but
	// sources of pictures and texts about them.
	assetsDir = "assets"

	// translationsDir holds one JSON file for each language.
	translationsDir = "assets/translations"

	contributing = "CONTRIBUTING.md"
)

// placeholder is what go-i18n replaces in a text.
var placeholder = regexp.MustCompile(`{{[^}]*}}`)

func textRules() []rule {
	return []rule{
		{"embedded files are named", checkEmbeds},
		{"translations are complete", checkTranslations},
		{"every folder is explained", checkFolders},
	}
}

func checkEmbeds(t *tree) []string {
	var found []string
	named := make(map[string]bool)
	for _, f := range t.files {
		for _, group := range f.code.Comments {
			for _, c := range group.List {
				patterns, ok := strings.CutPrefix(c.Text, embedPrefix)
				if !ok {
					continue
				}
				if f.dir != assetsDir {
					found = append(found, fmt.Sprintf("%s embeds files, which only %s may", t.at(c), assetsDir))
				}
				for _, pattern := range strings.Fields(patterns) {
					name := path.Join(f.dir, pattern)
					named[name] = true
					if _, ok := t.data[name]; !ok {
						found = append(found, fmt.Sprintf("%s: %s is not the name of one file", t.at(c), pattern))
					}
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.data)) {
		if under(name, assetsDir) && !named[name] && !slices.Contains([]string{".svg", ".md", ".txt"}, path.Ext(name)) {
			found = append(found, name+" is not embedded by name")
		}
	}
	return found
}

func checkTranslations(t *tree) []string {
	var found []string
	languages := make(map[string]map[string]string)
	all := make(map[string]string) // key to one language that has it
	for _, name := range slices.Sorted(maps.Keys(t.data)) {
		if !under(name, translationsDir) || path.Ext(name) != ".json" {
			continue
		}
		texts, err := decodeTexts(t.data[name])
		if err != nil {
			found = append(found, name+": "+err.Error())
			continue
		}
		languages[name] = texts
		for key := range texts {
			all[key] = name
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		for _, name := range slices.Sorted(maps.Keys(languages)) {
			text, has := languages[name][key]
			other := languages[all[key]][key]
			switch {
			case !has:
				found = append(found, fmt.Sprintf("%s lacks %q, which %s has", name, key, all[key]))
			case strings.TrimSpace(text) == "":
				found = append(found, fmt.Sprintf("%s: %q is empty", name, key))
			case !slices.Equal(placeholders(text), placeholders(other)):
				found = append(found, fmt.Sprintf("%s and %s: %q has other placeholders", name, all[key], key))
			}
		}
	}
	if len(languages) == 1 && len(found) == 0 {
		found = append(found, translationsDir+" has one language alone")
	}
	return found
}

// placeholders returns those of text, sorted and without doubles: a language may
// repeat one, and a plural has its texts in a row.
func placeholders(text string) []string {
	all := placeholder.FindAllString(text, -1)
	slices.Sort(all)
	return slices.Compact(all)
}

// decodeTexts reads an object of texts, refusing a key that comes twice. A
// plural, an object of texts itself, is returned as its texts in a row.
func decodeTexts(data []byte) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.Join(errors.New("no JSON object"), err)
	}
	texts := make(map[string]string)
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if _, double := texts[key]; double || !ok {
			return nil, fmt.Errorf("the key %v comes twice", token)
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		switch value := value.(type) {
		case string:
			texts[key] = value
		case map[string]any:
			for _, form := range slices.Sorted(maps.Keys(value)) {
				texts[key] += fmt.Sprint(value[form], "\n")
			}
		default:
			return nil, fmt.Errorf("%q is no text", key)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return texts, nil
}

func checkFolders(t *tree) []string {
	text := string(t.data[contributing])
	var found []string
	for _, dir := range slices.Sorted(maps.Keys(t.packages())) {
		owner, _, _ := strings.Cut(dir, "/internal/")
		if !strings.Contains(text, "`"+owner+"/`") {
			found = append(found, fmt.Sprintf("%s does not explain `%s/`", contributing, owner))
		}
	}
	return slices.Compact(found)
}
