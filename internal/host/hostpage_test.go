package host

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestRedirectAsJSON redirects to a location that Go and JSON quote differently.
func TestRedirectAsJSON(t *testing.T) {
	s := newSite(t, "-- config.json --\n"+`{"version":3,"routes":[{"src":"^/x$","status":308,"headers":{"Location":"/a\u0007\\x"}}]}`+"\n")
	a := s.get("/x", "Accept: application/json")
	var got struct{ Redirect, Status string }
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || got.Redirect != a.Header.Get("Location") || got.Status != "308" {
		t.Errorf("%q: %v", a.body, err)
	}
}

const errorFunctionSite = `
-- config.json --
{"version":3,"routes":[{"handle":"error"},{"src":"^/.*$","dest":"/oops"}]}
-- functions/fn.func/.vc-config.json --
{"runtime":"executable","handler":"puppet","supportsResponseStreaming":true,PUPPET}
-- functions/buffered.func/.vc-config.json --
{"runtime":"executable","handler":"puppet",PUPPET}
-- functions/oops.func/.vc-config.json --
{"runtime":"executable","handler":"puppet","supportsResponseStreaming":true,PUPPET}
`

// TestErrorPageOfAPost shows an error page that is a function, for requests whose body
// another function has consumed.
func TestErrorPageOfAPost(t *testing.T) {
	t.Parallel() // it waits
	s := newSite(t, errorFunctionSite)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.Header.Get("X-Matched-Path") == "" && len(body) > 0 {
			w.Header().Set("X-Puppet", "hang-up")
			return
		}
		fmt.Fprintf(w, "%d %v %q %v %q %q", len(body), err, r.Header.Get("Content-Type"), r.ContentLength, r.Header.Get("Expect"), r.TransferEncoding)
	})
	const page = `0 <nil> "" 0 "" []`
	s.want(s.do("POST", "/fn", "hello", "Content-Type: text/x"), 502, page)
	s.want(s.do("POST", "/buffered", strings.Repeat("x", 4_600_000), "Content-Type: text/x"), 413, page)

	// The same, of unknown length.
	req := s.request("POST", "/buffered", strings.Repeat("x", 4_600_000), "Content-Type: text/x")
	req.ContentLength = -1
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); resp.StatusCode != 413 || string(body) != page || err != nil {
		t.Errorf("status %d, body %q, %v", resp.StatusCode, body, err)
	}
}
