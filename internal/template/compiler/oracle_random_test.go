package compiler

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// oracleSeeds and oracleCount are what is tested without ORACLE_SEED, a number, and
// ORACLE_COUNT, how many templates are made of it.
var oracleSeeds = []uint64{1, 20260101}

const oracleCount = 150

// mayFail matches errors of templates that depend on the data.
var mayFail = regexp.MustCompile(`nil pointer|index out of range|error calling|dereference of nil|panic:|iterate over <nil>|can't print|expected \S+$|invalid value; expected|can't index|len of nil|nil data|untyped nil|slice index|invalid type for comparison`)

func TestOracleRandom(t *testing.T) {
	seeds, count := oracleSeeds, oracleCount
	if seed, err := strconv.ParseUint(os.Getenv("ORACLE_SEED"), 10, 64); err == nil {
		seeds = []uint64{seed}
	}
	if n, err := strconv.Atoi(os.Getenv("ORACLE_COUNT")); err == nil {
		count = n
	}
	var cases []oracleCase
	for _, seed := range seeds {
		for i := range count {
			r := &randomTemplate{Rand: rand.New(rand.NewPCG(seed, uint64(i))), name: fmt.Sprintf("seed %d, template %d", seed, i)}
			cases = append(cases, r.page())
		}
	}
	tally := map[string]int{}
	const most = 1000 // in a program
	for len(cases) > 0 {
		n := min(most, len(cases))
		for _, run := range runOracle(t, cases[:n]) {
			checkRandom(t, run, tally)
		}
		cases = cases[n:]
	}
	t.Log(tally)
}

func checkRandom(t *testing.T, run *oracleRun, tally map[string]int) {
	t.Helper()
	if run.err != nil {
		tally["not parsed"]++ // a literal of another kind may have no fields
		return
	}
	whole := strings.HasSuffix(run.name, "reached")
	switch {
	case len(run.result.Mistakes) > 0 && whole && run.Failed != "":
		tally["mistakes"]++
	case len(run.result.Mistakes) > 0 && whole:
		t.Errorf("%s: %s\n  of %s\n  a false alarm: %v\n  %s", run.name, run.text, run.data, run.result.Mistakes, run.Executed)
	case len(run.result.Mistakes) > 0:
		tally["mistakes that may not be reached"]++
	case run.result.Code == "":
		tally["not compiled"]++
		if os.Getenv("ORACLE_SEED") != "" {
			tally[run.result.Why.Message]++
		}
	case run.Failed != "" && !mayFail.MatchString(run.Failed):
		t.Errorf("%s: %s\n  of %s\n  no mistake is found: %s", run.name, run.text, run.data, run.Failed)
	case run.Failed != "":
		tally["compiled and failing"]++
	default:
		tally["compiled"]++
	}
	run.check(t)
}

// randomTemplate makes a template. In one that is wholly executed, all branches are taken
// and all that is evaluated is; there mistakes must be such.
type randomTemplate struct {
	*rand.Rand
	name  string
	whole bool
	ill   int // of how many expressions one is of another kind; 0 for none
	depth int
	loops int
	names int
	dot   string
	vars  []randomVar
}

type randomVar struct{ name, kind string }

// page is a case with a template.
func (r *randomTemplate) page() oracleCase {
	c := oracleCase{name: r.name, is: anything, data: full}
	switch r.IntN(3) {
	case 0:
		r.whole, r.ill = true, pick(r, 0, 8, 8, 15)
		c.name += ", reached"
	case 1:
		r.ill = 25 * r.IntN(2)
		c.data = pick(r, full, full, byVal, bare)
	default:
		c.data = pick(r, full, full, bare)
	}
	if r.IntN(4) == 0 {
		c.is |= asText
	}
	r.dot = "page"
	var b strings.Builder
	for range 1 + r.IntN(5) {
		b.WriteString(r.statement())
	}
	b.WriteString(`{{define "item"}}<i>{{.Name}}{{with .Tags}}{{.}}{{end}}</i>{{end}}{{define "any"}}[{{.}}]{{end}}`)
	b.WriteString(`{{define "tree"}}{{.Label}}{{range .Children}}({{template "tree" .}}){{end}}{{end}}`)
	c.text = b.String()
	return c
}

