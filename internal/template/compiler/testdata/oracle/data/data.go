// Package data has the data that the templates of the oracle are executed with: a field
// or a method of each kind that templates can meet.
package data

import (
	"errors"
	"fmt"
	"html/template"
	"iter"
	"math"
	"strings"
	"time"
)

type (
	Named     string
	NamedBool bool
	PlainInt  int
	NamedList []string
)

// Kind is a number whose text a method makes.
type Kind int

func (k Kind) String() string { return fmt.Sprintf("<kind %d>", int(k)) }

// Label is a string whose text a method makes.
type Label string

func (l Label) String() string { return "«" + string(l) + "»" }

// Pointed has a method String of the pointer only.
type Pointed struct{ N int }

func (p *Pointed) String() string { return fmt.Sprintf("&pointed %d", p.N) }

// Mixed has a method of the value besides String of the pointer.
type Mixed struct{ N int }

func (m Mixed) Twice() int      { return 2 * m.N }
func (m *Mixed) String() string { return fmt.Sprintf("&mixed %d", m.N) }

// PointedInt has a method String of the pointer only.
type PointedInt int

func (p *PointedInt) String() string { return fmt.Sprintf("&int %d", int(*p)) }

// Counter changes.
type Counter struct{ N int }

func (c *Counter) Inc() int { c.N++; return c.N }
func (c Counter) Get() int  { return c.N }

// Failure is an error.
type Failure struct{ Code int }

func (f Failure) Error() string { return fmt.Sprintf("failure <%d>", f.Code) }

// Item is a struct with little.
type Item struct {
	Name  string
	Price float64
	N     int
	Tags  []string
	Next  *Item
	Any   any
}

func (i Item) Upper() string             { return strings.ToUpper(i.Name) }
func (i Item) Join(sep string) string    { return strings.Join(i.Tags, sep) }
func (i *Item) Pointer() string          { return "*" + i.Name }
func (i *Item) IsNil() bool              { return i == nil }
func (i Item) With(n int) Item           { i.N = n; return i }
func (i Item) Check() (string, error)    { return i.Name, nil }
func (i *Item) Self() *Item              { return i }
func (i Item) Less(other Item) bool      { return i.N < other.N }
func (i *Item) Same(other *Item) bool    { return i == other }
func (i Item) Format(f string) string    { return fmt.Sprintf(f, i.Name) }
func (i Item) Add(a, b int) (int, error) { return a + b + i.N, nil }

// Doer is an interface with a method.
type Doer interface{ Do(string) string }

type doer struct{ Prefix string }

func (d doer) Do(s string) string   { return d.Prefix + s }
func (d doer) Extra() string        { return "extra" }
func (d *doer) PointerOnly() string { return "pointer only" }

type hidden struct {
	Name string
	none int
}

func (h hidden) Method() string { return "hidden " + h.Name }

// Base is embedded.
type Base struct {
	BaseName string
	Shadow   string
}

func (b Base) BaseMethod() string     { return "base " + b.BaseName }
func (b *Base) BasePointer() string   { return "*base " + b.BaseName }
func (b Base) Arg(n int) (int, error) { return n + len(b.BaseName), nil }

// Side is embedded as a pointer.
type Side struct {
	SideName string
	Deep     *Side
	Room     Mixed
}

func (s *Side) SideMethod() string { return "side " + s.SideName }

// Lost is embedded as a nil pointer.
type Lost struct{ LostName string }

// Tree is recursive.
type Tree struct {
	Label    string
	Children []*Tree
	Kids     map[string]Tree
}

// Branch holds others, which have addresses where the first has none.
type Branch struct {
	Label string
	At    time.Time
	Pair  [2]Pointed
	Twigs []Branch
}

// Loud is a method of the pointer.
func (b *Branch) Loud() string { return b.Label + "!" }

// Generic is a generic type.
type Generic[T any] struct{ Value T }

func (g Generic[T]) Get() T { return g.Value }

// JSON makes its own JSON.
type JSON struct{ S string }

func (j JSON) MarshalJSON() ([]byte, error) {
	return []byte(`{"<json>":"` + j.S + `"}`), nil
}

