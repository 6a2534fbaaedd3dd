package function

import (
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// TestLinkedNoUpgrade asks for another protocol, several times, and does not get it.
func TestLinkedNoUpgrade(t *testing.T) {
	set := NewSet(Options{Log: slog.New(slog.DiscardHandler), MaxIdle: 4})
	l := set.newLinked(&output.Function{Name: "fn"}, func(w http.ResponseWriter, _ *http.Request, _ string) {
		io.WriteString(w, "no")
	})
	defer l.Close(t.Context())
	for range 2 {
		r := request("POST", "/", nil) // which is not sent again
		r.Header["Connection"], r.Header["Upgrade"] = []string{"Upgrade"}, []string{"echo"}
		resp, err := l.RoundTrip(r.WithContext(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if resp.Body.Close(); string(body) != "no" || err != nil {
			t.Errorf("%q, %v", body, err)
		}
	}
}

// TestLinkedKeepsHeader has a handler keep its header, and change it while the response is sent.
func TestLinkedKeepsHeader(t *testing.T) {
	set := NewSet(Options{Log: slog.New(slog.DiscardHandler)})
	l := set.newLinked(&output.Function{Name: "fn"}, func(w http.ResponseWriter, _ *http.Request, _ string) {
		h := w.Header()
		h.Set("Trailer", "Sum")
		h.Set("Before", "1")
		w.(http.Flusher).Flush()
		for range 100 {
			h.Set("After", "1")
		}
		h.Set("Sum", "2")
	})
	defer l.Close(t.Context())
	resp, err := l.RoundTrip(request("GET", "/", nil).WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		resp.Header.Set("Host", "changes it, too")
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	if resp.Header.Get("Before") != "1" || resp.Header.Get("After") != "" || resp.Trailer.Get("Sum") != "2" {
		t.Errorf("header %v, trailer %v", resp.Header, resp.Trailer)
	}
}
