package router

import (
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

func TestReadsHeader(t *testing.T) {
	for _, tt := range []struct {
		route output.Route
		want  bool
	}{
		{output.Route{Src: "/a", Dest: "/b"}, false},
		{output.Route{Src: "/a", Has: []output.Condition{{Type: "host", Value: "x"}, {Type: "query", Key: "q"}}}, false},
		{output.Route{Src: "/a", Has: []output.Condition{{Type: "host", Value: "x"}, {Type: "header", Key: "K"}}}, true},
		{output.Route{Src: "/a", Missing: []output.Condition{{Type: "cookie", Key: "c"}}}, true},
		{output.Route{Src: "/", Locale: &output.Locale{}}, true},
	} {
		out := &output.Output{}
		out.Config.Routes = []output.Route{tt.route, {Src: "/last"}}
		table, err := Compile(out, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := table.ReadsHeader(); got != tt.want {
			t.Errorf("%+v: %v", tt.route, got)
		}
	}
}