func pick[T any](r *randomTemplate, of ...T) T { return of[r.IntN(len(of))] }

// kinds are those of expressions.
var kinds = []string{"string", "named", "int", "uint", "float", "bool", "item", "pitem", "strs", "ints", "items", "map", "any", "other"}

// operands are expressions by kind, of which those in the second list may fail or be missing.
var operands = map[string][2][]string{
	"string": {{`$.Name`, `$.Empty`, `$.Evil`, `$.Link`, `$.Bad`, `$.Item.Name`, `$.Hello`, `"lit<'"`, "`raw`", `$.Ptr.Name`, `$.Pointer`, `$.BaseName`, `$.Gen.Get`, `$.GetPtr.Upper`, `$.Hidden.Name`},
		{`$.Map.k`, `$.Map.none`, `$.Nil.Name`, `$.Ptr.Next.Name`, `$.MapItem.i.Name`, `$.MapItem.none.Name`, `(index $.Strs 1)`, `(index $.Map "none")`, `$.Fail`, `$.PMap.k`}},
	"named": {{`$.Title`, `$.Label`, `$.HTML`, `$.URL`, `$.CSS`, `$.JS`, `$.JSStr`, `$.Attr`, `$.Srcset`, `$.PHTML`}, {`$.PHTML`}},
	"int":   {{`$.Int`, `$.Zero`, `$.Neg`, `$.I8`, `1`, `-3`, `0`, `'\x02'`, `$.Item.N`, `$.Ok`, `(len $.Strs)`, `$.Plain`, `$.Kind`}, {`$.MapInt.one`, `$.MapInt.none`, `(index $.Ints 2)`, `(len $.MapList.none)`, `$.Counter.Inc`}},
	"uint":  {{`$.U`, `$.UZero`}, {`($.TakeU8 3)`}},
	"float": {{`$.F`, `$.FZero`, `$.NaN`, `$.F32`, `1.5`, `-0.25`, `1e30`}, {`$.Ptr.Price`}},
	"bool":  {{`$.Yes`, `$.No`, `$.Flag`, `true`, `false`}, {`$.Nil.IsNil`, `(index $.Bools 0)`}},
	"item":  {{`$.Item`, `$.GetItem`, `(item "made")`, `(index $.ArrItems 1)`}, {`$.MapItem.i`, `$.MapItem.none`, `(index $.Items 0)`}},
	"pitem": {{`$.Ptr`, `$.GetPtr`}, {`$.Nil`, `$.NilItem`, `$.MapPtr.none`, `$.MapPtr.p`, `(index $.Ptrs 1)`, `$.Ptr.Next`}},
	"strs":  {{`$.Strs`, `$.NamedList`, `$.Item.Tags`, `$.PList`}, {`$.MapList.l`, `$.MapList.none`}},
	"ints":  {{`$.Ints`, `$.Arr`, `$.PArr`, `$.GetArr`, `(seq 3)`, `3`, `$.Seq`}, {`$.NilArr`, `(index $.Nested 1)`, `$.MapArr.none`, `$.MapArr.a`, `$.Zero`}},
	"items": {{`$.Items`, `$.ArrItems`, `$.MapItem`}, {`$.NoItems`, `$.Ptrs`}},
	"map":   {{`$.Map`, `$.MapInt`, `$.ByInt`, `$.PMap`, `$.ByNamed`}, {`$.NilMap`, `$.MapMap.none`, `$.MapMap.a`}},
	"any":   {{`$.Any`, `$.AnyInt`, `$.AnyNil`, `$.MapAny.s`, `$.MapAny.none`, `$.AnyItem`, `$.GetAny`, `nothing`}, {`$.MapErr.none`}},
	"other": {{`$.Err`, `$.Str`, `$.NilErr`, `$.Time`, `$.Dur`, `$.Pointed`, `$.PPointed`, `$.Mixed`, `$.Bytes`, `$.Anon`, `$.Failure`, `$.PInt`, `$.JSON`, `$.Doer`, `$.PS`, `$.PI`, `$.C`, `$.Nested`, `$.Counter`}, {`$.NilStr`, `$.NilS`, `$.Func`, `$.NilDoer`}},
}

