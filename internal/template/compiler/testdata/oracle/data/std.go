package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"iter"
	"strings"
)

// HTMLTest has the fields that the inputs of html/template's tests use.
type HTMLTest struct {
	F, T       bool
	C, G, H, I string
	A, E       []string
	B, M       json.Marshaler
	N          int
	U          any
	Z          *int
	W          template.HTML
	X, Y       string
}

type badJSON struct{}

func (*badJSON) MarshalJSON() ([]byte, error) { return []byte("{ no: 'JSON' }"), nil }

type goodJSON struct{}

func (*goodJSON) MarshalJSON() ([]byte, error) { return []byte(`{ "<foo>": "O'Reilly" }`), nil }

// NewHTMLTest returns one with values.
func NewHTMLTest() HTMLTest {
	return HTMLTest{
		T: true, C: "<Cincinnati>", G: "<Goodbye>", H: "<Hello>", I: "${ asd `` }", A: []string{"<a>", "<b>"}, E: []string{}, N: 42,
		B: &badJSON{}, M: &goodJSON{}, W: `&iexcl;<b class="foo">Hello</b>, <textarea>O'World</textarea>!`, X: "x", Y: "y",
	}
}

// T has the fields and methods that the inputs of text/template's tests use.
type T struct {
	True                      bool
	I                         int
	U16                       uint16
	X, S                      string
	FloatZero                 float64
	ComplexZero               complex128
	U                         *U
	V0                        V
	V1, V2                    *V
	W0                        W
	W1, W2                    *W
	SI, SICap, SIEmpty        []int
	SB                        []bool
	AI                        [3]int
	PAI                       *[3]int
	MSI, MSIone, MSIEmpty     map[string]int
	MXI                       map[any]int
	MII                       map[int]int
	MI32S                     map[int32]string
	MI64S                     map[int64]string
	MUI32S                    map[uint32]string
	MUI64S                    map[uint64]string
	MI8S                      map[int8]string
	MUI8S                     map[uint8]string
	SMSI                      []map[string]int
	Empty0, Empty1, Empty2    any
	Empty3, Empty4            any
	NonEmptyInterface         I
	NonEmptyInterfacePtS      *I
	NonEmptyInterfaceNil      I
	NonEmptyInterfaceTypedNil I
	Str                       fmt.Stringer
	Err                       error
	PI                        *int
	PS                        *string
	PSI                       *[]int
	NIL                       *int
	BinaryFunc                func(string, string) string
	VariadicFunc              func(...string) string
	VariadicFuncInt           func(int, ...string) string
	NilOKFunc                 func(*int) bool
	ErrFunc                   func() (string, error)
	PanicFunc                 func() string
	TooFewReturnCountFunc     func()
	TooManyReturnCountFunc    func() (string, error, int)
	InvalidReturnTypeFunc     func() (string, bool)
	Tmpl                      *template.Template
	unexported                int
}

// I is an interface with a method.
type I interface{ Method0() string }

// S is a list with a method.
type S []string

func (S) Method0() string { return "M0" }

// U is a struct with a method.
type U struct{ V string }

func (*U) TrueFalse(b bool) string {
	if b {
		return "true"
	}
	return ""
}

// V has a method String of the pointer.
type V struct{ j int }

func (v *V) String() string {
	if v == nil {
		return "nilV"
	}
	return fmt.Sprintf("<%d>", v.j)
}

// W has a method Error of the pointer.
type W struct{ k int }

func (w *W) Error() string {
	if w == nil {
		return "nilW"
	}
	return fmt.Sprintf("[%d]", w.k)
}

func (t *T) Method0() string                   { return "M0" }
func (t *T) Method1(a int) int                 { return a }
func (t *T) Method2(a uint16, b string) string { return fmt.Sprintf("Method2: %d %s", a, b) }
func (t *T) Method3(v any) string              { return fmt.Sprintf("Method3: %v", v) }
func (t *T) Copy() *T                          { n := *t; return &n }
func (t *T) GetU() *U                          { return t.U }

func (t *T) MAdd(a int, b []int) []int {
	v := make([]int, len(b))
	for i, x := range b {
		v[i] = x + a
	}
	return v
}

func (t *T) MyError(fail bool) (bool, error) {
	if fail {
		return true, errors.New("my error")
	}
	return false, nil
}