// Page has fields of all kinds.
type Page struct {
	Base
	*Side
	*Lost
	Name, Empty, Evil, Link, Bad string
	Shadow                       string
	Title                        Named
	Label                        Label
	Int, Zero, Neg               int
	I8                           int8
	I64                          int64
	U, UZero                     uint
	U8                           uint8
	U64                          uint64
	F, FZero, NaN, NegZero       float64
	F32                          float32
	C                            complex128
	Yes, No                      bool
	Flag                         NamedBool
	Kind                         Kind
	Plain                        PlainInt
	PInt                         PointedInt
	Rune                         rune
	Bytes                        []byte
	Ptr, Nil                     *Item
	PP                           **Item
	PS, NilS                     *string
	PI                           *int
	Item                         Item
	Items, NoItems               []Item
	Ptrs                         []*Item
	Strs                         []string
	NamedList                    NamedList
	Ints                         []int
	Bools                        []bool
	Arr                          [3]int
	ArrItems                     [2]Item
	PArr, NilArr                 *[3]int
	PList                        *[]string
	Nested                       [][]int
	Anys                         []any
	Map, NilMap                  map[string]string
	MapInt                       map[string]int
	MapItem                      map[string]Item
	MapPtr                       map[string]*Item
	MapAny                       map[string]any
	MapMap                       map[string]map[string]int
	MapArr                       map[string][2]int
	MapList                      map[string][]string
	MapErr                       map[string]error
	PMap                         *map[string]string
	ByInt                        map[int]string
	ByI8                         map[int8]string
	ByU                          map[uint]string
	ByNamed                      map[Named]int
	ByBool                       map[bool]string
	ByFloat                      map[float64]string
	ByAny                        map[any]string
	Any, AnyNil, AnyInt, AnyList any
	AnyItem, AnyMap, AnyHTML     any
	Err, NilErr                  error
	Str, NilStr                  fmt.Stringer
	Doer, NilDoer                Doer
	PtrDoer                      Doer
	HTML                         template.HTML
	CSS                          template.CSS
	JS                           template.JS
	JSStr                        template.JSStr
	URL                          template.URL
	Attr                         template.HTMLAttr
	Srcset                       template.Srcset
	PHTML                        *template.HTML
	Time                         time.Time
	Dur                          time.Duration
	Tree                         Tree
	Branch                       Branch
	PTree                        *Tree
	Hidden                       hidden
	PHidden                      *hidden
	Anon                         struct{ X, Y int }
	Pointed                      Pointed
	PPointed                     *Pointed
	Mixed                        Mixed
	Counter                      Counter
	Failure                      Failure
	Gen                          Generic[string]
	GenItem                      Generic[Item]
	JSON                         JSON
	Func                         func(string) string
	FuncErr                      func(bool) (int, error)
	FuncVar                      func(int, ...string) string
	FuncAny                      func(any) string
	FuncI8                       func(int8) int8
	NilFunc                      func(string) string
	Void                         func()
	Seq                          iter.Seq[int]
	EmptySeq                     iter.Seq[string]
	Seq2                         iter.Seq2[string, Item]
	Chan                         chan int
	NilChan                      chan int
	SendOnly                     chan<- int
	private                      string
}

func (p Page) Hello() string            { return "hello <" + p.Name + ">" }
func (p Page) Greet(name string) string { return "hi " + name }
func (p Page) Sum(n ...int) (sum int) {
	for _, x := range n {
		sum += x
	}
	return sum
}
func (p *Page) Pointer() string      { return "pointer " + p.Name }
func (p Page) Fail() (string, error) { return "x", Failure{7} }
func (p Page) FailIf(b bool) (string, error) {
	if b {
		return "", errors.New("it fails")
	}
	return "fine", nil
}
func (p Page) Ok() (int, error)           { return 42, nil }
func (p Page) Panic() string              { panic("on purpose") }
func (p Page) PanicErr() (int, error)     { panic(errors.New("on purpose")) }
func (p Page) Two(a string, b int) string { return fmt.Sprintf("%s=%d", a, b) }
func (p Page) TakeItem(i Item) string     { return "item " + i.Name }
func (p Page) TakePtr(i *Item) string {
	if i == nil {
		return "no item"
	}
	return "*item " + i.Name
}
func (p Page) TakeAny(v any) string                  { return fmt.Sprintf("%T %v", v, v == nil) }
func (p Page) TakeAnys(v ...any) int                 { return len(v) }
func (p Page) TakeU8(n uint8) uint8                  { return n + 1 }
func (p Page) TakeI8(n int8) int8                    { return n }
func (p Page) TakeF32(f float32) float32             { return f }
func (p Page) TakeF(f float64) float64               { return f / 2 }
func (p Page) TakeC(c complex128) complex128         { return c }
func (p Page) TakeBool(b NamedBool) NamedBool        { return !b }
func (p Page) TakeNamed(n Named) Named               { return n + "!" }
func (p Page) TakeList(l []string) int               { return len(l) }
func (p Page) TakeMap(m map[string]string) int       { return len(m) }
func (p Page) TakeErr(err error) string              { return fmt.Sprint(err) }
func (p Page) TakeStringer(s fmt.Stringer) string    { return fmt.Sprint(s) }
func (p Page) NilItem() *Item                        { return nil }
func (p Page) GetItem() Item                         { return p.Item }
func (p Page) GetPtr() *Item                         { return p.Ptr }
func (p Page) GetAny() any                           { return p.Name }
func (p Page) GetArr() [3]int                        { return p.Arr }
func (p Page) GetErr() error                         { return p.Err }
func (p Page) GetMap() map[string]int                { return p.MapInt }
func (p Page) GetFunc() func(int) int                { return func(n int) int { return n + 1 } }
func (p Page) GetHidden() hidden                     { return p.Hidden }
func (p Page) Nothing()                              {}
func (p Page) Pair() (int, string)                   { return 1, "" }
func (p Page) Three() (int, int, error)              { return 1, 2, nil }
func (p Page) Var(sep string, list ...string) string { return strings.Join(list, sep) }

