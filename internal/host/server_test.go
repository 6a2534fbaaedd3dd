package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// TestServeStopsUnderLoad stops a host that many clients ask as fast as they
// can, on connections that they keep: every request is answered, or finds no
// one listening.
func TestServeStopsUnderLoad(t *testing.T) {
	s := newSite(t, functionSite)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- NewServer(s.host).Serve(ctx, ln) }()
	const clients = 16
	var answered atomic.Int64
	enough := make(chan bool)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for {
				body, err := fetch(client, "http://"+ln.Addr().String()+"/fn")
				if errors.Is(err, syscall.ECONNREFUSED) {
					return
				}
				if err != nil || body != "GET /fn" {
					t.Errorf("answer %q, %v", body, err)
					return
				}
				if answered.Add(1) == 20*clients {
					close(enough)
				}
			}
		})
	}
	await(t, "the load", enough)
	stop()
	if err := await(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
	all.Wait()
}

func fetch(client *http.Client, url string) (string, error) {
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// TestServeLimits sends what no visitor needs to.
func TestServeLimits(t *testing.T) {
	s := newSite(t, filesSite)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- NewServer(s.host).Serve(ctx, ln) }()
	for _, tt := range []struct {
		name, request string
		status        int
	}{
		{"header", "GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + strings.Repeat("x", 100_000) + "\r\n\r\n", 431},
		{"URL", "GET /" + strings.Repeat("x", 20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
		{"no host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"escape", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"whole URL", "GET http://x/about HTTP/1.1\r\nHost: y\r\n\r\n", 200},
		{"backslash", "GET /\\..\\secret HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go io.WriteString(conn, tt.request)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.status)
			}
		})
	}
	stop()
	if err := await(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
	ln.Close()
	if err := NewServer(s.host).Serve(t.Context(), ln); err == nil {
		t.Error("a listener that is closed is served")
	}
}
