package host

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// killFunction kills the function that was started first.
func (s *site) killFunction() {
	s.t.Helper()
	_, rest, _ := strings.Cut(s.log.String(), `msg="function started" function=/fn pid=`)
	pid, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		s.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
}

// TestFunctionIsKilled kills an idle process.
func TestFunctionIsKilled(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		s := newSite(t, functionSite)
		s.want(s.get("/fn"), 200, "GET /fn")
		s.killFunction()
		if method == "POST" { // which is not sent again when it may have been taken
			s.log.await(t, "function ended")
		}
		s.want(s.do(method, "/fn", ""), 200, method+" /fn")
	}
}

// TestFunctionWithAChildIsKilled kills a process whose child keeps the pipes open:
// its exit is only known once the child is gone too.
func TestFunctionWithAChildIsKilled(t *testing.T) {
	t.Parallel() // it waits
	s := newSite(t, functionSite)
	s.puppet.onStart(func() string { return "with-child" })
	s.want(s.get("/fn"), 200, "GET /fn")
	s.killFunction()
	s.want(s.get("/fn"), 200, "GET /fn")
}

func TestFunctionFaults(t *testing.T) {
	t.Parallel() // it waits
	t.Run("does not start", func(t *testing.T) {
		for _, how := range []string{"exit", "give-up", "garbage"} {
			s := newSite(t, functionSite)
			s.puppet.onStart(func() string { return how })
			s.want(s.get("/fn"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
			s.puppet.onStart(func() string { return "" })
			s.want(s.get("/fn"), 200, "GET /fn")
		}
	})
	t.Run("is killed while it starts", func(t *testing.T) {
		s := newSite(t, functionSite)
		var starts atomic.Int64
		s.puppet.onStart(func() string {
			if starts.Add(1) == 1 {
				return "killed"
			}
			return ""
		})
		s.want(s.get("/fn"), 200, "GET /fn")
		if n := s.puppet.started(); n != 2 {
			t.Errorf("%d processes, want 2", n)
		}
		s = newSite(t, functionSite)
		s.puppet.onStart(func() string { return "killed" })
		s.want(s.get("/fn"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
		s.want(s.do("POST", "/fn", "x"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
		if n := s.puppet.started(); n != 3 {
			t.Errorf("%d processes, want two for the GET and one for the POST", n)
		}
	})
	t.Run("is never ready", func(t *testing.T) {
		s := newSite(t, functionSite, func(o *Options) { o.startTimeout = 50 * time.Millisecond })
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
			t.Error("a response cut short looks whole")
		}
	})
	t.Run("writes garbage later", func(t *testing.T) {
		s := newSite(t, functionSite)
		s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Puppet", "garbage") })
		s.want(s.get("/fn"), 200, "")
		s.log.await(t, "not an IPC message")
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

// TestFunctionAbandoned disconnects before the maxDuration is over: from a function
// that hangs, and from one that notices.
func TestFunctionAbandoned(t *testing.T) {
	t.Parallel() // it waits
	leave := func(s *site, path string, begun <-chan bool) {
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan bool)
		go func() {
			defer close(left)
			if _, err := s.Client().Do(s.request("GET", path, "").WithContext(ctx)); err == nil {
				t.Error("the request is answered")
			}
		}()
		await(t, "the request", begun)
		cancel()
		await(t, "the visitor's leaving", left)
	}
	brief := strings.Replace(functionSite, `"maxDuration":7`, `"maxDuration":1`, 1)
	t.Run("hangs", func(t *testing.T) {
		s := newSite(t, brief)
		begun := make(chan bool, 1)
		s.puppet.on(func(http.ResponseWriter, *http.Request) { begun <- true })
		leave(s, "/fn?hang", begun)
		s.log.await(t, "function ended")
		s.puppet.on(func(http.ResponseWriter, *http.Request) {})
		s.want(s.get("/fn"), 200, "")
		if n := s.puppet.started(); n != 2 {
			t.Errorf("%d processes, want a new one", n)
		}
	})
	t.Run("hangs while answering", func(t *testing.T) {
		s := newSite(t, brief)
		s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			<-s.puppet.done
		})
		resp, err := s.Client().Do(s.request("GET", "/fn", ""))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Error("the response comes to an end")
		}
	})
	t.Run("notices", func(t *testing.T) {
		s := newSite(t, brief)
		begun := make(chan bool, 1)
		s.puppet.on(func(_ http.ResponseWriter, r *http.Request) { begun <- true; <-r.Context().Done() })
		leave(s, "/fn", begun)
		time.Sleep(1200 * time.Millisecond)
		s.puppet.on(func(http.ResponseWriter, *http.Request) {})
		s.want(s.get("/fn"), 200, "")
		if n := s.puppet.started(); n != 1 {
			t.Errorf("%d processes, want 1", n)
		}
	})
}

// TestFunctionTimeoutSparesOthers lets one request time out while the same process
// handles another that takes longer than the grace period for stopping.
func TestFunctionTimeoutSparesOthers(t *testing.T) {
	over := make(chan bool)
	var requests atomic.Int64
	s := newSite(t, functionSite, func(o *Options) {
		o.stopTimeout = 50 * time.Millisecond
		o.deadline = func(ctx context.Context, _ time.Duration, cause error) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			if requests.Add(1) == 2 {
				go func() { <-over; cancel(cause) }()
			}
			return ctx, func() { cancel(nil) }
		}
	})
	begun, release := make(chan bool), make(chan bool)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "long" {
			begun <- true
			<-release
			io.WriteString(w, "done")
			return
		}
		close(over)
		<-r.Context().Done()
	})
	long := make(chan reply, 1)
	go func() { long <- s.get("/fn?long") }()
	await(t, "the request", begun)
	s.want(s.get("/fn"), 504, "*")
	time.Sleep(150 * time.Millisecond)
	close(release)
	s.want(await(t, "the response", long), 200, "done")
}