// New returns a page all of whose fields have values.
func New() *Page {
	name := "pointed <string>"
	number := 23
	list := []string{"p", "q"}
	aMap := map[string]string{"k": "<v>"}
	item := &Item{Name: "ptr", Price: 2.5, N: 3, Tags: []string{"a", "<b>"}, Next: &Item{Name: "next", N: 4}}
	html := template.HTML("<i>pointed</i>")
	ch := make(chan int, 3)
	ch <- 1
	ch <- 2
	close(ch)
	tree := Tree{Label: "root", Children: []*Tree{
		{Label: "a<", Children: []*Tree{{Label: "a1"}, {Label: "a2"}}},
		{Label: "b"},
	}, Kids: map[string]Tree{"x": {Label: "kid"}}}
	return &Page{
		Base: Base{"basename", "shadowed"}, Side: &Side{SideName: "side", Deep: &Side{SideName: "deep"}},
		Name: "O'Reilly & <Söhne>", Evil: `</script><a b="c" d='e' f=g+h>` + "`${x}` \u2028\x00\n", Link: "https://example.com/a b?c=d&e=\"f\"", Bad: "javascript:alert(1)",
		Shadow: "outer", Title: "a <named> title", Label: "lab<el",
		Int: 42, Neg: -7, I8: -8, I64: 1 << 40, U: 3, U8: 200, U64: 1 << 63, F: 1.5, NaN: math.NaN(), NegZero: math.Copysign(0, -1), F32: 0.25, C: 1 + 2i,
		Yes: true, Flag: true, Kind: 2, Plain: 5, PInt: 6, Rune: 'ä', Bytes: []byte("by<tes"),
		Ptr: item, PP: &item, PS: &name, PI: &number,
		Item:  Item{Name: "item<1>", Price: 1.25, N: 1, Tags: []string{"x", "y"}, Any: 3},
		Items: []Item{{Name: "one", N: 1}, {Name: "two<", N: 2, Tags: []string{"t"}}, {Name: "three", N: 3}},
		Ptrs:  []*Item{{Name: "p1", N: 1}, nil, {Name: "p3"}},
		Strs:  []string{"s1", "<s2>", ""}, NamedList: NamedList{"n1", "n2"}, Ints: []int{3, 0, -2}, Bools: []bool{true, false}, Arr: [3]int{7, 8, 9}, ArrItems: [2]Item{{Name: "arr0"}, {Name: "arr1"}},
		PArr: &[3]int{4, 5, 6}, PList: &list, Nested: [][]int{{1, 2}, {}, {3}}, Anys: []any{1, "two", nil, 2.5, item},
		Map: map[string]string{"k": "v<", "b": "bee", "empty": ""}, MapInt: map[string]int{"one": 1, "two": 2, "zero": 0},
		MapItem: map[string]Item{"i": {Name: "in map", N: 5}}, MapPtr: map[string]*Item{"p": {Name: "ptr in map"}, "nil": nil},
		MapAny: map[string]any{"s": "str<", "n": 5, "nil": nil, "item": item, "html": template.HTML("<b>")},
		MapMap: map[string]map[string]int{"a": {"b": 1}}, MapArr: map[string][2]int{"a": {1, 2}}, MapList: map[string][]string{"l": {"x", "y"}}, MapErr: map[string]error{"e": Failure{1}, "nil": nil},
		PMap: &aMap, ByInt: map[int]string{1: "one", -2: "minus two", 10: "ten"}, ByI8: map[int8]string{44: "300 wraps", 5: "five"}, ByU: map[uint]string{1: "u"}, ByNamed: map[Named]int{"k": 1, "j": 2},
		ByBool: map[bool]string{true: "t", false: "f"}, ByFloat: map[float64]string{1.5: "x", -1: "y"}, ByAny: map[any]string{"s": "string", 1: "int"},
		Any: "any<", AnyInt: 5, AnyList: []int{1, 2}, AnyItem: item, AnyMap: map[string]int{"k": 1}, AnyHTML: template.HTML("<em>any</em>"),
		Err: Failure{3}, Str: Kind(4), Doer: doer{"do "}, PtrDoer: &doer{"*do "},
		HTML: "<b class=\"x\">bold</b> &amp; <textarea>", CSS: "color: red", JS: "f('x')", JSStr: `a\'b`, URL: "javascript:ok('x,y')", Attr: ` dir="ltr"`, Srcset: "a.png 1x, b.png 2x", PHTML: &html,
		Time: time.Date(2024, 2, 29, 12, 30, 0, 0, time.UTC), Dur: 90 * time.Second,
		Branch: Branch{"b0", time.Unix(1, 0).UTC(), [2]Pointed{{1}, {2}}, []Branch{{Label: "b1", Twigs: []Branch{{Label: "b2"}}}, {Label: "b<3"}}},
		Tree:   tree, PTree: &tree, Hidden: hidden{Name: "hid"}, PHidden: &hidden{Name: "phid"}, Anon: struct{ X, Y int }{1, 2},
		Pointed: Pointed{1}, PPointed: &Pointed{2}, Mixed: Mixed{3}, Failure: Failure{9}, Gen: Generic[string]{"gen<"}, GenItem: Generic[Item]{Item{Name: "g"}}, JSON: JSON{"</script>"},
		Func: func(s string) string { return "f(" + s + ")" },
		FuncErr: func(b bool) (int, error) {
			if b {
				return 0, errors.New("func fails")
			}
			return 8, nil
		},
		FuncVar: func(n int, s ...string) string { return fmt.Sprint(n, s) },
		FuncAny: func(v any) string { return fmt.Sprintf("%T", v) },
		FuncI8:  func(n int8) int8 { return n },
		Void:    func() {},
		Seq: func(yield func(int) bool) {
			for i := range 4 {
				if !yield(i * i) {
					return
				}
			}
		},
		EmptySeq: func(func(string) bool) {},
		Seq2: func(yield func(string, Item) bool) {
			_ = yield("k1", Item{Name: "v1"}) && yield("k2", Item{Name: "v2"})
		},
		Chan: ch, SendOnly: make(chan<- int),
	}
}

