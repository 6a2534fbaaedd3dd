package host

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFunctionIsKilled kills a process that has nothing to do.
func TestFunctionIsKilled(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		s := newSite(t, functionSite)
		s.want(s.get("/fn"), 200, "GET /fn")
		_, rest, _ := strings.Cut(s.log.String(), `msg="function started" function=/fn pid=`)
		pid, err := strconv.Atoi(strings.Fields(rest)[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if method == "POST" { // which is not sent again when it may have been taken
			s.log.await(t, "function ended")
		}
		s.want(s.do(method, "/fn", ""), 200, method+" /fn")
	}
}

func TestFunctionFaults(t *testing.T) {
	t.Run("does not start", func(t *testing.T) {
		for _, how := range []string{"exit", "give-up", "garbage"} {
			s := newSite(t, functionSite)
			s.puppet.onStart(func() string { return how })
			s.want(s.get("/fn"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
			s.puppet.onStart(func() string { return "" })
			s.want(s.get("/fn"), 200, "GET /fn")
		}
	})
	t.Run("is never ready", func(t *testing.T) {
		s := newSite(t, functionSite, func(o *Options) { o.StartTimeout = 50 * time.Millisecond })
		s.puppet.onStart(func() string { return "silent" })
		s.want(s.get("/fn"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
		s.log.await(t, "not ready after 50ms")
	})
	t.Run("is no program", func(t *testing.T) {
		s := newSite(t, `
-- config.json --
{"version":3}
-- functions/fn.func/.vc-config.json --
{"runtime":"executable","handler":"missing"}
-- functions/strange.func/.vc-config.json --
{"runtime":"ruby3.3","handler":"x.rb"}
`)
		s.want(s.get("/fn"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
		a := s.get("/strange")
		s.want(a, 502, "*", "X-Vercel-Error: FUNCTION_RUNTIME_NOT_SUPPORTED")
		if !strings.Contains(a.body, "ruby3.3") {
			t.Errorf("body %q does not name the runtime", a.body)
		}
		s.log.await(t, "requests to it are answered with 502")
	})
	t.Run("hangs up", func(t *testing.T) {
		s := newSite(t, functionSite)
		s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Puppet", "hang-up") })
		s.want(s.get("/fn"), 502, "*", "X-Vercel-Error: NO_RESPONSE_FROM_FUNCTION")
	})
	t.Run("always exits", func(t *testing.T) {
		s := newSite(t, functionSite)
		s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Puppet", "exit") })
		s.want(s.get("/fn"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
		if n := s.puppet.started(); n != 2 {
			t.Errorf("%d processes for one request, want 2", n)
		}
	})
	t.Run("exits while answering", func(t *testing.T) {
		s := newSite(t, functionSite)
		s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Puppet")
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})
		resp, err := s.Client().Do(s.request("GET", "/fn", ""))
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil {
			t.Error("an answer cut short looks whole")
		}
	})
	t.Run("writes garbage later", func(t *testing.T) {
		s := newSite(t, functionSite)
		s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Puppet", "garbage") })
		s.want(s.get("/fn"), 200, "")
		s.log.await(t, "no IPC message")
		s.want(s.get("/fn"), 200, "")
	})
}

func TestFunctionTimeout(t *testing.T) {
	over := make(chan bool)
	s := newSite(t, functionSite, func(o *Options) {
		o.deadline = func(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
			if d != 7*time.Second {
				t.Errorf("duration %v, want 7s", d)
			}
			ctx, cancel := context.WithCancelCause(ctx)
			go func() {
				select {
				case <-over:
					cancel(cause)
				case <-ctx.Done():
				}
			}()
			return ctx, func() { cancel(nil) }
		}
	})
	s.puppet.on(func(_ http.ResponseWriter, _ *http.Request) {
		over <- true
		<-s.puppet.done
	})
	s.want(s.get("/fn"), 504, "*", "X-Vercel-Error: FUNCTION_INVOCATION_TIMEOUT")
	s.puppet.on(func(_ http.ResponseWriter, _ *http.Request) {})
	s.want(s.get("/fn"), 200, "")
	if n := s.puppet.started(); n != 2 {
		t.Errorf("%d processes, want a new one after the timeout", n)
	}
}
