package escape_test

import (
	"bufio"
	"go/parser"
	"go/token"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	texttemplate "text/template"

	"github.com/jargo-dev/jargo/engine/escape"
)

// texts are strings with something to escape in one context or another. An input
// that a fuzz target finds goes here.
var texts = []string{
	"", " ", "x", "Hello, World!", "0", "-1", "true", "null",
	`a < b && "c" > 'd' + e`, "&amp; &lt &copy; &#39; &notit;", "<b>x</b>", "<script>alert(1)</script>", "</SCRIPT >", "<!-- x -->", "]]>",
	"\x00", "a\x00b", "\x7f", "\u0080", "\u00a0", "\u2028", "\u2029x\u2028", "\u2027\u202a", "\ufeff", "\ufffd", "\ufffe\uffff", "\ufdd0\ufdef\ufdf0", "\ufff0", "\uffef", "\U0001f600", "\U0010ffff",
	"\xff", "a\xc3", "\xed\xa0\x80", "\xe2\x80", "\xe2\x80\xa8\xa8", "\xf4\x90\x80\x80", "\xc0\x80", "é日本",
	"\t\n\v\f\r", "\b\x1b\x1f", "a\\b", `\"`, "`${x}`", "$&+,/:;=?@[]{}|^~.-_*()!#%",
	"http://example.com/a b?c=d&e=%41#f", "HTTPS://x", "mailto:a@b", "javascript:alert(1)", "javascript/x:y", "a:b/c", ":", "httpſ://x", "JavaScript:1", "%", "%4", "%4g", "%zz", "%e2%82", "//host", "data:,x",
	"a.png 1x, b.png 2x", " a b , javascript:1 2x,,", "a.png (x)", "a\u00a01x", "a,", ",",
	"10px", "#fff", "-moz-binding", "ex/**/pression", "expression(1)", "EXP_RESSION", "eXpressIon", `ex\70 ression`, `\65\78\70\72\65\73\73\69\6f\6e`, `\0`, `\A B`, "\\a\r\nb", "\\a\rb", `\110000`, `\10FFFFf`, `\FFFFFF`, `\D800`, `a\`, `\é`, "\\\xff", "--x", "a--", "a-b", `\2d-`, "url(x)", "a;b", "\\62 \\6c ue",
	"href", "HREF", "onclick", "OnX", "ooo", "data-x", "data", "xmlns:a", "title", "srclang", "xsrcx", "curious", "curly", "open", "srcdoc", "Kelvin", "K", "İ", "ſ", "a1", "a b", "é",
	"<script", "</script", "<ſcript */ x", "</ſCRIPT", "<</script", "<!--*/<!--", "*//", "<s", "</", "<sCrIp", "<\u212a",
	strings.Repeat("a<", 50), strings.Repeat("x", 100),
}

// mixed is how many strings TestMixedStrings makes.
const mixed = 1000

var numbers = []struct {
	n int64
	f float64
}{
	{0, 0}, {1, 1}, {-1, -1}, {0, math.Copysign(0, -1)}, {2, math.NaN()}, {3, math.Inf(1)}, {4, math.Inf(-1)},
	{math.MaxInt64, math.MaxFloat64}, {math.MinInt64, math.SmallestNonzeroFloat64}, {127, 1e21}, {128, 1e20}, {255, 999999999999999999999},
	{1e6, 1e-6}, {1e9, 1e-7}, {-128, 9.999999e-7}, {32768, -1e-9}, {65536, -1e21}, {1 << 32, 1e-10}, {10, 0.1}, {11, 1.5e300}, {12, -1e-100},
	{13, float64(float32(1e21))}, {14, float64(float32(1e-6))}, {15, math.MaxFloat32}, {16, 1e7}, {17, 123456789},
}

func TestStrings(t *testing.T) {
	all := slices.Clone(texts)
	for c := 0; c < 256; c++ {
		b := string([]byte{byte(c)})
		all = append(all, b, b+"f", "x"+b, "x"+b+" ", string(rune(c))+"x")
	}
	for _, c := range parsed(t) {
		for _, s := range all {
			c.compare(t, s)
		}
	}
}

func TestValues(t *testing.T) {
	for _, c := range parsed(t) {
		for _, s := range texts {
			for _, v := range ofString(s) {
				c.compare(t, v)
			}
		}
		for _, row := range numbers {
			for _, v := range ofNumber(row.n, row.f) {
				c.compare(t, v)
			}
		}
		for _, v := range odd() {
			c.compare(t, v)
		}
	}
}

// TestMixedStrings finds what a fuzz target takes long to find: the pieces of texts
// beside each other.
func TestMixedStrings(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	contexts := parsed(t)
	for i := 0; i < mixed; i++ {
		var s string
		for n := 1 + r.IntN(5); n > 0; n-- {
			piece := texts[r.IntN(len(texts))]
			switch from := r.IntN(len(piece) + 1); r.IntN(4) {
			case 0:
				piece = piece[from:]
			case 1:
				piece = piece[:from]
			case 2:
				piece = string([]byte{byte(r.IntN(256))})
			}
			s += piece
		}
		values := append(ofString(s), ofNumber(int64(r.Uint64()), math.Float64frombits(r.Uint64()))...)
		v := values[r.IntN(len(values))]
		for _, c := range contexts {
			c.compare(t, s)
			c.compare(t, v)
		}
		compareText(t, s)
		compareText(t, v)
		if t.Failed() {
			return
		}
	}
}

func TestEveryEscaperIsCompared(t *testing.T) {
	first := map[string]bool{}
	for _, c := range parsed(t) {
		first[c.chain[0]] = true
	}
	for name := range pairs {
		if !first[name] {
			t.Errorf("no context begins with %s", name)
		}
	}
	// A newer html/template may have more.
	src, err := os.ReadFile(filepath.Join(goRoot(t), "src/html/template/escape.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`"_html_template_(\w+)"`).FindAllSubmatch(src, -1) {
		if _, ok := pairs[string(m[1])]; !ok {
			t.Errorf("html/template has %s", m[0])
		}
	}
}

// goRoot is where the toolchain is, with the source of html/template.
func goRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestAttributeNames(t *testing.T) {
	f, err := os.Open(filepath.Join(goRoot(t), "src/html/template/attr.go"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i := slices.IndexFunc(parsed(t), func(c context) bool { return c.chain[0] == "htmlnamefilter" })
	c := parsed(t)[i]
	n := 0
	name := regexp.MustCompile(`^\s*"([\w-]+)":`)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if m := name.FindStringSubmatch(lines.Text()); m != nil {
			c.compare(t, m[1])
			c.compare(t, strings.ToUpper(m[1])+"x")
			n++
		}
	}
	if n < 100 {
		t.Errorf("attr.go has %d names", n)
	}
}

// compareText fails unless the functions for text/template do as it does.
func compareText(tb testing.TB, v any) {
	tb.Helper()
	var b strings.Builder
	// Execute takes a nil dot for no value; the value of a map stays an interface.
	err := printer.Execute(&b, map[string]any{"v": v})
	got, gotErr := escape.Print(v)
	if (err != nil) != (gotErr != nil) || got != b.String() {
		tb.Errorf("Print of %T %#v: got %q, %v\nwant %q, %v", v, v, got, gotErr, b.String(), err)
	}
	if gotErr != nil {
		words := strings.SplitAfter(err.Error(), "can't print ")
		typ := words[1][strings.Index(words[1], " of type "):]
		if want := "can't print value" + typ; gotErr.Error() != want {
			tb.Errorf("Print of %T: got error %q, want %q", v, gotErr, want)
		}
	}
	want, _ := texttemplate.IsTrue(v)
	if got := escape.Truth(v); got != want {
		tb.Errorf("Truth of %T %#v: got %v", v, v, got)
	}
	for name, f := range map[string][2]func(...any) string{
		"html":     {escape.BuiltinHTML, texttemplate.HTMLEscaper},
		"js":       {escape.BuiltinJS, texttemplate.JSEscaper},
		"urlquery": {escape.BuiltinURLQuery, texttemplate.URLQueryEscaper},
	} {
		for _, args := range [][]any{{v}, {v, v}, {"x", v, 1, nil}, {}} {
			kept := slices.Clone(args)
			got := f[0](args...)
			for i := range args {
				if reflect.TypeOf(args[i]) != reflect.TypeOf(kept[i]) {
					tb.Errorf("%s changed its argument %d", name, i)
				}
			}
			if want := f[1](kept...); got != want {
				tb.Errorf("%s of %T %#v:\n got %q\nwant %q", name, v, v, got, want)
			}
		}
	}
}

var printer = texttemplate.Must(texttemplate.New("").Parse(`{{.v}}`))

func TestText(t *testing.T) {
	for _, s := range texts {
		for _, v := range ofString(s) {
			compareText(t, v)
		}
	}
	for _, row := range numbers {
		for _, v := range ofNumber(row.n, row.f) {
			compareText(t, v)
		}
	}
	for _, v := range odd() {
		compareText(t, v)
	}
}

func TestBuiltinsOfEveryByte(t *testing.T) {
	for c := rune(0); c < 0x3000; c++ {
		for _, s := range []string{string(c), "x" + string(c) + "x", string([]byte{byte(c)})} {
			if got, want := escape.BuiltinHTML(s), texttemplate.HTMLEscaper(s); got != want {
				t.Errorf("html of %q: got %q, want %q", s, got, want)
			}
			if got, want := escape.BuiltinJS(s), texttemplate.JSEscaper(s); got != want {
				t.Errorf("js of %q: got %q, want %q", s, got, want)
			}
			if got, want := escape.BuiltinURLQuery(s), texttemplate.URLQueryEscaper(s); got != want {
				t.Errorf("urlquery of %q: got %q, want %q", s, got, want)
			}
		}
	}
}

func FuzzStrings(f *testing.F) {
	for _, s := range texts {
		f.Add(s)
	}
	list := parsed(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range list {
			c.compare(t, s)
		}
		compareText(t, s)
	})
}

func FuzzValues(f *testing.F) {
	for i, s := range texts {
		row := numbers[i%len(numbers)]
		f.Add(s, row.n, row.f, uint8(i))
	}
	list := parsed(f)
	f.Fuzz(func(t *testing.T, s string, n int64, x float64, pick uint8) {
		values := append(ofString(s), ofNumber(n, x)...)
		v := values[int(pick)%len(values)]
		for _, c := range list {
			c.compare(t, v)
		}
		compareText(t, v)
	})
}

func TestImports(t *testing.T) {
	allowed := []string{"io", "fmt", "strconv", "strings", "unicode", "unicode/utf8", "reflect", "encoding/json", "sync", "errors", "bytes", "cmp", "slices"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			if path, _ := strconv.Unquote(spec.Path.Value); !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
