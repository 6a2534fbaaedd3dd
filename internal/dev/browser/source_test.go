package browser

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

func TestEditorLink(t *testing.T) {
	dir := filepath.FromSlash("/home/ada/my site")
	for _, tt := range []struct {
		editor string
		pos    diag.Pos
		want   string
	}{
		{"", diag.Pos{File: "pages/page.go", Line: 3, Col: 7}, "vscode://file/home/ada/my%20site/pages/page.go:3:7"},
		{"", diag.Pos{File: "/other/a+b&c?.go", Line: 3}, "vscode://file/other/a%2Bb%26c%3F.go:3:1"},
		{"", diag.Pos{File: "vercel.json"}, "vscode://file/home/ada/my%20site/vercel.json:1:1"},
		{"", diag.Pos{}, ""},
		{"idea://open?file={file}&line={line}&column={column}", diag.Pos{File: "a.go", Line: 1, Col: 2}, "idea://open?file=/home/ada/my%20site/a.go&line=1&column=2"},
	} {
		b := New(nil, Options{Dir: dir, Editor: tt.editor})
		if got := string(b.editorLink(tt.pos)); got != tt.want {
			t.Errorf("%q at %v: %s, want %s", tt.editor, tt.pos, got, tt.want)
		}
	}
}

// TestSource: each line as number, text, and the part that is marked.
func TestSource(t *testing.T) {
	b := New(nil, Options{Dir: t.TempDir()})
	long := strings.Repeat("é", 1000)
	write(t, b, "ten.go", "one\ntwo\n\tfoo.bar_1(é)\nfour\nfive\r\nsix\nseven\neight\nnine\nten")
	write(t, b, "long.js", long+" here "+long+"\n")
	write(t, b, "empty.go", "")
	for _, tt := range []struct {
		file      string
		line, col int
		want      string
	}{
		{"ten.go", 1, 1, "1:[one] 2:two 3:\tfoo.bar_1(é) 4:four 5:five"},
		{"ten.go", 3, 6, "1:one 2:two 3:\tfoo.[bar_1](é) 4:four 5:five 6:six 7:seven"},
		{"ten.go", 3, 5, "1:one 2:two 3:\tfoo[.bar_1](é) 4:four 5:five 6:six 7:seven"},
		{"ten.go", 3, 12, "1:one 2:two 3:\tfoo.bar_1([é]) 4:four 5:five 6:six 7:seven"},
		{"ten.go", 3, 13, "1:one 2:two 3:\tfoo.bar_1(é) 4:four 5:five 6:six 7:seven"}, // within a rune
		{"ten.go", 10, 99, "6:six 7:seven 8:eight 9:nine 10:ten"},
		{"ten.go", 10, 0, "6:six 7:seven 8:eight 9:nine 10:ten"},
		{"ten.go", 99, 1, ""},
		{"ten.go", 0, 0, ""},
		{"empty.go", 1, 1, ""},
		{"missing.go", 1, 1, ""},
		{".", 1, 1, ""},
		{"", 0, 0, ""},
		{"long.js", 1, 2002, "1:…" + strings.Repeat("é", 124) + " [here] " + strings.Repeat("é", 249) + "…"},
	} {
		var got []string
		for _, l := range b.source(diag.Pos{File: tt.file, Line: tt.line, Col: tt.col}) {
			text := fmt.Sprintf("%d:%s", l.Number, l.Before)
			if l.Marked != "" {
				text += "[" + l.Marked + "]" + l.After
			}
			if l.Here != (l.Number == tt.line) {
				t.Errorf("%s:%d: line %d is here: %v", tt.file, tt.line, l.Number, l.Here)
			}
			got = append(got, text)
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s:%d:%d\n  is   %q\n  want %q", tt.file, tt.line, tt.col, got, tt.want)
		}
	}
}
