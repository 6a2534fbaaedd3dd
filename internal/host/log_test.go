package host

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
)

// TestLogRecord parses the log record of a request.
func TestLogRecord(t *testing.T) {
	text := &logBuffer{}
	s := newSite(t, pagesSite, func(o *Options) { o.Log = slog.New(slog.NewJSONHandler(text, nil)) })
	for _, tt := range []struct {
		path string
		want map[string]any
	}{
		{"/plain/a", map[string]any{"status": 200.0, "bytes": 10.0, "cache": "MISS", "route": 1.0, "output": "plain", "function": "/clock", "duration": 0.0, "level": "INFO"}},
		{"/none/there", map[string]any{"status": 404.0, "cache": nil, "output": nil, "function": nil, "level": "INFO"}},
	} {
		a := s.get(tt.path)
		id := a.Header.Get("X-Vercel-Id")
		text.await(t, id)
		for line := range strings.Lines(text.String()) {
			if !strings.Contains(line, id) {
				continue
			}
			var got map[string]any
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatal(err)
			}
			tt.want["msg"], tt.want["method"], tt.want["path"], tt.want["id"] = "request", "GET", tt.path, id
			for name, want := range tt.want {
				if got[name] != want {
					t.Errorf("%s: %s is %v, want %v", tt.path, name, got[name], want)
				}
			}
		}
	}
}
