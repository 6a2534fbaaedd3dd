package function

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/output"
)

// TestLinked has handlers respond by a call, and by a socket and net/http's server: what
// a visitor gets is the same, and so is what the handler sees.
func TestLinked(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1<<13) // 128 KB
	handlers := map[string]http.HandlerFunc{
		"nothing": func(http.ResponseWriter, *http.Request) {},
		"text":    func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") },
		"sniffed": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<!doctype html><p>") },
		"not sniffed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			io.WriteString(w, "<p>")
		},
		"encoded": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			io.WriteString(w, "<p>")
		},
		"long":       func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<p>"+long) },
		"long bytes": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(long)) },
		"declared": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			io.WriteString(w, "hello")
		},
		"declared long": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "131072")
			io.WriteString(w, long)
		},
		"too short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			io.WriteString(w, "hello")
		},
		"too short flush": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
		},
		"too long": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			w.Write([]byte("hel"))
			said(w, w.Write, "lo")
		},
		"pieces": func(w http.ResponseWriter, _ *http.Request) {
			for range 9000 {
				io.WriteString(w, "0123456789abcdef")
			}
		},
		"flushed": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			io.WriteString(w, "b")
		},
		"flushed first": func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); io.WriteString(w, "<p>") },
		"status":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(418); io.WriteString(w, "teapot") },
		"twice":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.WriteHeader(200) },
		"no content":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204); said(w, w.Write, "x") },
		"not modified": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			w.Header().Set("Content-Length", "7")
			w.WriteHeader(304)
		},
		"strange status": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(799) },
		"switches": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Upgrade", "x")
			w.Header().Set("Connection", "upgrade")
			w.WriteHeader(200)
		},
		"header after": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("A", "1")
			w.WriteHeader(200)
			w.Header().Set("B", "2")
		},
		"header after all": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, long); w.Header().Set("B", "2") },
		"raw names": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["set-cookie"] = []string{"a=b"}
			w.Header()["CONNECTION"] = []string{"x-hop"}
			w.Header()["x-hop"] = []string{"1"}
			w.Header()["X-a"] = []string{"1"}
			w.Header()["X-A"] = []string{"1"}
			io.WriteString(w, "x")
		},
		"cookies": func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "a"})
			http.SetCookie(w, &http.Cookie{Name: "b"})
		},
		"hints": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</a>")
			w.WriteHeader(103)
			w.Header().Set("Link", "</b>")
			w.WriteHeader(103)
			io.WriteString(w, "x")
		},
		"trailer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "A, b")
			io.WriteString(w, "x")
			w.Header().Set("A", "1")
			w.Header().Set("B", "2")
		},
		"trailer prefix": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, long)
			w.Header().Set(http.TrailerPrefix+"A", "1")
		},
		"trailer flushed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "A")
			w.(http.Flusher).Flush()
			w.Header().Set("A", "1")
		},
		"aborts": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"panics": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "half"); panic("oh") },
		"panics late": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic("oh")
		},
		"invalid status": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(99) },
		"deadline":       func(w http.ResponseWriter, _ *http.Request) { controlled(w) },
		"reads": func(w http.ResponseWriter, r *http.Request) {
			n, err := io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n, err)
		},
		"copies": func(w http.ResponseWriter, r *http.Request) { io.Copy(w, strings.NewReader(long)) },
		"serves content": func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "a.txt", time.Time{}, strings.NewReader(long))
		},
		"redirects": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "../up", http.StatusSeeOther) },
		"sees":      sees,
	}
	requests := map[string]func() *http.Request{
		"GET":  func() *http.Request { return request("GET", "/a/b?c=d&e", nil) },
		"HEAD": func() *http.Request { return request("HEAD", "/", nil) },
		"POST": func() *http.Request {
			return request("POST", "/%2F/ü/%C3%BC%20[x]/a+b", strings.NewReader("some=body"))
		},
		"empty":    func() *http.Request { return request("PUT", "//x/../y", nil) },
		"OPTIONS":  func() *http.Request { return request("OPTIONS", "/?", nil) },
		"escape":   func() *http.Request { return request("DELETE", "/a%zz", nil) },
		"repeated": func() *http.Request { r := request("GET", "/", nil); r.Header["X-A"] = []string{"1", "2"}; return r },
		"range":    func() *http.Request { r := request("GET", "/", nil); r.Header.Set("Range", "bytes=5-9"); return r },
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quiet := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() {
					if p := recover(); p != nil {
						panic(http.ErrAbortHandler) // net/http logs any other
					}
				}()
				for name := range r.Header {
					if strings.HasPrefix(name, "X-Vercel-Internal-") { // the engine does
						delete(r.Header, name)
					}
				}
				handler(w, r)
			})
			server := httptest.NewUnstartedServer(quiet)
			server.Config.ErrorLog = log.New(io.Discard, "", 0) // of superfluous calls
			server.Start()
			defer server.Close()
			peer := &conns{dial: func(ctx context.Context) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
			}, idleCount: &counter{limit: 9}}
			defer peer.close()
			set := NewSet(Options{Log: slog.New(slog.DiscardHandler)})
			called := set.newLinked(&output.Function{Name: "fn"}, func(w http.ResponseWriter, r *http.Request, _ string) { handler(w, r) })
			defer called.Close(t.Context())
			for kind, make := range requests {
				want := received(t, make(), func(r *http.Request) (*http.Response, error) {
					prepare(r)
					return peer.roundTrip(r, func(bool) {})
				})
				got := received(t, make(), called.RoundTrip)
				if got != want {
					t.Errorf("%s: called:\n%s\nby a socket:\n%s", kind, got, want)
				}
			}
		})
	}
}

