package router

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// summary formats a decision on one line: what to do, then the headers, then what a
// function would see differently.
func summary(d *Decision, req http.Header) string {
	var b strings.Builder
	switch d.Kind {
	case Serve:
		fmt.Fprintf(&b, "serve %q", d.Output)
		if q := d.Query.String(); q != "" && (d.Output == "fn" || d.Output == "[slug]") {
			b.WriteString(" ?" + q)
		}
	case Redirect:
		b.WriteString("redirect")
	case Proxy:
		b.WriteString("proxy " + d.URL)
	case Fail:
		b.WriteString("fail " + d.Code)
	}
	if d.Status != 0 {
		fmt.Fprintf(&b, " %d", d.Status)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Header)) {
		fmt.Fprintf(&b, " %s:%s", strings.ToLower(name), d.Header[name])
	}
	for _, name := range slices.Sorted(maps.Keys(d.Important)) {
		fmt.Fprintf(&b, " !%s:%s", strings.ToLower(name), d.Important[name])
	}
	for _, change := range []struct {
		mark    string
		header  http.Header
		changes HeaderChanges
	}{{"<", req.Clone(), d.RequestHeader}, {">", http.Header{"X-Own": {"own"}}, d.ResponseHeader}} {
		if len(change.changes) == 0 {
			continue
		}
		change.changes.Apply(change.header)
		for _, name := range slices.Sorted(maps.Keys(change.header)) {
			fmt.Fprintf(&b, " %s%s:%s", change.mark, strings.ToLower(name), strings.Join(change.header[name], "|"))
		}
	}
	if d.FunctionPath != d.request.Path {
		b.WriteString(" sees " + d.FunctionPath)
	}
	return b.String()
}

