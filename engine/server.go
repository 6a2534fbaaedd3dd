package engine

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// started is when the program's packages were initialised: this one before the
// site's own.
var started = time.Now()

// function is the program as it runs in production.
type function struct {
	site http.Handler
	host *hostConn // nil without IPC
}

// ServeHTTP implements http.Handler.
func (f *function) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_vercel/ping" {
		io.WriteString(w, "OK")
		return
	}
	inv, ok := takeInternal(r.Header)
	if f.host == nil || !ok {
		f.site.ServeHTTP(w, r)
		return
	}
	iw := &invocationWriter{passThrough: passThrough{w}, host: f.host, invocation: inv}
	defer iw.end()
	f.site.ServeHTTP(iw, r.WithContext(context.WithValue(r.Context(), invocationKey{}, inv)))
}

func (f *function) log(ctx context.Context, text string) {
	if f.host != nil {
		f.host.log(ctx, text)
		return
	}
	fmt.Fprintln(os.Stderr, text)
}

// runFunction serves the pages until the host stops the program, and returns
// the exit status.
func runFunction(s Site) int {
	f := new(function)
	if path := os.Getenv("VERCEL_IPC_PATH"); path != "" {
		conn, err := net.Dial("unix", path)
		if err != nil {
			fmt.Fprintf(os.Stderr, "connect to VERCEL_IPC_PATH: %v\n", err)
			return 1
		}
		f.host = &hostConn{conn: conn}
		logTo(f.host)
	}
	o := Options{Dir: programDir(), Log: f.log}
	if dir := os.Getenv(Development); dir != "" {
		o.Dev = true
		if err := os.Chdir(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	f.site = NewHandler(s.Pages, o)
	if err := f.run(s); err != nil {
		if f.host != nil {
			f.host.send("unrecoverable-error", errorPayload{1, err.Error()})
		}
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// programDir is where the error pages stored at build time are. The working
// directory would do on the platform, not for a program started by hand.
func programDir() string {
	name, err := os.Executable()
	if err != nil {
		return "."
	}
	return filepath.Dir(name)
}

func (f *function) run(s Site) error {
	// Before the host knows of us, so that it can stop us at any time.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait for Open
	if f.host != nil {
		go f.host.whenGone(os.Getppid(), stop)
	}
	opened, err := s.open(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil // it was to end
	case err != nil:
		return openError(err)
	}
	defer func() {
		if failure := closeOpened(opened); failure != "" {
			f.log(context.Background(), failure)
		}
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:"+f.port())
	if err != nil {
		return err // "listen tcp 127.0.0.1:3000: …"
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if f.host != nil {
		f.host.send("server-started", startedPayload{time.Since(started).Milliseconds(), port})
	} else {
		fmt.Printf("Listening on http://127.0.0.1:%d\n", port)
	}
	server := &http.Server{Handler: f, ErrorLog: log.New(serverLog{f}, "", 0)}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		stop() // nor for requests
		// No time limit: the host sets it.
		return server.Shutdown(context.Background())
	}
}

func (f *function) port() string {
	if port := os.Getenv("VERCEL_DEV_PORT"); port != "" {
		return port
	}
	if f.host != nil {
		return "0" // any: the host is told
	}
	if port := os.Getenv("PORT"); port != "" {
		return port
	}
	return "3000"
}

// serverLog is net/http's error log.
type serverLog struct{ f *function }

func (l serverLog) Write(p []byte) (int, error) {
	text := p
	if n := len(p); n > 0 && p[n-1] == '\n' {
		text = p[:n-1]
	}
	l.f.log(context.Background(), string(text))
	return len(p), nil
}
