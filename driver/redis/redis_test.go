package redis

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/redistest"
)

// The contract of a cache is tested with internal/host/prerender.

func TestOpenMistakes(t *testing.T) {
	for address, want := range map[string]string{
		"http://127.0.0.1":                 `read the URL of Redis: redis: invalid URL scheme: http`,
		"redis://me:secret@127.0.0.1:port": `read the URL of Redis: invalid port ":port" after host`,
		"redis://me:secret@127.0.0.1/one":  `read the URL of Redis: redis: invalid database number: "one"`,
	} {
		if _, err := Open(address); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", address, err, want)
		}
	}
}

func open(t *testing.T, address string) *Cache {
	t.Helper()
	c, err := Open(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestSilentServer asks a server that accepts connections and says nothing.
func TestSilentServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c := open(t, "redis://"+ln.Addr().String())
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := c.Get(ctx, "space", "key"); err == nil {
		t.Error("there is no error")
	}
	t.Logf("a question of 50 ms took %v", time.Since(start))
	listening, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		c.Subscribe(listening, "space", func(string, int64) {}, func(live bool) { t.Errorf("live is %v", live) })
	})
	if conn, err := ln.Accept(); err == nil { // of the question, or of the subscription
		defer conn.Close()
	}
	stop()
	wg.Wait()
}

// TestSubscribeAgain kills the server and starts it again.
func TestSubscribeAgain(t *testing.T) {
	server := redistest.Start(t)
	c := open(t, server.URL)
	ctx, stop := context.WithCancel(context.Background())
	told := make(chan string)
	var wg sync.WaitGroup
	tell := func(text string) {
		select {
		case told <- text:
		case <-ctx.Done():
		}
	}
	wg.Go(func() {
		c.Subscribe(ctx, "space", func(key string, version int64) { tell(fmt.Sprint(key, version)) }, func(live bool) { tell(fmt.Sprint(live)) })
	})
	hear := func(want string) {
		t.Helper()
		if got := <-told; got != want {
			t.Errorf("told is %s, want %s", got, want)
		}
	}
	put := func(value string) {
		t.Helper()
		if _, err := c.Put(ctx, "space", "key", []byte(value), 1, 1, time.Hour); err != nil {
			t.Error(err)
		}
		hear("key1")
	}
	hear("true")
	put("one")
	server.Kill()
	hear("false")
	if _, err := c.Get(ctx, "space", "key"); err == nil || !strings.HasPrefix(err.Error(), "get from Redis: ") {
		t.Errorf("without a server the error is %v", err)
	}
	server.Restart()
	hear("true")
	put(strings.Repeat("large", 1<<20))
	if value, err := c.Get(ctx, "space", "key"); err != nil || len(value) != 5<<20 {
		t.Errorf("%d bytes are left, %v", len(value), err)
	}
	stop()
	wg.Wait()
}
