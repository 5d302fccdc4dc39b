//go:build netns && linux

package history_test

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A call is what a traced program did to a file: it ended before or while others began.
type call struct {
	begin, end int // lines of the trace
	name, path string
	to         string // its new path
	data       []byte // that was written
	at         int64  // where, or the new size
}

// traced are the calls that readTrace understands.
const traced = "openat,write,pwrite64,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,renameat,renameat2"

// readTrace reads what strace -f -y -xx has written, in the order in which the calls
// began.
func readTrace(path string) (calls []call, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	type head struct {
		line int
		text string
	}
	unfinished := map[string]head{} // by thread
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		thread, text, _ := strings.Cut(lines.Text(), " ")
		text = strings.TrimLeft(text, " ")
		if start, found := strings.CutSuffix(text, "<unfinished ...>"); found {
			unfinished[thread] = head{n, strings.TrimRight(start, " ")}
			continue
		}
		begin := n
		if strings.HasPrefix(text, "<... ") {
			_, rest, _ := strings.Cut(text, " resumed>")
			begin, text = unfinished[thread].line, unfinished[thread].text+rest
		}
		c, known, err := parseCall(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w: %.200s", n, err, text)
		}
		if known {
			c.begin, c.end = begin, n
			calls = append(calls, c)
		}
	}
	slices.SortStableFunc(calls, func(a, b call) int { return a.begin - b.begin })
	return calls, lines.Err()
}

// parseCall reads a call; known is false for what changes nothing.
func parseCall(text string) (c call, known bool, err error) {
	name, args, found := strings.Cut(text, "(")
	end := strings.LastIndex(args, ")")
	if !found || end < 0 || strings.Contains(args[end:], "= -1") {
		return c, false, nil // a signal, an exit, a call that failed
	}
	c.name = name
	args = args[:end]
	switch name {
	case "write", "pwrite64":
		var number string
		if c.path, c.data, number, err = written(args); err == nil && name == "pwrite64" {
			c.at, err = strconv.ParseInt(number, 10, 64)
		}
		return c, true, err
	case "ftruncate":
		rest := ""
		if c.path, rest, err = descriptor(args); err == nil {
			c.at, err = strconv.ParseInt(strings.TrimPrefix(rest, ", "), 10, 64)
		}
		return c, true, err
	case "fsync", "fdatasync":
		c.path, _, err = descriptor(args)
		return c, true, err
	case "rename", "renameat", "renameat2":
		names := strings.Split(args, `"`)
		if len(names) != 5 {
			return c, false, fmt.Errorf("not two paths")
		}
		from, err := unhex(names[1])
		to, other := unhex(names[3])
		c.path, c.to = string(from), string(to)
		return c, true, errors.Join(err, other)
	case "openat", "unlink", "unlinkat":
		_, rest, _ := strings.Cut(args, `"`)
		name, flags, _ := strings.Cut(rest, `"`)
		path, err := unhex(name)
		c.path = string(path)
		return c, name != "" && (c.name != "openat" || strings.Contains(flags, "O_CREAT")), err
	}
	return c, false, nil
}

// written reads the arguments of a write.
func written(args string) (path string, data []byte, last string, err error) {
	path, rest, err := descriptor(args)
	if err != nil {
		return "", nil, "", err
	}
	_, rest, _ = strings.Cut(rest, `"`)
	text, numbers, found := strings.Cut(rest, `"`)
	if !found || strings.HasPrefix(numbers, "...") {
		return "", nil, "", fmt.Errorf("not all of it is there")
	}
	data, err = unhex(text)
	return path, data, numbers[strings.LastIndex(numbers, " ")+1:], err
}

// descriptor reads a first argument with the path that it stands for.
func descriptor(args string) (path, rest string, err error) {
	_, text, _ := strings.Cut(args, "<")
	text, rest, found := strings.Cut(text, ">")
	if !found {
		return "", "", fmt.Errorf("no path")
	}
	decoded, err := unhex(text)
	return string(decoded), rest, err
}

func unhex(text string) ([]byte, error) {
	return hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
}

// onDisk returns the files of a folder as the disk may have them when the power goes at
// that line of the trace: what was synced, and of each other write the bytes that
// arrives says. Which files there are counts as synced.
func onDisk(calls []call, folder string, line int, arrives func(size int) int) map[string][]byte {
	synced, pending := map[string][]byte{}, map[string][]call{}
	for _, c := range calls {
		if c.begin >= line || !strings.HasPrefix(c.path, folder) {
			continue
		}
		switch c.name {
		case "openat":
			if _, exists := synced[c.path]; !exists {
				synced[c.path] = nil
			}
		case "unlink", "unlinkat":
			delete(synced, c.path)
			delete(pending, c.path)
		case "rename", "renameat", "renameat2": // what was not synced comes along
			synced[c.to], pending[c.to] = synced[c.path], pending[c.path]
			delete(synced, c.path)
			delete(pending, c.path)
		case "fsync", "fdatasync":
			var later []call
			for _, w := range pending[c.path] {
				if c.end >= line || w.end > c.begin {
					later = append(later, w)
					continue
				}
				synced[c.path] = w.apply(synced[c.path], len(w.data))
			}
			pending[c.path] = later
		default:
			pending[c.path] = append(pending[c.path], c)
		}
	}
	for path, writes := range pending {
		for _, w := range writes {
			if n := arrives(len(w.data)); n >= 0 {
				synced[path] = w.apply(synced[path], n)
			}
		}
	}
	return synced
}

// apply does the first n bytes of a write, or sets the size, and returns the file then.
func (c call) apply(file []byte, n int) []byte {
	end := c.at
	if c.name != "ftruncate" {
		end = max(c.at+int64(n), int64(len(file)))
	}
	file = append(file, make([]byte, max(0, end-int64(len(file))))...)[:end]
	if c.name != "ftruncate" {
		copy(file[c.at:], c.data[:n])
	}
	return file
}
