package escape_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"github.com/jargo-dev/jargo/engine/escape"
)

const prefix = "_html_template_"

type pair struct {
	str func(string) string
	any func(any) string
}

// pairs has the functions by the names of html/template's, without the prefix.
var pairs = map[string]pair{
	"attrescaper":      {escape.Attr, escape.AttrAny},
	"commentescaper":   {escape.Comment, escape.CommentAny},
	"cssescaper":       {escape.CSS, escape.CSSAny},
	"cssvaluefilter":   {escape.CSSValue, escape.CSSValueAny},
	"htmlnamefilter":   {escape.HTMLName, escape.HTMLNameAny},
	"htmlescaper":      {escape.HTML, escape.HTMLAny},
	"jsregexpescaper":  {escape.JSRegexp, escape.JSRegexpAny},
	"jsstrescaper":     {escape.JSStr, escape.JSStrAny},
	"jstmpllitescaper": {escape.JSTmplLit, escape.JSTmplLitAny},
	"jsvalescaper":     {escape.JSVal, escape.JSValAny},
	"nospaceescaper":   {escape.Nospace, escape.NospaceAny},
	"rcdataescaper":    {escape.RCDATA, escape.RCDATAAny},
	"srcsetescaper":    {escape.Srcset, escape.SrcsetAny},
	"urlescaper":       {escape.URL, escape.URLAny},
	"urlfilter":        {escape.URLFilter, escape.URLFilterAny},
	"urlnormalizer":    {escape.URLNormalize, escape.URLNormalizeAny},
}

// contexts are templates and the escapers that html/template chooses for them.
var contexts = []struct{ src, chain string }{
	{`<p>{{.}}</p>`, "htmlescaper"},
	{`<textarea>{{.}}</textarea>`, "rcdataescaper"},
	{`<a title="{{.}}">`, "attrescaper"},
	{`<a title='{{.}}'>`, "attrescaper"},
	{`<a title={{.}}>`, "nospaceescaper"},
	{`<{{.}} x=y>`, "htmlescaper"},
	{`<a {{.}}=x>`, "htmlnamefilter"},
	{`<!-- {{.}} -->`, "commentescaper"},
	{`<a href="{{.}}">`, "urlfilter urlnormalizer attrescaper"},
	{`<a href={{.}}>`, "urlfilter urlnormalizer nospaceescaper"},
	{`<a href="/{{.}}">`, "urlnormalizer attrescaper"},
	{`<a href="/?q={{.}}">`, "urlescaper attrescaper"},
	{`<a href=/?{{.}}>`, "urlescaper nospaceescaper"},
	{`<img srcset="{{.}}">`, "srcsetescaper attrescaper"},
	{`<img srcset={{.}}>`, "srcsetescaper nospaceescaper"},
	{`<script>x={{.}}</script>`, "jsvalescaper"},
	{`<a onclick="f({{.}})">`, "jsvalescaper attrescaper"},
	{`<a onclick=f({{.}})>`, "jsvalescaper nospaceescaper"},
	{`<script>'{{.}}'</script>`, "jsstrescaper"},
	{`<a onclick="f('{{.}}')">`, "jsstrescaper"},
	{"<script>`{{.}}`</script>", "jstmpllitescaper"},
	{"<a onclick=\"f(`{{.}}`)\">", "jstmpllitescaper"},
	{`<script>/{{.}}/</script>`, "jsregexpescaper"},
	{`<a onclick=f(/{{.}}/)>`, "jsregexpescaper nospaceescaper"},
	{`<style>p{x:{{.}}}</style>`, "cssvaluefilter"},
	{`<a style="x:{{.}}">`, "cssvaluefilter attrescaper"},
	{`<a style=x:{{.}}>`, "cssvaluefilter nospaceescaper"},
	{`<style>p{x:"{{.}}"}</style>`, "urlfilter cssescaper"},
	{`<style>p{x:"a{{.}}"}</style>`, "cssescaper"},
	{`<style>p{x:url({{.}})}</style>`, "urlfilter urlnormalizer"},
	{`<style>p{x:url(/?{{.}})}</style>`, "urlescaper"},
}

