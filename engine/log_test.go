package engine_test

import (
	"encoding/base64"
	"encoding/json"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
)

// logPage logs in each of the ways that a page may.
func logPage(_ http.ResponseWriter, r *http.Request) {
	slog.DebugContext(r.Context(), "not worth it")
	slog.InfoContext(r.Context(), "hello", "user", talkative("ada"))
	slog.Default().WithGroup("cart").With("items", 3).ErrorContext(r.Context(), "no stock", "left", 0)
	slog.Warn("of no request")
	log.Printf("plain %d", 1)
	if r.URL.RawQuery == "long" {
		slog.InfoContext(r.Context(), strings.Repeat("x", 10<<20))
	}
}

// talkative is a value that logs when it is logged.
type talkative string

func (t talkative) LogValue() slog.Value {
	slog.Info("asked")
	return slog.StringValue(string(t))
}

func TestFunctionLogsRecords(t *testing.T) {
	h := startFunction(t, os.Args[0]).ready()
	h.do("GET", "/log", ids("inv1", "7")...)
	for _, want := range []struct{ message, level, text string }{
		{"log 0 0", "info", `"level":"INFO","msg":"asked"}`},
		{"log inv1 7", "info", `"level":"INFO","msg":"hello","user":"ada"}`},
		{"log inv1 7", "error", `"level":"ERROR","msg":"no stock","cart":{"items":3,"left":0}}`},
		{"log 0 0", "warn", `"level":"WARN","msg":"of no request"}`},
		{"log 0 0", "info", `"level":"INFO","msg":"plain 1"}`},
	} {
		m := receive(t, "message", h.messages)
		data, err := base64.StdEncoding.DecodeString(m.Payload.Message)
		_, text, _ := strings.Cut(string(data), ",")
		if m.ended() != want.message || m.Payload.Level != want.level || err != nil || text != want.text+"\n" || !json.Valid(data) {
			t.Errorf("message %+v, text %q, %v; want %+v", m, data, err, want)
		}
	}
	h.wantEnd("inv1", 7)
}

// TestFunctionLogsMuch has a page log more than the host hears in one message.
func TestFunctionLogsMuch(t *testing.T) {
	h := startFunction(t, os.Args[0]).ready()
	h.do("GET", "/log?long", ids("inv1", "7")...)
	for range 5 {
		receive(t, "message", h.messages)
	}
	m := receive(t, "message", h.messages)
	if n := len(m.Payload.Message); m.ended() != "log inv1 7" || n < 64<<10 || n > 2<<20 {
		t.Errorf("%s of %d bytes", m.ended(), n)
	}
	h.wantEnd("inv1", 7)
}

// TestFunctionKeepsOwnLog: a logger or a form that the site has chosen stays.
func TestFunctionKeepsOwnLog(t *testing.T) {
	for how, want := range map[string][]string{
		"own log":    {`level=INFO msg=hello user=ada`, `level=WARN msg="of no request"`, `level=INFO msg="plain 1"`},
		"own prefix": {"site: plain 1"},
	} {
		t.Run(how, func(t *testing.T) {
			h := startFunction(t, os.Args[0], asSite+"="+how).ready()
			h.do("GET", "/log", ids("inv1", "7")...)
			h.process.cmd.Process.Signal(os.Interrupt)
			h.process.wantExit(0)
			for _, line := range want {
				if got := h.process.stderr.String(); !strings.Contains(got, line+"\n") {
					t.Errorf("standard error is %q and lacks %q", got, line)
				}
			}
		})
	}
}
