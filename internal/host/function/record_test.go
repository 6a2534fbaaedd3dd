package function

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

// recordsOf returns the records of an output, as JSON.
func recordsOf(write func(o *outputLog)) []string {
	var text bytes.Buffer
	o := newOutputLog(slog.New(slog.NewJSONHandler(&text, nil)).With("function", "/f"))
	o.now = func() time.Time { return noon }
	write(o)
	return strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
}

func TestRecords(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		level      string // of an IPC message; "" is a stream
		want       string // after the time and before the stream, unless it begins with {
	}{
		{"plain", "hello there", "", `"level":"INFO","msg":"hello there","function":"/f","stream":"stdout"`},
		{"slog", `{"time":"2029-01-02T03:04:05.5Z","level":"WARN","msg":"slow","took":1500,"req":{"a":[1,"b"]},"ok":true,"none":null,"f":1.5}`, "",
			`{"time":"2029-01-02T03:04:05.5Z","level":"WARN","msg":"slow","function":"/f","took":1500,"req":{"a":[1,"b"]},"ok":true,"none":null,"f":1.5}`},
		{"slog's own levels", `{"level":"ERROR+2","msg":"x"}`, "", `"level":"ERROR+2","msg":"x","function":"/f"`},
		{"below the host's level", `{"level":"debug","msg":"x"}`, "", `"level":"DEBUG","msg":"x","function":"/f"`},
		{"pino", `{"level":50,"time":1861920000123,"pid":7,"msg":"it broke"}`, "",
			`{"time":"2029-01-01T00:00:00.123Z","level":"ERROR","msg":"it broke","function":"/f","pid":7}`},
		{"pino trace", `{"level":10,"msg":"x"}`, "", `"level":"DEBUG-4","msg":"x","function":"/f"`},
		{"pino fatal", `{"level":60,"msg":"x"}`, "", `"level":"ERROR+4","msg":"x","function":"/f"`},
		{"Python", `{"levelname":"WARNING","message":"careful","name":"app"}`, "", `"level":"WARN","msg":"careful","function":"/f","name":"app"`},
		{"Python critical", `{"levelname":"CRITICAL","message":"x"}`, "", `"level":"ERROR+4","msg":"x","function":"/f"`},
		{"a cloud", `{"severity":"NOTICE","message":"x","timestamp":1861920000}`, "",
			`{"time":"2029-01-01T00:00:00Z","level":"INFO+2","msg":"x","function":"/f"}`},
		{"no message", `{"level":"info","status":200}`, "", `"level":"INFO","msg":"","function":"/f","status":200`},
		{"the host's names", `{"msg":"x","message":"y","id":7,"function":"mine","level":"loud","time":"noon"}`, "",
			`"level":"INFO","msg":"x","function":"/f","message":"y","line.id":7,"line.function":"mine","line.level":"loud","line.time":"noon"`},
		{"neither message nor level", `{"a":1}`, "", `"level":"INFO","msg":"{\"a\":1}","function":"/f","stream":"stdout"`},
		{"a broken line", `{"msg":"x","a":`, "", `"level":"INFO","msg":"{\"msg\":\"x\",\"a\":","function":"/f","stream":"stdout"`},
		{"two objects", `{"msg":"x"}{"msg":"y"}`, "", `"level":"INFO","msg":"{\"msg\":\"x\"}{\"msg\":\"y\"}","function":"/f","stream":"stdout"`},
		{"a number out of range", `{"msg":"x","n":1e999}`, "", `"level":"INFO","msg":"x","function":"/f","n":"1e999"`},
		{"a message", "careful\n", "warn", `"level":"WARN","msg":"careful","function":"/f"`},
		{"a fatal message", "over", "fatal", `"level":"ERROR+4","msg":"over","function":"/f"`},
		{"a message of JSON", `{"level":"INFO","msg":"x","user":"ada"}`, "error", `"level":"INFO","msg":"x","function":"/f","user":"ada"`},
		{"a message with a stack", "GET /a (a.go): panic: boom\n\tmain.f\n\t\ta.go:7\n", "error",
			`"level":"ERROR","msg":"GET /a (a.go): panic: boom","function":"/f","stack":"\tmain.f\n\t\ta.go:7"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := recordsOf(func(o *outputLog) {
				if tt.level != "" {
					(&lines{to: o}).message(tt.line, origin{level: tt.level})
					return
				}
				s := newStream(o, "stdout")
				s.Write([]byte(tt.line + "\n"))
				s.close()
			})
			want := tt.want
			if want[0] != '{' {
				want = `{"time":"2030-01-02T12:00:00Z",` + want + "}"
			}
			if strings.Join(got, "\n") != want {
				t.Errorf("the record is\n%s\nwant\n%s", strings.Join(got, "\n"), want)
			}
		})
	}
}

const (
	goPanic = `panic: boom

goroutine 34 [running]:
example.com/site/pages/a.work({0xc000012345, 0x3}, 0x1)
	example.com/site/pages/a/page.go:12 +0x25
example.com/site/pages/a.(*T[...]).Do.func1()
	example.com/site/pages/a/page.go:20 +0x1f
created by net/http.(*Server).Serve in goroutine 1
	net/http/server.go:3493 +0x485
`
	goSignal = `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x49a5b6]

goroutine 1 [running]:
main.main()
	example.com/site/main.go:5 +0x16
`
	pythonTraceback = `Traceback (most recent call last):
  File "/site/pages/a.py", line 3, in data
    return load()
ValueError: out of order
`
	pythonChained = `Traceback (most recent call last):
  File "/site/pages/a.py", line 3, in data
    load()
ValueError: out of order

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/site/pages/a.py", line 5, in data
    raise KeyError("x")
KeyError: 'x'
`
)

// TestStacks writes stacks between other lines: each is one record.
func TestStacks(t *testing.T) {
	for _, tt := range []struct{ name, text, message, stack string }{
		{"a panic of Go", goPanic, "panic: boom", strings.TrimPrefix(goPanic, "panic: boom\n\n")},
		{"a signal", goSignal, strings.SplitN(goSignal, "\n", 2)[0], strings.SplitN(goSignal, "\n", 2)[1]},
		{"a traceback", pythonTraceback, "ValueError: out of order", pythonTraceback},
		{"a chained traceback", pythonChained, "KeyError: 'x'", pythonChained},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := recordsOf(func(o *outputLog) {
				s := newStream(o, "stderr")
				s.Write([]byte("before\n" + tt.text + `{"msg":"after"}` + "\nmore (or less)\n" + tt.text))
				s.close()
			})
			if len(got) != 5 || !strings.Contains(got[0], `"msg":"before"`) || !strings.Contains(got[2], `"msg":"after"`) || !strings.Contains(got[3], `"msg":"more (or less)"`) {
				t.Fatalf("the records are\n%s", strings.Join(got, "\n"))
			}
			for _, i := range []int{1, 4} {
				var r struct{ Level, Msg, Stack, Stream string }
				if err := json.Unmarshal([]byte(got[i]), &r); err != nil {
					t.Fatal(err)
				}
				if r.Level != "ERROR" || r.Msg != tt.message || r.Stack != strings.TrimSuffix(tt.stack, "\n") || r.Stream != "stderr" {
					t.Errorf("record %d is %+v", i, r)
				}
			}
		})
	}
}

// TestNoStack: what only begins like a stack is plain lines.
func TestNoStack(t *testing.T) {
	got := recordsOf(func(o *outputLog) {
		s := newStream(o, "stdout")
		s.Write([]byte("panic: at the disco\n\nnext\n" + traceback + "\n"))
		s.close()
	})
	for i, want := range []string{"panic: at the disco", "", "next", traceback} {
		if len(got) != 4 || !strings.Contains(got[i], `"level":"INFO","msg":"`+want+`"`) {
			t.Fatalf("the records are\n%s", strings.Join(got, "\n"))
		}
	}
}

// TestStackOfConcurrentRequests: lines of another request end a stack.
func TestStackOfConcurrentRequests(t *testing.T) {
	got := recordsOf(func(o *outputLog) {
		l := &lines{to: o}
		l.message(pythonTraceback, origin{stream: "stderr", request: "one"})
		l.message("hello\n", origin{stream: "stdout", request: "two"})
	})
	if len(got) != 2 || !strings.Contains(got[0], `"id":"one"`) || !strings.Contains(got[0], `"stack"`) || !strings.Contains(got[1], `"stream":"stdout","id":"two"`) {
		t.Errorf("the records are\n%s", strings.Join(got, "\n"))
	}
}

// TestLongStack: a stack is bounded as a line is.
func TestLongStack(t *testing.T) {
	got := recordsOf(func(o *outputLog) {
		s := newStream(o, "stderr")
		s.Write([]byte("panic: boom\n\ngoroutine 1 [running]:\n" + strings.Repeat("main.f()\n", 10_000)))
		s.close()
		o.flush()
	})
	if len(got) != 2 || len(got[0]) > 2*maxLine || !strings.Contains(got[0], `"msg":"panic: boom"`) || !strings.Contains(got[1], `"msg":"function logs too much`) {
		t.Errorf("%d records, the first has %d bytes", len(got), len(got[0]))
	}
}

// TestStackSettles: a stack that nothing follows is logged all the same.
func TestStackSettles(t *testing.T) {
	logged := make(chan string, 1)
	o := newOutputLog(slog.New(slog.NewTextHandler(writerFunc(func(p []byte) { logged <- string(p) }), nil)))
	newStream(o, "stderr").Write([]byte(pythonTraceback))
	if got := <-logged; !strings.Contains(got, `msg="ValueError: out of order"`) {
		t.Errorf("the record is %s", got)
	}
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

func TestRequestOf(t *testing.T) {
	for invocation, want := range map[string]string{newInvocationID("iad1::ab-17-cd", 12): "iad1::ab-17-cd", newInvocationID("", 3): "", "0": "", "": ""} {
		if got := requestOf(invocation); got != want {
			t.Errorf("the request of %q is %q, want %q", invocation, got, want)
		}
	}
}