// context is a template whose only action prints its dot.
type context struct {
	src           string
	template      *template.Template
	chain         []string
	before, after string
}

// parsed returns contexts, after it has found that html/template escapes them so.
func parsed(tb testing.TB) []context {
	tb.Helper()
	var list []context
	for _, row := range contexts {
		t := template.Must(template.New("").Parse(row.src))
		var b strings.Builder
		if err := t.Execute(&b, "x"); err != nil {
			tb.Fatal(err)
		}
		c := context{src: row.src, template: t}
		for _, node := range t.Tree.Root.Nodes {
			switch node := node.(type) {
			case *parse.TextNode:
				if c.chain == nil {
					c.before += string(node.Text)
				} else {
					c.after += string(node.Text)
				}
			case *parse.ActionNode:
				for _, cmd := range node.Pipe.Cmds[1:] {
					c.chain = append(c.chain, strings.TrimPrefix(cmd.String(), prefix))
				}
			}
		}
		if got := strings.Join(c.chain, " "); got != row.chain {
			tb.Fatalf("html/template escapes %s by %q, want %q", row.src, got, row.chain)
		}
		list = append(list, c)
	}
	return list
}

// compare fails unless c gives the same by this package and by html/template.
func (c context) compare(tb testing.TB, v any) {
	tb.Helper()
	if first := c.chain[0]; first == "attrescaper" || first == "nospaceescaper" {
		if isHTML(v) {
			return // the compiler does not compile it
		}
	}
	var b strings.Builder
	err := c.template.Execute(&b, v)
	want := b.String()
	got, panicked := c.apply(v, false)
	switch {
	case err != nil && panicked == nil:
		tb.Errorf("%s of %T %#v: got %q, html/template fails: %v", c.src, v, v, got, err)
	case err == nil && panicked != nil:
		tb.Errorf("%s of %T %#v: panic %v, want %q", c.src, v, v, panicked, want)
	case err == nil && got != want:
		tb.Errorf("%s of %T %#v:\n got %q\nwant %q", c.src, v, v, got, want)
	}
	if s, ok := v.(string); ok {
		if got, _ := c.apply(s, true); got != want {
			tb.Errorf("%s of the string %q:\n got %q\nwant %q", c.src, s, got, want)
		}
	}
}

// apply runs this package's functions, with str the first one's form for strings.
func (c context) apply(v any, str bool) (s string, panicked any) {
	defer func() { panicked = recover() }()
	if str {
		s = pairs[c.chain[0]].str(v.(string))
	} else {
		s = pairs[c.chain[0]].any(v)
	}
	for _, name := range c.chain[1:] {
		s = pairs[name].str(s)
	}
	return c.before + s + c.after, nil
}

// isHTML reports whether v is HTML of html/template, or a pointer of ofString to one.
func isHTML(v any) bool {
	switch v := v.(type) {
	case template.HTML:
		return true
	case *template.HTML:
		return v != nil
	case **template.HTML:
		return *v != nil
	}
	return false
}

type (
	word   string
	number int
	list   []any
	object struct {
		A int
		B string `json:"b"`
		C *int
	}
	byValue   struct{ s string }
	byPointer struct{ s string }
	failure   struct{ s string }
	panics    struct{}
	bothWays  struct{ s string }
	raw       struct{ s string }
	rawPtr    struct{ s string }
	fails     struct{ s string }
	textual   struct{ s string }
	formats   struct{ s string }
	cycle     struct{ Next *cycle }
	holder    struct {
		Value byPointer
		Any   any
	}
)