// dots are expressions of what dot and variables of a kind have.
var dots = map[string]map[string][]string{
	"page": {"string": {".Name", ".Item.Name"}, "int": {".Int"}, "item": {".Item"}, "items": {".Items"}},
	"item": {"string": {".Name", ".Upper", ".Tags | print"}, "int": {".N"}, "float": {".Price"}, "strs": {".Tags"}, "pitem": {".Next"}, "any": {".Any"}},
}

// expression is an operand of a kind, in parentheses if it needs them.
func (r *randomTemplate) expression(kind string) string {
	r.depth++
	defer func() { r.depth-- }()
	if r.ill > 0 && r.IntN(r.ill) == 0 {
		if r.whole {
			r.ill = 0 // another mistake would hide a false alarm
		}
		if r.IntN(3) == 0 {
			return pick(r, `$.Nope`, `$.Name.Nope`, `$.Items.Name`, `($.Two "a")`, `($.Hello 1)`, `(upper 5)`, `(upper)`, `(index $.Item 0)`, `(index $.Strs "a")`, `(len 3)`, `$.Pair`, `(eq 1 "a")`, `(lt $.Yes 1)`, `($.TakeU8 -1)`, `(takeItem $.Strs)`, `$.private`, `(slice $.Map 1)`, `(call $.Name)`, `(call $.Func 1)`, `($.Name)`, `(printf 1)`, `($.TakePtr $.GetItem)`, `$.ByInt.x`, `$.Item.Pointer.X`)
		}
		kind = pick(r, kinds...)
	}
	if r.depth > 4 || r.IntN(3) == 0 {
		return r.leaf(kind)
	}
	e := r.expression
	any := func() string { return e(pick(r, kinds...)) }
	switch kind {
	case "string":
		return pick(r,
			func() string { return `(upper ` + e("string") + `)` },
			func() string { return `(printf "%v-%v" ` + any() + ` ` + any() + `)` },
			func() string { return `(print ` + any() + ` ` + any() + `)` },
			func() string { return `($.Greet ` + e("string") + `)` },
			func() string { return `($.Two ` + e("string") + ` ` + e("int") + `)` },
			func() string { return `(` + e("string") + ` | upper)` },
			func() string { return `(slice ` + e("string") + ` 1)` },
			func() string { return `(` + pick(r, "html", "js", "urlquery") + ` ` + any() + `)` },
			func() string { return `(takeItem ` + e(pick(r, "item", "pitem")) + `)` },
			func() string { return `(takePtr ` + e(pick(r, "item", "pitem", "pitem")) + `)` },
			func() string { return `(call $.Func ` + e("string") + `)` },
			func() string { return `(typeOf ` + any() + `)` },
			func() string { return `(index ` + e("strs") + ` ` + e("int") + `)` },
			func() string { return `(index $.Map ` + e("string") + `)` },
			func() string { return `(` + e("pitem") + `).Upper` },
			func() string { return `(` + e("item") + `).Name` },
			func() string { return r.choice("string") },
		)()
	case "int":
		return pick(r,
			func() string { return `(add ` + e("int") + ` 1)` },
			func() string { return `(len ` + e(pick(r, "string", "strs", "items", "map")) + `)` },
			func() string { return `(` + e("item") + `).N` },
			func() string { return `($.TakeI8 ` + strconv.Itoa(r.IntN(20)-10) + `)` },
			func() string { return `(index $.Nested 0 ` + e("int") + `)` },
			func() string { return r.choice("int") },
		)()
	case "bool":
		return pick(r,
			func() string { return `(eq ` + e("int") + ` ` + e(pick(r, "int", "uint")) + `)` },
			func() string { return `(ne ` + e("string") + ` ` + e(pick(r, "string", "named")) + `)` },
			func() string {
				k := pick(r, "int", "uint", "float", "string")
				return `(` + pick(r, "lt", "le", "gt", "ge") + ` ` + e(k) + ` ` + e(k) + `)`
			},
			func() string { return `(not ` + any() + `)` },
			func() string { return `(eq ` + e("pitem") + ` ` + pick(r, "nil", e("pitem")) + `)` },
			func() string { return `(odd ` + e("int") + `)` },
			func() string { return r.choice("bool") },
			func() string {
				if r.whole {
					return r.leaf("bool")
				}
				return `(eq ` + e("string") + ` ` + e("string") + ` ` + e("string") + `)`
			},
		)()
	case "item":
		return pick(r, func() string { return `(` + e("item") + `.With 3)` }, func() string { return r.choice("item") }, func() string { return r.leaf(kind) })()
	case "pitem":
		return pick(r, func() string { return `(` + e("pitem") + `).Self` }, func() string { return r.choice("pitem") }, func() string { return r.leaf(kind) })()
	case "strs":
		return pick(r, func() string { return `(slice ` + e("strs") + ` 1)` }, func() string { return `(` + e("item") + `).Tags` }, func() string { return r.leaf(kind) })()
	}
	return r.leaf(kind)
}

