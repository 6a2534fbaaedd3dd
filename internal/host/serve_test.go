package host

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
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
	go func() { served <- Serve(ctx, ln, s.host) }()
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
