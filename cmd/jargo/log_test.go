package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestLogs has pages of both languages log: each record has its level, its fields
// and, where that is known, the id of its request.
func TestLogs(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it builds and serves pages of both languages")
	}
	project := testSite(t, "logs.txtar")
	s := startServe(t, project, "--log", "json")
	ids := map[string]string{}
	for _, path := range []string{"/sells", "/panics", "/prints"} {
		ids[path] = s.get(path).header.Get("X-Vercel-Id")
	}
	s.stop()
	// A process of the function alone: the end of it is not the end of the log.
	ends := startServe(t, project, "--log", "json", "--prebuilt")
	ends.do(http.MethodPost, "/ends", "") // is not tried again, and ends the process
	ends.stop()
	s.stderr.Write(ends.stderr.Bytes())
	for _, tt := range []struct {
		path, level, msg string
		fields           string // of which a record has each
	}{
		{"/sells", "WARN", "sold out", `"items":3`},
		{"", "INFO", "plain", ""},
		{"", "ERROR", "from pino", ""},
		{"/panics", "ERROR", "GET /panics (pages/panics/page.go): panic: no luck", `panics.Handler\n\t\t`},
		{"", "ERROR", "panic: in the background", `"stack":"goroutine `},
		{"/prints", "INFO", "printed", `"stream":"stdout"`},
		{"/prints", "WARN", "careful", ""},
		{"/prints", "ERROR", "GET /prints (pages/prints.py): ValueError: out of order", `"stack":"Traceback (most recent call last):\n`},
	} {
		n := 0
		for line := range strings.Lines(s.stderr.String()) {
			var r struct{ Level, Msg, ID string }
			if json.Unmarshal([]byte(line), &r) == nil && r.Msg == tt.msg {
				n++
				if r.Level != tt.level || r.ID != ids[tt.path] || !strings.Contains(line, tt.fields) {
					t.Errorf("%s: got %s", tt.msg, line)
				}
			}
		}
		if n != 1 {
			t.Errorf("%q is logged %d times:\n%s", tt.msg, n, s.stderr)
		}
	}
}
