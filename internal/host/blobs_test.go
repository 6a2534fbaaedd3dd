package host

import (
	"errors"
	"sync"
	"testing"
)

func TestBlobs(t *testing.T) {
	b := newBlobs(100)
	made := 0
	get := func(key string, size int) []byte {
		data, err := b.get(key, func() ([]byte, error) { made++; return make([]byte, size), nil })
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	get("a", 40)
	get("b", 40)
	get("a", 40)
	get("c", 40) // b makes place
	get("a", 40)
	if made != 3 || b.used != 80 {
		t.Errorf("%d texts made, %d bytes kept; want 3 and 80", made, b.used)
	}
	get("b", 40)
	if made != 4 {
		t.Error("what made place is still there")
	}
	if len(get("huge", 200)) != 200 || b.used > b.limit {
		t.Errorf("%d bytes kept", b.used)
	}
	if _, err := b.get("bad", func() ([]byte, error) { return nil, errors.New("no") }); err == nil {
		t.Error("no error")
	}
	get("bad", 1)
}

func TestBlobsOnce(t *testing.T) {
	b := newBlobs(1 << 20)
	var all sync.WaitGroup
	made := 0
	for range 50 {
		all.Go(func() { b.get("k", func() ([]byte, error) { made++; return []byte("x"), nil }) })
	}
	all.Wait()
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}

// TestBlobsOverlap lets a text make place while it is being made.
func TestBlobsOverlap(t *testing.T) {
	b := newBlobs(10)
	begun, goOn, done := make(chan bool), make(chan bool), make(chan bool)
	go func() {
		b.get("slow", func() ([]byte, error) { close(begun); <-goOn; return make([]byte, 5), nil })
		close(done)
	}()
	<-begun
	b.get("other", func() ([]byte, error) { return make([]byte, 11), nil }) // too large: all make place
	close(goOn)
	<-done
	if b.used != 0 || b.order.Len() != 0 {
		t.Errorf("%d bytes of %d texts kept", b.used, b.order.Len())
	}
}
