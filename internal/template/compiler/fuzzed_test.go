package compiler

// fuzzed is data of templates. This file imports nothing: its types are found by the type
// checker alone.
type fuzzed struct {
	S    string
	I    int
	B    bool
	L    []fuzzedItem
	P    *fuzzedItem
	M    map[string]int
	Fail fuzzedFail
}

type fuzzedItem struct {
	Name string
	N    uint
}

func (i fuzzedItem) Upper() string      { return i.Name + "!" }
func (i *fuzzedItem) Add(n int) int     { return int(i.N) + n }
func (i fuzzedItem) Join(s ...any) bool { return len(s) > 0 }

type fuzzedFail struct{}

func (f fuzzedFail) Now() (string, error) { return "", f }
func (fuzzedFail) Error() string          { return "now" }