// TVal returns a T with values.
func TVal() *T {
	var list I = S{"a", "b"}
	n, s, ints := 23, "a string", []int{21, 22, 23}
	return &T{
		True: true, I: 17, U16: 16, X: "x", S: "xyz", U: &U{"v"}, V0: V{6666}, V1: &V{7777}, W0: W{888}, W1: &W{999},
		SI: []int{3, 4, 5}, SICap: make([]int, 5, 10), AI: [3]int{3, 4, 5}, PAI: &[3]int{3, 4, 5}, SB: []bool{true, false},
		MSI: map[string]int{"one": 1, "two": 2, "three": 3}, MSIone: map[string]int{"one": 1}, MXI: map[any]int{"one": 1}, MII: map[int]int{1: 1},
		MI32S: map[int32]string{1: "one", 2: "two"}, MI64S: map[int64]string{2: "i642", 3: "i643"},
		MUI32S: map[uint32]string{2: "u322", 3: "u323"}, MUI64S: map[uint64]string{2: "ui642", 3: "ui643"},
		MI8S: map[int8]string{2: "i82", 3: "i83"}, MUI8S: map[uint8]string{2: "u82", 3: "u83"},
		SMSI:   []map[string]int{{"one": 1, "two": 2}, {"eleven": 11, "twelve": 12}},
		Empty1: 3, Empty2: "empty2", Empty3: []int{7, 8}, Empty4: &U{"UinEmpty"},
		NonEmptyInterface: &T{X: "x"}, NonEmptyInterfacePtS: &list, NonEmptyInterfaceTypedNil: (*T)(nil),
		Str: bytes.NewBufferString("foozle"), Err: errors.New("erroozle"), PI: &n, PS: &s, PSI: &ints,
		BinaryFunc:             func(a, b string) string { return fmt.Sprintf("[%s=%s]", a, b) },
		VariadicFunc:           func(s ...string) string { return fmt.Sprint("<", strings.Join(s, "+"), ">") },
		VariadicFuncInt:        func(a int, s ...string) string { return fmt.Sprint(a, "=<", strings.Join(s, "+"), ">") },
		NilOKFunc:              func(s *int) bool { return s == nil },
		ErrFunc:                func() (string, error) { return "bla", nil },
		PanicFunc:              func() string { panic("test panic") },
		TooFewReturnCountFunc:  func() {},
		TooManyReturnCountFunc: func() (string, error, int) { return "", nil, 0 },
		InvalidReturnTypeFunc:  func() (string, bool) { return "", false },
	}
}

// IVal returns a pointer to an interface with a T.
func IVal() *I {
	var i I = TVal()
	return &i
}

// Compared has the fields that text/template's tests compare.
type Compared struct {
	Uthree, Ufour    uint
	NegOne, Three    int
	Ptr, NilPtr      *int
	NonNilMap, Map   map[int]int
	V1, V2           V
	Iface1, NilIface fmt.Stringer
}

// NewCompared returns one with values.
func NewCompared() *Compared {
	return &Compared{Uthree: 3, Ufour: 4, NegOne: -1, Three: 3, Ptr: new(int), NonNilMap: map[int]int{}, Iface1: &strings.Builder{}}
}

// Value1 and Value2 are iterators.
func Value1(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for v := range n {
			if !yield(v) {
				return
			}
		}
	}
}

// Value2 returns an iterator over pairs.
func Value2(n int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for v := range n {
			if !yield(v, v+1) {
				return
			}
		}
	}
}

// StdFuncs are the functions that the inputs of text/template's tests call.
func StdFuncs() template.FuncMap {
	return template.FuncMap{
		"count": Count, "dddArg": DDDArg, "die": Die, "echo": ID, "makemap": Makemap, "mapOfThree": MapOfThree, "oneArg": OneArg,
		"returnInt": ReturnInt, "stringer": Stringer, "twoArgs": TwoArgs, "valueString": ValueString, "vfunc": VFunc, "zeroArgs": ZeroArgs,
	}
}

func Count(n int) chan string {
	if n == 0 {
		return nil
	}
	c := make(chan string, n)
	for i := range n {
		c <- "abcdefghijklmnop"[i : i+1]
	}
	close(c)
	return c
}

func Makemap(arg ...string) map[string]string {
	if len(arg)%2 != 0 {
		panic("bad makemap")
	}
	m := map[string]string{}
	for i := 0; i < len(arg); i += 2 {
		m[arg[i]] = arg[i+1]
	}
	return m
}

func DDDArg(a int, b ...string) string { return fmt.Sprintln(a, b) }
func Die() bool                        { panic("die") }
func MapOfThree() any                  { return map[string]int{"three": 3} }
func OneArg(a string) string           { return "oneArg=" + a }
func ReturnInt() int                   { return 7 }
func Stringer(s fmt.Stringer) string   { return s.String() }
func TwoArgs(a, b string) string       { return "twoArgs=" + a + b }
func ValueString(string) string        { return "value is ignored" }
func VFunc(V, *V) string               { return "vfunc" }
func ZeroArgs() string                 { return "zeroArgs" }