// choice is and, or: mostly of one kind.
func (r *randomTemplate) choice(kind string) string {
	if r.whole {
		return r.leaf(kind)
	}
	list := ""
	for range 1 + r.IntN(3) {
		k := kind
		if r.IntN(3) == 0 {
			k = pick(r, kinds...)
		}
		list += " " + r.expression(k)
	}
	return "(" + pick(r, "and", "or") + list + ")"
}

// leaf is an expression without others in it.
func (r *randomTemplate) leaf(kind string) string {
	if r.IntN(3) == 0 {
		if list := dots[r.dot][kind]; len(list) > 0 {
			if e := pick(r, list...); !strings.Contains(e, " ") {
				return e
			} else {
				return "(" + e + ")"
			}
		}
		if r.dot == kind {
			return "(.)"
		}
	}
	if r.IntN(3) == 0 && len(r.vars) > 0 {
		if v := pick(r, r.vars...); v.kind == kind {
			return v.name
		}
	}
	lists := operands[kind]
	if !r.whole && r.IntN(3) == 0 {
		return pick(r, lists[1]...)
	}
	return pick(r, lists[0]...)
}

// value is an expression that may print anything.
func (r *randomTemplate) value() string {
	e := r.expression(pick(r, kinds...))
	if len(e) > 1 && e[0] == '(' && e[len(e)-1] == ')' && r.IntN(2) == 0 && balanced(e[1:len(e)-1]) {
		e = e[1 : len(e)-1]
	}
	if r.IntN(8) == 0 {
		e += " | " + pick(r, "print", "printf \"%v\"", "html", "js", "len", "not", "typeOf")
	}
	return e
}

// balanced reports whether each parenthesis closes one that is open.
func balanced(s string) bool {
	n := 0
	for _, c := range s {
		switch c {
		case '(':
			n++
		case ')':
			n--
		}
		if n < 0 {
			return false
		}
	}
	return n == 0
}

// contexts are texts with actions, which stand where § is.
var contexts = []string{
	`§`, `<p>§</p>`, `§ and §`, `<a title="§" class='§'>`, `<a href="§">`, `<a href="/x?q=§&r=§#§">`, `<a href='/§/§'>`, `<p x=§ y=§>`, `<img srcset="§ 2x, §">`,
	`<script>var a = §, b = "§", c = '§';</script>`, "<script>`§ ${ § }`; /§/.test(x)</script>", `<script type="application/json">{"a": §}</script>`, `<p onclick="f(§, '§')">`,
	`<style>p { color: §; background: url("§") }</style>`, `<p style="width: §px">`, `<!-- § -->`, `<textarea>§</textarea><title>§</title>`, `<p §>`, `<p data-§="x">`,
	`<meta http-equiv="refresh" content="0;url=§">`, `<svg xlink:href="§">`, `<iframe srcdoc="§">`, " {{- /* c */ -}} § {{- `x` -}} ", "\n§\n",
}