// Value returns a page that is no pointer.
func Value() Page { return *New() }

// Bare returns a page most of whose fields are zero.
func Bare() *Page { return &Page{Name: "bare"} }

// Map returns a page's data that is a map.
func Map() map[string]any {
	return map[string]any{"Name": "map<", "List": []int{1, 2}, "Item": Item{Name: "x"}}
}

// Funcs are the functions of templates.
func Funcs() template.FuncMap {
	return template.FuncMap{
		"upper": Upper, "add": Add, "join": Join, "failing": Failing, "panics": Panics, "id": ID, "safe": Safe,
		"dict": Dict, "item": NewItem, "takeItem": TakeItem, "takePtr": TakePtr, "odd": Odd, "seq": Seq, "inc": Inc,
		"typeOf": TypeOf, "nothing": Nothing, "ptr": Ptr,
	}
}

func Upper(s string) string { return strings.ToUpper(s) }
func Add(n ...int) (sum int) {
	for _, x := range n {
		sum += x
	}
	return sum
}
func Join(sep string, list ...any) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(list...)), sep), "[]")
}
func Failing(s string) (string, error) { return s, Failure{1} }
func Panics() string                   { panic("panics") }
func ID(v any) any                     { return v }
func Safe(s string) template.HTML      { return template.HTML(s) }
func Dict(kv ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(kv); i += 2 {
		k, ok := kv[i].(string)
		if !ok {
			return nil, Failure{2}
		}
		m[k] = kv[i+1]
	}
	return m, nil
}
func NewItem(name string) Item { return Item{Name: name, Tags: []string{name}} }
func TakeItem(i Item) string   { return "item " + i.Name }
func TakePtr(i *Item) string {
	if i == nil {
		return "none"
	}
	return "*item " + i.Name
}
func Odd(n int) bool { return n%2 != 0 }
func Seq(n int) []int {
	s := make([]int, max(0, n))
	for i := range s {
		s[i] = i
	}
	return s
}
func Inc(c *Counter) int   { return c.Inc() }
func TypeOf(v any) string  { return fmt.Sprintf("%T", v) }
func Nothing() any         { return nil }
func Ptr(s string) *string { return &s }
