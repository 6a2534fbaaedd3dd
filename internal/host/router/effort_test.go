package router

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// runaway is a pattern that needs the backtracking engine, and a text on which that
// takes forever.
const runaway = `(a+)+\\1`

var runsAway = strings.Repeat("a", 40) + "!"

// runawayTable has a route that can match and three that run away.
func runawayTable(t *testing.T, route, more string) *Table {
	t.Helper()
	out := &output.Output{Entries: map[string]output.Entry{"a": &output.File{}, "502": &output.File{}}}
	text := `{"routes":[{"src":"^/other$","dest":"/a"},` + route + `,{"src":"^/x$","dest":"/a"}` + more + `]}`
	if err := json.Unmarshal([]byte(text), &out.Config); err != nil {
		t.Fatal(err)
	}
	table, err := Compile(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestRunaway has a pattern that takes too long, in each place for one. The decision
// names the route, and no request costs more than allowed.
func TestRunaway(t *testing.T) {
	get := func(path string) *Request {
		return &Request{Method: "GET", Path: path, Query: ParseQuery("q=" + runsAway), Header: http.Header{"K": {runsAway}, "Cookie": {"c=" + runsAway}}}
	}
	for _, tt := range []struct{ name, route, path string }{
		{"src", `{"src":"^/` + runaway + `$","dest":"/a"}`, "/" + runsAway},
		{"has", `{"src":"^/x$","has":[{"type":"header","key":"k","value":"` + runaway + `"}],"dest":"/a"}`, "/x"},
		{"missing", `{"src":"^/x$","missing":[{"type":"cookie","key":"c","value":"` + runaway + `"}],"dest":"/a"}`, "/x"},
		{"operator", `{"src":"^/x$","has":[{"type":"query","key":"q","value":{"re":"^` + runaway + `$"}}],"dest":"/a"}`, "/x"},
		{"many routes", strings.Repeat(`{"src":"^/x$","missing":[{"type":"header","key":"k","value":"`+runaway+`"}],"continue":true},`, 50) + `{"src":"^/x$","dest":"/a"}`, "/x"},
	} {
		d := runawayTable(t, tt.route, "").Route(get(tt.path), false)
		if d.Kind != Fail || d.Status != 502 || d.Code != "ROUTER_CANNOT_MATCH" || d.Route != 1 || d.Runaway != 1 || d.Reason != errRunaway.Error() {
			t.Errorf("%s: %+v", tt.name, d)
		}
		if d.effort.backtracking == 0 || d.effort.backtracking > maxBacktracking {
			t.Errorf("%s: matching takes %v", tt.name, d.effort.backtracking)
		}

		d = runawayTable(t, tt.route, `,{"handle":"error"},{"src":"^/.*$","status":502,"dest":"/502"}`).Route(get(tt.path), false)
		if d.Kind != Serve || d.Status != 502 || d.Output != "502" || d.Runaway != 1 {
			t.Errorf("%s, with an error page: %+v", tt.name, d)
		}
	}
	d := runawayTable(t, `{"src":"^/`+runaway+`$","dest":"/a"}`, "").Route(get("/x"), false)
	if d.Kind != Serve || d.Runaway != -1 {
		t.Errorf("a route whose pattern is not asked is taken for a runaway: %+v", d)
	}
}

// TestEffort has patterns of a request that has used up its time, and of one whose page
// fails later.
func TestEffort(t *testing.T) {
	p, err := compileValue(`(a)\1`)
	if err != nil {
		t.Fatal(err)
	}
	e := effort{backtracking: maxBacktracking - matchTimeout + 1}
	if _, _, err := p.find("aa", &e); !errors.Is(err, errRunaway) {
		t.Errorf("a match beyond the time: %v", err)
	}

	table := runawayTable(t, `{"src":"^/y$","dest":"/a"}`, `,{"handle":"error"},{"src":"^/(.)?\\1.*$","status":500,"dest":"/502"}`)
	d := table.Route(&Request{Method: "GET", Path: "/x", Header: http.Header{}}, false)
	d.effort.backtracking = maxBacktracking
	if d = table.Fail(d, 500, "FAILED"); d.Kind != Fail || d.Status != 500 || d.Runaway != 4 {
		t.Errorf("the request has had its time, but %+v", d)
	}
	c, err := CompileConditions([]output.Condition{{Type: "header", Key: "k", Value: `(a)\1`}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Match(&Request{Header: http.Header{"K": {"aa"}}}, d); !errors.Is(err, errRunaway) {
		t.Errorf("conditions of the same request: %v", err)
	}
	if ok, err := c.Match(&Request{Header: http.Header{"K": {"aa"}}}, new(Decision)); !ok || err != nil {
		t.Errorf("conditions of another: %v, %v", ok, err)
	}
}

// TestOverlay overlays long queries.
func TestOverlay(t *testing.T) {
	var under, over []string
	for i := range 50_000 {
		under = append(under, fmt.Sprintf("k%d=under", i))
		over = append(over, fmt.Sprintf("k%d=over", i+1))
	}
	got := ParseQuery(strings.Join(under, "&")).overlay(ParseQuery(strings.Join(over, "&")))
	if want := "k0=under&" + strings.Join(over, "&"); got.String() != want {
		t.Errorf("got %d parameters", len(got))
	}
}
