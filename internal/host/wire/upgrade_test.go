package wire

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestUpgradeLastWords ends a connection from the far side while the visitor is
// still sending: the visitor receives everything, and then the end.
func TestUpgradeLastWords(t *testing.T) {
	far, near := net.Pipe()
	released := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := NewWriter(w, r, NewByteCache(), time.Minute)
		out.Header()["Connection"], out.Header()["Upgrade"] = []string{"Upgrade"}, []string{"x"}
		out.Send(http.StatusSwitchingProtocols, &Upgrade{ReadWriteCloser: near, Context: r.Context(), Release: func() { close(released) }})
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nfirst")
	word := make([]byte, len("first"))
	if _, err := io.ReadFull(far, word); err != nil || string(word) != "first" {
		t.Fatalf("the far side reads %q, %v", word, err)
	}
	io.WriteString(conn, "nobody reads this")
	io.WriteString(far, "bye")
	far.Close()
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", resp, err)
	}
	rest, err := io.ReadAll(r)
	if err != nil || string(rest) != "bye" {
		t.Errorf("the visitor reads %q, %v", rest, err)
	}
	conn.Close()
	<-released
}