// said has the response say what a write returns.
func said(w http.ResponseWriter, write func([]byte) (int, error), text string) {
	n, err := write([]byte(text))
	w.Header().Set("Said", fmt.Sprint(n, err))
}

func controlled(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	err := errors.Join(c.SetReadDeadline(time.Now().Add(time.Hour)), c.SetWriteDeadline(time.Now().Add(time.Hour)), c.SetWriteDeadline(time.Time{}))
	fmt.Fprint(w, err)
}

// sees tells of the request.
func sees(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	u := *r.URL
	fmt.Fprintf(w, "%s %s %q %q %s %d %v %q %v\n%#v\n", r.Method, r.Host, r.RequestURI, u.String(), r.Proto, r.ContentLength, r.TransferEncoding, body, err, u)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(w, "%s: %q\n", name, r.Header[name])
	}
}

// request is one as the host makes it.
func request(method, path string, body io.Reader) *http.Request {
	path, query, _ := strings.Cut(path, "?")
	u := &url.URL{Path: path, RawQuery: query}
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
	r := &http.Request{Method: method, URL: u, Host: "example.com", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"User-Agent": {"test"}, "X-Vercel-Id": {"iad1::1-2"}}}
	if text, ok := body.(*strings.Reader); ok {
		r.Body, r.ContentLength = io.NopCloser(text), text.Size()
		r.Header.Set("Content-Length", fmt.Sprint(text.Size()))
	}
	return r
}

