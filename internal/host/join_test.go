package host

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// sink is a connection that takes what is written to it.
type sink struct {
	net.Conn
	bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) { return s.Buffer.Write(p) }
func (s *sink) Read(p []byte) (int, error)  { return 0, io.EOF }

// TestJoin writes to a connection what net/http does: the first write waits for the second,
// and nothing waits for what does not come.
func TestJoin(t *testing.T) {
	s := new(sink)
	c := &conn{Conn: s, from: limitListener(nil, 1)}
	write := func(size int, want string) {
		t.Helper()
		if n, err := c.Write([]byte(strings.Repeat("x", size))); n != size || err != nil {
			t.Fatal(n, err)
		}
		if got := fmt.Sprint(s.Len()); got != want {
			t.Errorf("after %d bytes more %s are written, want %s", size, got, want)
		}
	}
	write(10, "10")
	c.Join()
	write(maxJoined, "10") // waits
	c.Part()
	write(6000, "10106")
	write(1, "10107")
	c.Join()
	write(maxJoined+1, "14204") // too large to wait
	c.Part()
	c.Join()
	c.Part()
	write(1, "14205")
	c.Join()
	write(1, "14205")
	c.from.note(c, http.StateIdle) // the response has ended
	if s.Len() != 14206 {
		t.Errorf("%d bytes are written when the response has ended", s.Len())
	}
	write(1, "14207")
}

// TestJoinedResponses asks for files of sizes around those of the buffers, several times on
// one connection.
func TestJoinedResponses(t *testing.T) {
	files := map[string]string{"config.json": `{"version":3}`}
	var sizes []int
	for _, size := range []int{0, 1, 1000, 3500, 4000, 4096, 4200, 7900, 8192, 10_000, 64 << 10, 64<<10 + 1, 200_000} {
		for _, more := range []int{0, 37, 150, 300} { // the head is some 300 bytes
			sizes = append(sizes, size+more)
			files[fmt.Sprintf("static/%d.bin", size+more)] = strings.Repeat("0123456789", (size+more)/10+1)[:size+more]
		}
	}
	dir := t.TempDir()
	writeFiles(t, dir, files)
	out, err := output.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- NewServer(d).Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	url := "http://" + listener.Addr().String()
	for _, method := range []string{"GET", "HEAD", "GET"} {
		for _, size := range sizes {
			request, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprintf("%s/%d.bin", url, size), nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			want := files[fmt.Sprintf("static/%d.bin", size)]
			if method == "HEAD" {
				want = ""
			}
			if err != nil || string(body) != want || response.ContentLength != int64(size) {
				t.Errorf("%s of %d bytes: %d of %d, %v", method, size, len(body), response.ContentLength, err)
			}
		}
	}
}