// TestRoute routes requests through tables of a few routes. The outputs are the
// files a, b, dir/index.html, page.html and 404, and the functions fn and
// [slug].
func TestRoute(t *testing.T) {
	tests := []struct {
		name, routes, request string // request: METHOD TARGET [name:value …]
		want                  string
	}{
		// Matching.
		{"no routes", ``, "GET /a", `serve "a"`},
		{"not found", ``, "GET /x", `fail NOT_FOUND 404`},
		{"methods", `{"src":"/x","methods":["POST","PUT"],"dest":"/a"}`, "GET /x", `fail NOT_FOUND 404`},
		{"methods match", `{"src":"/x","methods":["POST","PUT"],"dest":"/a"}`, "PUT /x", `serve "a"`},
		{"case does not matter", `{"src":"/X","dest":"/a"}`, "GET /x", `serve "a"`},
		{"case matters", `{"src":"/X","dest":"/a","caseSensitive":true}`, "GET /x", `fail NOT_FOUND 404`},
		{"encoded subject", `{"src":"^/%C3%A9$","dest":"/a"}`, "GET /%C3%A9", `serve "a"`},
		{"subject that is not", `{"src":"^/%C3%A9$","dest":"/a"}`, "GET /é", `serve "a"`},
		{"a letter that is no k", `{"src":"^/k$","dest":"/a"}`, "GET /\u212a", `fail NOT_FOUND 404`},
		{"look-ahead", `{"src":"^(?!/fn).*$","dest":"/a"}`, "GET /fn", `serve "fn"`},

		// Substitution.
		{"numbers and names", `{"src":"^/(x)/(?<n>.*)$","dest":"/fn?a=$1&b=$2&c=$n&d=$0&e=$3&f=$none"}`, "GET /x/y%20z", `serve "fn" ?a=x&b=y%20z&c=y%20z&d=/x/y%20z&e=&f=`},
		{"greedy names", `{"src":"^/(x)$","dest":"/fn?a=$1b&c=$1-b"}`, "GET /x", `serve "fn" ?a=&c=x-b`},
		{"headers", `{"src":"^/(a)$","headers":{"x-$1":"<$1>"}}`, "GET /a", `serve "a" x-a:<a>`},
		{"environment", `{"src":"/a","env":["STAGE"],"headers":{"x":"$STAGE $HOME"}}`, "GET /a", `serve "a" x:<STAGE> `},
		{"wildcard", `{"src":"/x","dest":"/fn?l=$wildcard"}`, "GET /x host:example.nl", `serve "fn" ?l=nl`},
		{"no wildcard", `{"src":"/x","dest":"/fn?l=$wildcard"}`, "GET /x", `serve "fn" ?l=`},
		{"captures that no URL has", `{"src":"/x","has":[{"type":"query","key":"k","value":"(?<v>.*)"}],"dest":"/fn?v=$v"}`, "GET /x?k=a%20%22%09%C3%A9", `serve "fn" ?v=a%20%22%09%C3%A9&k=a%20%22%09%C3%A9`},
		{"and in another server's", `{"src":"/x","has":[{"type":"query","key":"k","value":"(?<v>.*)"}],"dest":"http://x/$v?v=$v"}`, "GET /x?k=a%20b", `proxy http://x/a%20b?v=a%20b&k=a%20b`},
		{"and in a redirect", `{"src":"/x","has":[{"type":"query","key":"k","value":"(?<v>.*)"}],"status":308,"headers":{"Location":"/$v#$v"}}`, "GET /x?k=a%20%3Cb", `redirect 308 location:/a%20%3Cb?k=a%20%3Cb#a%20%3Cb`},
		{"and in a path", `{"src":"/x","has":[{"type":"query","key":"k","value":"(?<v>.*)"}],"dest":"/$v","check":true},{"src":"^/%C3%A9$","dest":"/a"}`, "GET /x?k=%C3%A9", `serve "a"`},

		// The query.
		{"client wins", `{"src":"/x","dest":"/fn?k=d&l=d"}`, "GET /x?k=1&k=2&m", `serve "fn" ?k=1&k=2&l=d&m`},
		{"several rewrites", `{"src":"/x","dest":"/y?one=1","continue":true},{"src":"/y","dest":"/fn?two=2"}`, "GET /x?three=3", `serve "fn" ?two=2&one=1&three=3`},
		{"fragment", `{"src":"/x","dest":"/fn?a=b#c"}`, "GET /x", `serve "fn" ?a=b`},

		// Phases.
		{"a file comes before filesystem routes", `{"handle":"filesystem"},{"src":"/.*","dest":"/b"}`, "GET /a", `serve "a"`},
		{"a dest that is not there", `{"src":"/a","dest":"/none"}`, "GET /a", `serve "a"`},
		{"then the filesystem phase has the old path", `{"src":"/x","dest":"/none?q=1"},{"handle":"filesystem"},{"src":"/x","dest":"/fn"}`, "GET /x", `serve "fn"`},
		{"headers of a terminal route stay", `{"src":"/x","headers":{"h":"1"}},{"handle":"filesystem"},{"src":"/x","dest":"/fn"}`, "GET /x", `serve "fn" h:1`},
		{"rewrite phase", `{"handle":"rewrite"},{"src":"^/([^/]+)$","dest":"/[slug]?slug=$1","check":true}`, "GET /x", `serve "[slug]" ?slug=x`},
		{"rewrite phase after a check", `{"src":"/old/(.*)","dest":"/$1","check":true},{"handle":"rewrite"},{"src":"^/([^/]+)$","dest":"/[slug]?slug=$1","check":true}`, "GET /old/x", `serve "[slug]" ?slug=x`},
		{"rewrite phase goes on", `{"handle":"rewrite"},{"src":"/x","dest":"/none"},{"src":"/none","dest":"/a"}`, "GET /x", `serve "a"`},
		{"resource phase is the last", `{"handle":"resource"},{"src":"/.*","status":404},{"handle":"rewrite"},{"src":"/x","dest":"/a"}`, "GET /x", `serve "a"`},
		{"resource phase ends", `{"handle":"resource"},{"src":"/.*","status":404,"headers":{"h":"1"}}`, "GET /x", `fail  404 h:1`},
		{"hit phase sees the output", `{"src":"/x","dest":"/dir"},{"handle":"hit"},{"src":"^/dir/index.html$","headers":{"h":"1"},"continue":true},{"src":"^/x$","headers":{"h":"2"},"continue":true}`, "GET /x", `serve "dir/index.html" h:1`},
		{"later hit routes win", `{"handle":"hit"},{"src":"/a","headers":{"h":"1"},"continue":true},{"src":"/a","headers":{"h":"2"},"continue":true}`, "GET /a", `serve "a" h:2`},
		{"later routes win", `{"src":"/a","headers":{"h":"1"},"continue":true},{"src":"/a","headers":{"h":"2"},"continue":true}`, "GET /a", `serve "a" h:2`},

		// Status.
		{"status of a file", `{"src":"/page","dest":"/page.html","status":425}`, "GET /page", `serve "page.html" 425`},
		{"status without a dest", `{"src":"/x","status":410}`, "GET /x", `fail  410`},
		{"status that goes on", `{"handle":"filesystem"},{"src":"/x","status":451,"continue":true}`, "GET /x", `fail  451`},
		{"status of a dest that is not there", `{"src":"/x","dest":"/none","status":418}`, "GET /x", `fail  418`},

		// Redirects.
		{"redirect", `{"src":"^/old/(.*)$","status":308,"headers":{"Location":"/new/$1"}}`, "GET /old/a", `redirect 308 location:/new/a`},
		{"redirect with query", `{"src":"/x","status":307,"headers":{"location":"/y?a=1#h"}}`, "GET /x?a=2&b=3", `redirect 307 location:/y?a=1&b=3#h`},
		{"redirect by dest", `{"src":"/x","status":301,"dest":"/y"}`, "GET /x", `redirect 301 location:/y`},
		{"redirect without status", `{"src":"/x","headers":{"location":"/y"}}`, "GET /x", `redirect 307 location:/y`},
		{"redirect in the middle", `{"src":"/x","status":302,"headers":{"location":"/y"},"continue":true},{"src":"/x","dest":"/a"}`, "GET /x", `redirect 302 location:/y`},
		{"no redirect", `{"src":"/a","headers":{"location":"/y"},"continue":true}`, "GET /a", `serve "a" location:/y`},
		{"redirect without its transforms", `{"src":"/x","status":302,"headers":{"location":"/y"},"transforms":[{"type":"response.headers","op":"set","target":{"key":"a"},"args":"1"}]}`, "GET /x", `redirect 302 location:/y`},
		{"redirect keeps headers", `{"src":"/x","headers":{"h":"1"},"continue":true},{"src":"/x","status":302,"headers":{"location":"/y"}}`, "GET /x", `redirect 302 h:1 location:/y`},

		// Other servers.
		{"proxy", `{"src":"^/api/(.*)$","dest":"https://h.example/$1?k=1","check":true}`, "GET /api/x?l=2", `proxy https://h.example/x?k=1&l=2`},

		// Overrides and importance.
		{"override", `{"src":"/a","headers":{"h":"1"},"status":201,"continue":true},{"src":"/a","headers":{"i":"2"},"override":true,"continue":true}`, "GET /a", `serve "a" i:2`},
		{"important", `{"src":"/a","headers":{"h":"1"},"important":true,"continue":true}`, "GET /a", `serve "a" h:1 !h:1`},

		// Conditions.
		{"has header", `{"src":"/x","has":[{"type":"header","key":"X-Key","value":"a.c"}],"dest":"/a"}`, "GET /x x-key:abc", `serve "a"`},
		{"has header, whole value", `{"src":"/x","has":[{"type":"header","key":"x-key","value":"a.c"}],"dest":"/a"}`, "GET /x x-key:abcd", `fail NOT_FOUND 404`},
		{"has all", `{"src":"/x","has":[{"type":"query","key":"a"},{"type":"query","key":"b"}],"dest":"/a"}`, "GET /x?a", `fail NOT_FOUND 404`},
		{"has captures", `{"src":"/x","has":[{"type":"query","key":"page","value":"(?<pg>\\d+)"}],"dest":"/fn?p=$pg"}`, "GET /x?page=12", `serve "fn" ?p=12&page=12`},
		{"has key", `{"src":"/x","has":[{"type":"cookie","key":"tok"}],"dest":"/fn?t=$tok"}`, "GET /x cookie:tok=abc", `serve "fn" ?t=abc`},
		{"has host", `{"src":"/x","has":[{"type":"host","value":"(?<sub>.*)\\.example\\.com"}],"dest":"/fn?s=$sub&h=$host"}`, "GET /x host:en.example.com", `serve "fn" ?s=en&h=en.example.com`},
		{"has captures win", `{"src":"^/(?<n>x)$","has":[{"type":"query","key":"q","value":"(?<n>.*)"}],"dest":"/fn?n=$n"}`, "GET /x?q=y", `serve "fn" ?n=y&q=y`},
		{"missing", `{"src":"/x","missing":[{"type":"header","key":"a"},{"type":"header","key":"b"}],"dest":"/a"}`, "GET /x b:1", `fail NOT_FOUND 404`},
		{"missing is", `{"src":"/x","missing":[{"type":"header","key":"a"}],"dest":"/a"}`, "GET /x", `serve "a"`},
		{"eq", `{"src":"/x","has":[{"type":"query","key":"k","value":{"eq":5}}],"dest":"/a"}`, "GET /x?k=5", `serve "a"`},
		{"neq", `{"src":"/x","has":[{"type":"query","key":"k","value":{"neq":"5"}}],"dest":"/a"}`, "GET /x?k=5", `fail NOT_FOUND 404`},
		{"inc", `{"src":"/x","has":[{"type":"query","key":"k","value":{"inc":["a","b"]}}],"dest":"/a"}`, "GET /x?k=b", `serve "a"`},
		{"ninc", `{"src":"/x","has":[{"type":"query","key":"k","value":{"ninc":["a","b"]}}],"dest":"/a"}`, "GET /x?k=b", `fail NOT_FOUND 404`},
		{"pre and suf", `{"src":"/x","has":[{"type":"query","key":"k","value":{"pre":"ab","suf":"yz"}}],"dest":"/a"}`, "GET /x?k=ab-yz", `serve "a"`},
		{"re", `{"src":"/x","has":[{"type":"query","key":"k","value":{"re":"b+"}}],"dest":"/a"}`, "GET /x?k=abc", `serve "a"`},
		{"gt and lte", `{"src":"/x","has":[{"type":"query","key":"k","value":{"gt":1,"lte":10}}],"dest":"/a"}`, "GET /x?k=10", `serve "a"`},
		{"lt", `{"src":"/x","has":[{"type":"query","key":"k","value":{"lt":10,"gte":2}}],"dest":"/a"}`, "GET /x?k=no", `fail NOT_FOUND 404`},

		// Transforms.
		{"query delete, then set by dest", `{"src":".*","continue":true,"transforms":[{"type":"request.query","op":"delete","target":{"key":"__p"}}]},{"handle":"filesystem"},{"src":"^/p/(.*)$","dest":"/fn?__p=/p/$1"}`, "GET /p/x?__p=evil&a=1", `serve "fn" ?__p=/p/x&a=1`},
		{"query delete a value", `{"src":"/fn","continue":true,"transforms":[{"type":"request.query","op":"delete","target":{"key":"k"},"args":["1"]}]}`, "GET /fn?k=1&k=2", `serve "fn" ?k=2`},
		{"query set", `{"src":"/fn","continue":true,"transforms":[{"type":"request.query","op":"set","target":{"key":"K"},"args":"$0"}]}`, "GET /fn?k=1&k=2&z", `serve "fn" ?k=%2Ffn&z`},
		{"query set, new", `{"src":"/fn","continue":true,"transforms":[{"type":"request.query","op":"set","target":{"key":"k"},"args":["a","b"]}]}`, "GET /fn", `serve "fn" ?k=a&k=b`},
		{"query append", `{"src":"/fn","continue":true,"transforms":[{"type":"request.query","op":"append","target":{"key":"k"},"args":"v"}]}`, "GET /fn?k=1", `serve "fn" ?k=1&k=v`},
		{"query by operators", `{"src":"/fn","continue":true,"transforms":[{"type":"request.query","op":"delete","target":{"key":{"pre":"UTM_"}}}]}`, "GET /fn?utm_a=1&b=2&utm_c", `serve "fn" ?b=2`},
		{"request headers", `{"src":"^/(fn)$","continue":true,"transforms":[{"type":"request.headers","op":"set","target":{"key":"x-a"},"args":"$1 $STAGE $NO","env":["STAGE"]},{"type":"request.headers","op":"append","target":{"key":"x-b"},"args":["2"]},{"type":"request.headers","op":"delete","target":{"key":"x-c"}}]}`, "GET /fn x-b:1 x-c:1", `serve "fn" <x-a:fn <STAGE> $NO <x-b:1, 2`},
		{"request headers accumulate", `{"src":"/fn","continue":true,"transforms":[{"type":"request.headers","op":"set","target":{"key":"a"},"args":"1"}]},{"src":"/fn","continue":true,"transforms":[{"type":"request.headers","op":"append","target":{"key":"a"},"args":"2"}]}`, "GET /fn", `serve "fn" <a:1, 2`},
		{"response headers of the last route", `{"src":"/fn","continue":true,"transforms":[{"type":"response.headers","op":"set","target":{"key":"a"},"args":"1"}]},{"src":"/fn","continue":true,"transforms":[{"type":"response.headers","op":"set","target":{"key":"x-own"},"args":"2"}]}`, "GET /fn", `serve "fn" >x-own:2`},
		{"headers that cannot be sent", `{"src":"/fn","continue":true,"transforms":[{"type":"request.headers","op":"set","target":{"key":"a"},"args":"ü"},{"type":"request.headers","op":"set","target":{"key":"b"},"args":""}]}`, "GET /fn", `serve "fn"`},
		{"delete a value of a list", `{"src":"/fn","continue":true,"transforms":[{"type":"request.headers","op":"delete","target":{"key":"x-l"},"args":["b"]}]}`, "GET /fn x-l:a,b,c", `serve "fn" <x-l:a|c`},
		{"path", `{"src":"^/x/(.*)$","dest":"/fn","transforms":[{"type":"request.path","op":"set","args":"/y/$1"}]}`, "GET /x/1", `serve "fn" sees /y/1`},
		{"path that is none", `{"src":"/x","dest":"/fn","transforms":[{"type":"request.path","op":"set","args":"//y"}]}`, "GET /x", `serve "fn"`},

		// Languages.
		{"locale", `{"src":"/","locale":{"redirect":{"nl":"/nl","fr":"/fr"},"cookie":"LANG"},"continue":true}`, "GET / accept-language:de,fr;q=0.5,nl;q=0.9", `redirect 307 location:/nl`},
		{"locale cookie", `{"src":"/","locale":{"redirect":{"nl":"/nl","fr":"/fr"},"cookie":"LANG"},"continue":true}`, "GET / accept-language:nl cookie:LANG=FR", `redirect 307 location:/fr`},
		{"locale unknown", `{"src":"/","locale":{"redirect":{"nl":"/nl"}},"continue":true}`, "GET / accept-language:de", `fail NOT_FOUND 404`},
		{"locale elsewhere", `{"src":"/.*","locale":{"redirect":{"nl":"/nl"}},"continue":true}`, "GET /a accept-language:nl", `serve "a"`},

		// Errors.
		{"error page", `{"handle":"error"},{"src":"/.*","status":404,"dest":"/404"}`, "GET /x", `serve "404" 404`},
		{"error page of another status", `{"handle":"error"},{"src":"/.*","status":500,"dest":"/404"}`, "GET /x", `fail NOT_FOUND 404`},
		{"error page that is not there", `{"handle":"error"},{"src":"/.*","status":404,"dest":"/none"},{"src":"/.*","dest":"/404"}`, "GET /x", `serve "404" 404`},
		{"error route without a page", `{"handle":"error"},{"src":"/.*","headers":{"h":"1"}},{"src":"/.*","dest":"/404"}`, "GET /x", `fail NOT_FOUND 404 h:1`},
		{"middleware", `{"src":"/a","middlewarePath":"m","continue":true}`, "GET /a", `fail MIDDLEWARE_NOT_SUPPORTED 502`},
		{"deny", `{"src":"/a","mitigate":{"action":"deny"}}`, "GET /a", `fail FORBIDDEN 403`},
		{"runaway", `{"src":"^/(a+)+\\1$","dest":"/b"}`, "GET /" + strings.Repeat("a", 40) + "!", `fail ROUTER_CANNOT_MATCH 502`},
		{"loop", `{"handle":"filesystem"},` + strings.Repeat(`{"src":"/x","dest":"/x","check":true},`, 60) + `{"handle":"miss"},{"src":"/none","continue":true}`, "GET /x", `fail INFINITE_LOOP_DETECTED 508`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := &output.Output{Entries: map[string]output.Entry{"fn": &output.Function{}, "[slug]": &output.Function{}}}
			for _, name := range []string{"a", "b", "dir/index.html", "page.html", "404"} {
				out.Entries[name] = &output.File{}
			}
			if err := json.Unmarshal([]byte(`{"wildcard":[{"domain":"example.nl","value":"nl"}],"routes":[`+tt.routes+`]}`), &out.Config); err != nil {
				t.Fatal(err)
			}
			table, err := Compile(out, Options{Getenv: func(name string) string { return "<" + name + ">" }})
			if err != nil {
				t.Fatal(err)
			}
			words := strings.Fields(tt.request)
			path, query, _ := strings.Cut(words[1], "?")
			req := &Request{Method: words[0], Host: "localhost", Path: path, Query: ParseQuery(query), Header: http.Header{}}
			for _, h := range words[2:] {
				name, value, _ := strings.Cut(h, ":")
				req.Header.Set(name, value)
				if name == "host" {
					req.Host = value
				}
			}
			if got := summary(table.Route(req, false), req.Header); got != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.request, got, tt.want)
			}
		})
	}
}

func TestCompileMistakes(t *testing.T) {
	out := &output.Output{Config: output.Config{Routes: []output.Route{
		{Src: "/("},
		{Handle: output.PhaseFilesystem},
		{Src: "/", Has: []output.Condition{{Type: "query", Key: "k", Value: "["}}},
		{Src: "/", Missing: []output.Condition{{Type: "query", Key: "k", Value: map[string]any{"re": "*"}}}},
	}}}
	_, err := Compile(out, Options{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"routes[0].src: not a regular expression", "routes[2].has[0].value: not a regular expression", "routes[3].missing[0].value: not a regular expression"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among\n%v", want, err)
		}
	}
}
