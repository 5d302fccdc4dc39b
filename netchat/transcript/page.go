package transcript

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// style is all that the page has besides its content. Its colours have a contrast
// of at least 4.5 to 1 to what is behind them, in the light and in the dark.
const style = `
:root { color-scheme: light dark; --ink: #1c1c1e; --quiet: #5f6368; --paper: #ffffff; --line: #d5d7db; --mark: #8a4b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ea; --quiet: #a6a9ae; --paper: #17181a; --line: #3a3c40; --mark: #f0b35a; } }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper); font: 1rem/1.5 system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { margin: 0; font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); font-size: 1rem; color: var(--quiet); }
article { margin: .75rem 0; break-inside: avoid-page; }
article.private { padding-left: .75rem; border-left: 3px solid var(--mark); }
.from { font-weight: 600; overflow-wrap: anywhere; }
.mark { color: var(--mark); }
.saved, article time { color: var(--quiet); font-size: .875rem; }
article p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
@media print { :root { color-scheme: light; --ink: #000000; --quiet: #444444; --paper: #ffffff; --line: #999999; --mark: #5c3200; } body { max-width: none; margin: 0; padding: 0; font-size: 10.5pt; } }
`

// A pageFace writes a page for browsers. Names and texts are isolated (bdi), so
// that what goes from right to left in one reorders no other.
type pageFace struct {
	out   *bufio.Writer
	empty string
}

func (f *pageFace) begin(o Options) {
	f.empty = o.Texts.Empty
	sum := sha256.Sum256([]byte(style))
	allowed := base64.StdEncoding.EncodeToString(sum[:])
	f.put(`<!DOCTYPE html>
<html lang="`, escaped(o.Texts.Lang), `">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-`, allowed, `'">
<meta name="generator" content="Homeroom `, netchat.Version, `">
<title>`, escaped(oneLine(o.Room)), `</title>
<style>`, style, `</style>
</head>
<body>
<h1><bdi>`, escaped(oneLine(o.Room)), `</bdi></h1>
<p class="saved">`, escaped(o.Texts.Saved), `</p>
`)
}

func (f *pageFace) day(date time.Time) {
	day := date.Format(time.DateOnly)
	f.put(`<h2><time datetime="`, day, `">`, day, "</time></h2>\n")
}

func (f *pageFace) entry(e entry) {
	class, mark := "", ""
	if e.mark != "" {
		class, mark = ` class="private"`, ` <bdi class="mark">`+escaped(oneLine(e.mark))+`</bdi>`
	}
	f.put(`<article`, class, `><bdi class="from">`, escaped(e.from), `</bdi>`, mark,
		` <time datetime="`, e.at.Format(time.RFC3339), `">`, e.at.Format(time.TimeOnly), `</time><p dir="auto">`,
		escaped(block(e.text)), "</p></article>\n")
}

func (f *pageFace) end(empty bool) {
	if empty {
		f.put(`<p>`, escaped(f.empty), "</p>\n")
	}
	f.put("</body>\n</html>\n")
}

func (f *pageFace) put(parts ...string) {
	for _, part := range parts {
		_, _ = f.out.WriteString(part)
	}
}

func escaped(text string) string { return html.EscapeString(text) }