// received is all of a response in text.
func received(t *testing.T, r *http.Request, send func(*http.Request) (*http.Response, error)) string {
	t.Helper()
	var hints []string
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	resp, err := send(r.WithContext(Observe(ctx, informed(func(status int, h textproto.MIMEHeader) error {
		hints = append(hints, fmt.Sprint(status, h))
		return nil
	}))))
	if err != nil {
		return fmt.Sprint(hints, " no response")
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Header.Del("Date")
	resp.Header.Del("Trailer")
	resp.Header.Del("Connection")
	if resp.Header.Get("Content-Length") == fmt.Sprint(len(body)) || r.Method == http.MethodHead && len(body) == 0 {
		resp.Header.Del("Content-Length") // a client cannot rely on it
	}
	maps.DeleteFunc(resp.Trailer, func(_ string, values []string) bool { return len(values) == 0 })
	if len(resp.Trailer) == 0 {
		resp.Trailer = nil
	}
	if len(body) > 4096 {
		body = fmt.Appendf(nil, "%d bytes", len(body))
	}
	return fmt.Sprintf("%v %d %v %q %v %v", hints, resp.StatusCode, resp.Header, body, err, resp.Trailer)
}

// TestLinkedUpgrade speaks another protocol with a handler.
func TestLinkedUpgrade(t *testing.T) {
	set := NewSet(Options{Log: slog.New(slog.DiscardHandler), MaxIdle: 1})
	requests := make(chan string, 1)
	l := set.newLinked(&output.Function{Name: "fn"}, func(w http.ResponseWriter, r *http.Request, request string) {
		requests <- request + fmt.Sprint(r.Header["X-Vercel-Internal-Invocation-Id"])
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
		rw.Flush()
		line, _ := rw.ReadString('\n')
		rw.WriteString("echo " + line)
		rw.Flush()
	})
	defer l.Close(t.Context())
	r := request("GET", "/", nil)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "echo")
	resp, err := l.RoundTrip(r.WithContext(t.Context()))
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	defer resp.Body.Close()
	io.WriteString(resp.Body.(io.Writer), "hello\n")
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); line != "echo hello\n" {
		t.Errorf("%q, %v", line, err)
	}
	if got := <-requests; got != "iad1::1-2[]" {
		t.Errorf("the handler was told %q", got)
	}
}

// TestLinkedOverdue gives up a call that goes on: Close waits for it as long as it may.
func TestLinkedOverdue(t *testing.T) {
	for name, begin := range map[string]func(http.ResponseWriter){
		"silent":    func(http.ResponseWriter) {},
		"streaming": func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			set := NewSet(Options{Log: slog.New(slog.DiscardHandler)})
			begun, end, wrote := make(chan bool), make(chan bool), make(chan error, 1)
			l := set.newLinked(&output.Function{Name: "fn"}, func(w http.ResponseWriter, _ *http.Request, _ string) {
				begin(w)
				close(begun)
				<-end
				var err error
				for range 2 * maxHeld {
					if _, err = io.WriteString(w, "late"); err != nil {
						break
					}
				}
				wrote <- err
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() { <-begun; cancel(ErrTimeout) }()
			resp, err := l.RoundTrip(request("GET", "/", nil).WithContext(ctx))
			if err == nil { // it was there before the end
				_, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			_ = err
			closed := make(chan bool)
			go func() { l.Close(t.Context()); close(closed) }()
			select {
			case <-closed:
				t.Error("Close does not wait for the call")
			default:
			}
			close(end)
			if err := <-wrote; err == nil {
				t.Error("what nobody waits for is written without an error")
			}
			<-closed
		})
	}
}

// TestLinkedPanic logs what a handler panics with, under the id of its request.
func TestLinkedPanic(t *testing.T) {
	var log bytes.Buffer
	set := NewSet(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	l := set.newLinked(&output.Function{Name: "fn"}, func(http.ResponseWriter, *http.Request, string) { panic("boom") })
	_, err := l.RoundTrip(request("GET", "/", nil).WithContext(t.Context()))
	l.Close(t.Context())
	var known *Error
	if !errors.As(err, &known) || known.Code != CodeNoResponse {
		t.Errorf("error %v", err)
	}
	if text := log.String(); !strings.Contains(text, "panic: boom") || !strings.Contains(text, "id=iad1::1-2") || !strings.Contains(text, "function=/fn") {
		t.Errorf("log %s", text)
	}
}

// TestLinkedClosed calls a function that is closed, as a request does that outlasts a host
// which is killed: that must not end the program.
func TestLinkedClosed(t *testing.T) {
	set := NewSet(Options{Log: slog.New(slog.DiscardHandler)})
	l := set.newLinked(&output.Function{Name: "fn"}, func(w http.ResponseWriter, _ *http.Request, _ string) { io.WriteString(w, "late") })
	l.Close(t.Context())
	resp, err := l.RoundTrip(request("GET", "/", nil).WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); string(body) != "late" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}