// statement is a part of a template.
func (r *randomTemplate) statement() string {
	r.depth++
	defer func() { r.depth-- }()
	mark, dot := len(r.vars), r.dot
	end := func() { r.vars, r.dot = r.vars[:mark], dot }
	body := func() string {
		mark := len(r.vars)
		defer func() { r.vars = r.vars[:mark] }()
		text := ""
		for range 1 + r.IntN(2) {
			text += r.statement()
		}
		return text
	}
	otherwise := func(dot string) string {
		switch {
		case r.IntN(3) > 0:
			return ""
		case r.whole:
			return "{{else}}text"
		}
		was := r.dot
		defer func() { r.dot = was }()
		r.dot = dot
		return "{{else}}" + body()
	}
	n := r.IntN(12)
	if r.depth > 3 {
		n = 11
	}
	switch n {
	case 0, 1:
		defer end()
		condition := r.expression(pick(r, kinds...))
		if r.whole {
			condition = pick(r, `$.Yes`, `$.Name`, `eq 1 1`, `not $.No`, `$.Item`, `$x := $.Ptr`)
		} else if r.IntN(4) == 0 {
			condition = "$c := " + condition
		}
		return "{{if " + condition + "}}" + body() + otherwise(dot) + "{{end}}"
	case 2:
		defer end()
		kind := pick(r, "string", "item", "int", "strs", "pitem")
		of := r.expression(kind)
		if r.whole {
			kind, of = "item", pick(r, `$.Item`, `$.Ptr`, `$.GetItem`, `item "x"`)
		}
		r.dot = strings.TrimPrefix(kind, "p")
		text := "{{with " + of + "}}" + body()
		return text + otherwise(dot) + "{{end}}"
	case 3, 4:
		defer end()
		kind := pick(r, "strs", "ints", "items", "map")
		of := r.expression(kind)
		if r.whole {
			of = pick(r, operands[kind][0]...)
		}
		elem := map[string]string{"strs": "string", "ints": "int", "items": "item"}[kind]
		head := ""
		switch r.IntN(3) {
		case 0:
			head = r.variable(elem) + " := "
		case 1:
			if of != "3" && of != "$.Seq" && of != "$.Zero" || r.ill > 0 {
				head = r.variable("") + ", " + r.variable(elem) + " := "
			}
		}
		r.dot = elem
		r.loops++
		text := "{{range " + head + of + "}}" + body()
		if !r.whole && r.IntN(3) == 0 {
			text += "{{if " + r.expression("bool") + "}}{{" + pick(r, "break", "continue") + "}}{{end}}" + body()
		}
		r.loops--
		r.vars = r.vars[:mark]
		return text + otherwise(dot) + "{{end}}"
	case 5:
		kind := pick(r, kinds...)
		e := r.expression(kind)
		return "{{" + r.variable(kind) + " := " + e + "}}"
	case 6:
		if len(r.vars) == 0 {
			return "text"
		}
		v := pick(r, r.vars...)
		if r.IntN(4) == 0 || v.kind == "" {
			return "{{" + v.name + " = " + r.expression(pick(r, kinds...)) + "}}{{" + v.name + "}}"
		}
		return "{{" + v.name + " = " + r.expression(v.kind) + "}}{{" + v.name + "}}"
	case 7:
		return pick(r, `{{template "item" `+r.expression("item")+`}}`, `{{template "any" `+r.expression(pick(r, kinds...))+`}}`, `{{template "tree" $.PTree}}`, `<p title="{{template "any" `+r.value()+`}}">`)
	case 8:
		return `<p class="{{if ` + pick(r, "$.Yes", "$.Name") + `}}{{` + r.value() + `}}{{end}}{{range $.Strs}} {{.}}{{end}}">`
	}
	text := pick(r, contexts...)
	for strings.Contains(text, "§") {
		text = strings.Replace(text, "§", "{{"+r.value()+"}}", 1)
	}
	return text
}

// variable makes one; its kind is "" if it is not known.
func (r *randomTemplate) variable(kind string) string {
	r.names++
	name := fmt.Sprintf("$v%d", r.names)
	r.vars = append(r.vars, randomVar{name, kind})
	return name
}