func (v byValue) String() string                { return v.s }
func (v *byPointer) String() string             { return v.s }
func (v failure) Error() string                 { return v.s }
func (panics) String() string                   { panic("a < b") }
func (v bothWays) String() string               { return "String " + v.s }
func (v bothWays) Error() string                { return "Error " + v.s }
func (v raw) MarshalJSON() ([]byte, error)      { return []byte(v.s), nil }
func (v *rawPtr) MarshalJSON() ([]byte, error)  { return []byte(v.s), nil }
func (v fails) MarshalJSON() ([]byte, error)    { return nil, errors.New(v.s) }
func (v textual) MarshalText() ([]byte, error)  { return []byte(v.s), nil }
func (v formats) Format(f fmt.State, verb rune) { fmt.Fprintf(f, "%s-%c", v.s, verb) }

// ofString returns values of many types that have the text s.
func ofString(s string) []any {
	p := &s
	pp := &p
	var boxed any = s
	html, js, url := template.HTML(s), template.JS(s), template.URL(s)
	htmlPtr, jsPtr := &html, &js
	ptr := &byPointer{s}
	value := byValue{s}
	valuePtr := &value
	fail := failure{s}
	return []any{
		s, p, pp, &boxed, word(s), []byte(s), []rune(s), []string{s}, [1]string{s},
		map[string]any{s: s, "b": 1}, map[word]byValue{word(s): value},
		html, js, url, htmlPtr, &htmlPtr, jsPtr, &jsPtr, &url,
		template.CSS(s), template.HTMLAttr(s), template.JSStr(s), template.Srcset(s),
		value, valuePtr, &valuePtr, *ptr, ptr, &ptr, fail, &fail, errors.New(s), fmt.Errorf("x: %w", fail),
		bothWays{s}, &bothWays{s}, raw{s}, &raw{s}, rawPtr{s}, &rawPtr{s}, raw{`"` + s + `"`},
		json.RawMessage(s), json.Number(s), fails{s}, &fails{s}, textual{s}, &textual{s}, formats{s}, &formats{s},
		object{1, s, nil}, &object{-1, s, new(int)}, list{s, 1, nil, value}, holder{*ptr, s}, &holder{*ptr, ptr},
		[]template.HTML{html}, struct{ X template.JS }{js},
	}
}

// ofNumber returns values of many types that have the number n or f.
func ofNumber(n int64, f float64) []any {
	b := n%2 == 0
	return []any{
		int(n), int8(n), int16(n), int32(n), n, uint(n), uint8(n), uint16(n), uint32(n), uint64(n), uintptr(n),
		number(n), &n, b, &b, f, &f, float32(f), complex(f, f), complex64(complex(f, 1)), []float64{f}, []int64{n},
		time.Duration(n), time.Unix(n%1e10, 0).UTC(), time.Month(n), big.NewInt(n), *big.NewInt(n),
		map[int64]float64{n: f},
	}
}

// odd returns what is of no text and no number.
func odd() []any {
	var (
		nilAny     any
		nilError   error
		nilString  *string
		nilHTML    *template.HTML
		nilValue   *byValue
		nilPointer *byPointer
		nilRaw     *raw
		nilRawPtr  *rawPtr
		nilChan    chan int
		nilFunc    func()
		c          = make(chan int)
		loop       = new(cycle)
	)
	loop.Next = loop
	return []any{
		nil, &nilAny, &nilError, nilString, &nilString, nilHTML, &nilHTML, nilValue, &nilValue, nilPointer, &nilPointer,
		nilRaw, &nilRaw, nilRawPtr, &nilRawPtr, nilChan, nilFunc, &nilFunc, c, &c, func() {}, math.Sqrt,
		[]string(nil), []int{}, map[string]int(nil), map[string]int{}, struct{}{}, [0]int{}, []any{nil},
		panics{}, &panics{}, loop, netip.MustParseAddr("::1"), big.NewFloat(1.5),
		[]any{nilString, c}, map[string]any{"c": c, "p": panics{}}, json.RawMessage(nil),
		fmt.Stringer(byValue{"x"}), new(any), new(**int), true, false, template.HTML(""), template.Srcset("a, b"),
	}
}
