package compiler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/engine/template"
)

// oracleCase is a page that is compiled, and executed by html/template or text/template,
// with the same data.
type oracleCase struct {
	name string
	// text is the page's file, or its files if it begins with "-- ": layout.html, _name.html
	// and page.html, in directories below each other.
	text string
	data string // a Go expression, in which d is the package of the data; "" for a page without
	is   expect
}

// expect is what is expected of a page besides that the two ways do the same.
type expect uint

const (
	asText   expect = 1 << iota // text/template executes it
	falls                       // it is not compiled
	mistaken                    // there is a mistake in it, and executing it fails
	fails                       // executing it fails
	anything                    // it may be any of these
)

// oracleRun is a case on its way.
type oracleRun struct {
	oracleCase
	files  map[string]string
	page   template.Page
	parsed map[string]*template.File
	typ    types.Type
	result *Result
	err    error // of parsing: such a page is left out

	// what the program says
	Executed, Compiled string
	Failed, CodeFailed string // the errors
}

// oracleModule is the module that the program is made in: its path is that of this one, of
// which it has the packages that pages need.
const oracleModule = "github.com/jargo-dev/jargo"

const dataPath = oracleModule + "/oracle/data"

// runOracle compiles and executes cases, and returns them with what has come of it. There
// is one program for all.
func runOracle(t *testing.T, cases []oracleCase) []*oracleRun {
	t.Helper()
	dir := t.TempDir()
	copyGo(t, filepath.Join("testdata", "oracle", "data"), filepath.Join(dir, "oracle", "data"))
	for _, name := range []string{"escape", "template"} {
		copyGo(t, filepath.Join("..", "..", "..", "engine", name), filepath.Join(dir, "engine", name))
	}
	write(t, filepath.Join(dir, "go.mod"), "module "+oracleModule+"\n\ngo 1.26\n")
	imports := exported(t, dir, "./oracle/data", "html/template", "time")
	data, err := imports.Import(dataPath)
	if err != nil {
		t.Fatal(err)
	}
	var runs []*oracleRun
	for _, c := range cases {
		run := &oracleRun{oracleCase: c}
		run.parse()
		runs = append(runs, run)
	}
	typeData(t, runs, imports)
	funcs := oracleFuncs(data)
	broken := map[int]string{}
	for {
		main := &program{funcs: funcs, broken: broken}
		for i, run := range runs {
			main.add(i, run)
		}
		main.write(t, dir)
		output, again := build(t, dir, broken)
		if again {
			continue
		}
		for i, message := range broken {
			t.Errorf("%s: %s\nthe generated code is no Go:\n%s\n%s", runs[i].name, runs[i].text, message, runs[i].result.Code)
		}
		dec := json.NewDecoder(bytes.NewReader(output))
		for {
			var line struct{ N int }
			raw := json.RawMessage{}
			if err := dec.Decode(&raw); errors.Is(err, io.EOF) {
				return runs
			} else if err != nil {
				t.Fatalf("%v: %.2000s", err, output)
			}
			if err := json.Unmarshal(raw, &line); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(raw, runs[line.N]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// parse makes the set of files.
func (run *oracleRun) parse() {
	ext := ".html"
	if run.is&asText != 0 {
		ext = ".txt"
	}
	run.files = map[string]string{"pages/page" + ext: run.text}
	if strings.HasPrefix(run.text, "-- ") {
		run.files = map[string]string{}
		for _, f := range txtar.Parse([]byte(run.text)).Files {
			run.files["pages/"+f.Name+ext] = strings.TrimSuffix(string(f.Data), "\n")
		}
	}
	run.parsed = map[string]*template.File{}
	names := slices.SortedFunc(maps.Keys(run.files), func(a, b string) int {
		if d := strings.Count(a, "/") - strings.Count(b, "/"); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		f, err := template.ParseFile(name, run.files[name])
		if err != nil {
			run.err = err
			return
		}
		run.parsed[name] = f
		switch base := path.Base(name); {
		case base[0] == '_':
			run.page.Partials = append(run.page.Partials, name)
		case strings.HasPrefix(base, "layout"):
			run.page.Layouts = append(run.page.Layouts, name)
		default:
			run.page.Own = name
		}
	}
}

// oracleImports is what the expressions of data can use.
const oracleImports = `import (
	"html/template"
	"time"
	d "` + dataPath + `"
)
var _, _, _ = template.HTML(""), time.Now, d.New
`

// typeData finds the types of the data.
func typeData(t *testing.T, runs []*oracleRun, imports types.Importer) {
	t.Helper()
	var code strings.Builder
	code.WriteString("package main\n" + oracleImports)
	known := map[string]string{}
	for i, run := range runs {
		if run.data != "" && known[run.data] == "" {
			known[run.data] = fmt.Sprintf("x%d", i)
			fmt.Fprintf(&code, "var x%d = %s\n", i, run.data)
		}
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "data.go", code.String(), 0)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: imports, Error: func(err error) { t.Error(err) }}
	pkg, err := config.Check("main", fset, []*ast.File{file}, nil)
	if err != nil {
		t.FailNow()
	}
	for _, run := range runs {
		if run.data != "" {
			run.typ = pkg.Scope().Lookup(known[run.data]).Type()
		}
	}
}

// oracleFuncs are the functions of the data's package, by the names that templates call
// them by.
func oracleFuncs(data *types.Package) map[string]Func {
	funcs := map[string]Func{}
	for name, goName := range map[string]string{
		"upper": "Upper", "add": "Add", "join": "Join", "failing": "Failing", "panics": "Panics", "id": "ID", "safe": "Safe",
		"dict": "Dict", "item": "NewItem", "takeItem": "TakeItem", "takePtr": "TakePtr", "odd": "Odd", "seq": "Seq", "inc": "Inc",
		"typeOf": "TypeOf", "nothing": "Nothing", "ptr": "Ptr",
		"count": "Count", "dddArg": "DDDArg", "die": "Die", "echo": "ID", "makemap": "Makemap", "mapOfThree": "MapOfThree", "oneArg": "OneArg",
		"returnInt": "ReturnInt", "stringer": "Stringer", "twoArgs": "TwoArgs", "valueString": "ValueString", "vfunc": "VFunc", "zeroArgs": "ZeroArgs",
	} {
		funcs[name] = Func{Type: data.Scope().Lookup(goName).Type(), Code: "d." + goName}
	}
	return funcs
}

// program is the one that executes the cases.
type program struct {
	funcs  map[string]Func
	broken map[int]string // what is no Go, and why
	files  map[string]string
	list   strings.Builder
}

// add adds a case.
func (p *program) add(n int, run *oracleRun) {
	if p.files == nil {
		p.files = map[string]string{}
	}
	if run.err != nil {
		return
	}
	imported := map[string]string{dataPath: "d"}
	if run.result == nil {
		run.result = Compile(Page{
			Route: "/page", Set: template.Compose(run.page, run.parsed), Text: run.is&asText != 0, Data: run.typ, Funcs: p.funcs,
			Import: func(pkg *types.Package) string {
				if imported[pkg.Path()] == "" {
					imported[pkg.Path()] = fmt.Sprintf("p%d", len(imported))
				}
				return imported[pkg.Path()]
			},
		})
	}
	data := run.data
	if data == "" {
		data = "any(nil)"
	}
	code := "nil"
	if run.result.Code != "" && p.broken[n] == "" {
		code = fmt.Sprintf("code%d", n)
		var file strings.Builder
		file.WriteString("package main\nimport (\n\"fmt\"\n\"html/template\"\n\"time\"\n\"" + oracleModule + "/engine/escape\"\n")
		for path, name := range imported {
			fmt.Fprintf(&file, "%s %q\n", name, path)
		}
		file.WriteString(")\nvar _, _, _, _ = fmt.Sprint, template.HTML(\"\"), time.Now, d.New\n")
		fmt.Fprintf(&file, "func %s(w *escape.Writer) error {\n%s := %s\n_ = %s\n%s\nreturn nil\n}\n", code, DataName, data, DataName, run.result.Code)
		p.files[fmt.Sprintf("code%d.go", n)] = file.String()
	}
	page, _ := json.Marshal(run.page)
	files, _ := json.Marshal(run.files)
	fmt.Fprintf(&p.list, "{%d, %t, %q, %q, func() any { return %s }, %s},\n", n, run.is&asText != 0, page, files, data, code)
}

// write writes the program's files.
func (p *program) write(t *testing.T, dir string) {
	t.Helper()
	old, _ := filepath.Glob(filepath.Join(dir, "oracle", "*.go"))
	for _, name := range old {
		os.Remove(name)
	}
	p.files["main.go"] = oracleMain
	p.files["list.go"] = "package main\n" + oracleImports + "var cases = []testCase{\n" + p.list.String() + "}\n"
	for name, text := range p.files {
		write(t, filepath.Join(dir, "oracle", name), text)
	}
}

// oracleMain is the part of the program that is the same for all cases.
const oracleMain = `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"` + oracleModule + `/engine/escape"
	"` + oracleModule + `/engine/template"
	d "` + dataPath + `"
)

type testCase struct {
	n           int
	text        bool
	page, files string
	data        func() any
	code        func(w *escape.Writer) error
}

type result struct {
	N                  int
	Executed, Compiled string
	Failed, CodeFailed string
}

func main() {
	out := json.NewEncoder(os.Stdout)
	for _, c := range cases {
		r := result{N: c.n}
		var b bytes.Buffer
		if err := caught(func() error { return c.execute(&b) }); err != nil {
			r.Failed = err.Error()
		}
		r.Executed = fmt.Sprintf("%q", b.String())
		if c.code != nil {
			b.Reset()
			w := escape.New(&b)
			err := caught(func() error { return c.code(w) })
			if err != nil {
				r.CodeFailed = err.Error()
			}
			w.Abort()
			r.Compiled = fmt.Sprintf("%q", b.String())
		}
		out.Encode(r)
	}
}

func caught(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f()
}

func (c testCase) execute(w io.Writer) error {
	var page template.Page
	var texts map[string]string
	json.Unmarshal([]byte(c.page), &page)
	json.Unmarshal([]byte(c.files), &texts)
	files := map[string]*template.File{}
	for name, text := range texts {
		f, err := template.ParseFile(name, text)
		if err != nil {
			return err
		}
		files[name] = f
	}
	set := template.Compose(page, files)
	funcs := d.Funcs()
	for name, f := range d.StdFuncs() {
		funcs[name] = f
	}
	if c.text {
		t, err := set.Text(funcs)
		if err != nil {
			return err
		}
		return t.Execute(w, c.data())
	}
	t, err := set.HTML(funcs)
	if err != nil {
		return err
	}
	return t.Execute(w, c.data())
}
`

var compileError = regexp.MustCompile(`code(\d+)\.go:\d+:.*`)

// build builds and runs the program. It notes what is no Go in broken: then all is to be
// done again without it.
func build(t *testing.T, dir string, broken map[int]string) (output []byte, again bool) {
	t.Helper()
	if message, err := goCommand(dir, "build", "-gcflags=-e", "-o", "program", "./oracle"); err != nil {
		for _, m := range compileError.FindAllSubmatch(message, -1) {
			n, _ := strconv.Atoi(string(m[1]))
			broken[n] += string(m[0]) + "\n"
			again = true
		}
		if !again {
			t.Fatalf("%v\n%s", err, message)
		}
		return nil, true
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "program"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%.5000s", err, stderr.String())
	}
	return output, false
}

func goCommand(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOPROXY=off")
	return cmd.CombinedOutput()
}

// exported imports packages, and all that they import, from their export data.
func exported(t *testing.T, dir string, packages ...string) types.Importer {
	t.Helper()
	out, err := goCommand(dir, append([]string{"list", "-export", "-deps", "-json=ImportPath,Export"}, packages...)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		files[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
}

// copyGo copies the Go files of a directory that are no tests.
func copyGo(t *testing.T, from, to string) {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(from, "*.go"))
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(to, filepath.Base(name)), string(text))
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// check reports where the two ways differ, and what is not as expected.
func (run *oracleRun) check(t *testing.T) {
	t.Helper()
	report := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s: %s\n  of %s\n  %s\n  executed: %s, error %q\n%s", run.name, run.text, run.data, fmt.Sprintf(format, args...), run.Executed, run.Failed, run.result.Code)
	}
	if run.result.Code != "" && run.Compiled != "" {
		switch {
		case noAddresses(run.Executed) != noAddresses(run.Compiled):
			report("compiled: %s, error %q", run.Compiled, run.CodeFailed)
		case run.Failed != "" && run.CodeFailed == "":
			report("the code does not fail")
		case run.Failed == "" && run.CodeFailed != "":
			report("the code fails: %s", run.CodeFailed)
		}
	}
	if len(run.result.Mistakes) > 0 && run.Failed == "" && run.is&(anything|mistaken) == 0 {
		report("a false alarm: %v", run.result.Mistakes[0])
	}
	if run.is&anything != 0 {
		return
	}
	if is := len(run.result.Mistakes) > 0; is != (run.is&mistaken != 0) {
		report("mistakes: %v", run.result.Mistakes)
	}
	if is := run.result.Code == ""; is != (run.is&(falls|mistaken) != 0) {
		report("compiled: %t: %v", !is, run.result.Why)
	}
	if is := run.Failed != ""; is != (run.is&(fails|mistaken) != 0) {
		report("failed: %t", is)
	}
}

var address = regexp.MustCompile(`0x[0-9a-f]{8,}`)

// noAddresses is a text without the addresses that fmt prints of pointers in others.
func noAddresses(s string) string { return address.ReplaceAllString(s, "0x…") }

func TestOracle(t *testing.T) {
	for _, run := range runOracle(t, oracleTable) {
		if run.err != nil {
			t.Errorf("%s: %v", run.name, run.err)
			continue
		}
		run.check(t)
	}
}
