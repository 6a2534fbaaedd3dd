package diag

import (
	"errors"
	"fmt"
	"testing"
)

func TestList(t *testing.T) {
	var l List
	l.Add(Pos{"b.go", 2, 1}, "do this\nand that", "second")
	l.Add(Pos{"b.go", 10, 1}, "", "third: %d", 3)
	l.Add(Pos{"a.go", 3, 0}, "", "first,\n\thave (string)\nsaid with \x1b[31mcolour")
	l.Add(Pos{"b.go", 2, 1}, "do this\nand that", "second")
	l.Add(Pos{}, "", "of no place")
	l.Add(Pos{"c\xff\n.go", 1, 2}, "call \x1b[31mit", "a name\xff")
	want := "of no place\n" +
		"a.go:3: first,\n\thave (string)\n    said with \ufffd[31mcolour\n" +
		"b.go:2:1: second\n    do this\n    and that\n" +
		"b.go:10:1: third: 3\n" +
		`"c\xff\n.go":1:2: ` + "a name\ufffd\n    call \ufffd[31mit"
	err := l.Err()
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if err := (List{}).Err(); err != nil {
		t.Errorf("an empty list is the error %v", err)
	}
}

func TestMerge(t *testing.T) {
	var l, other List
	other.Add(Pos{File: "a"}, "", "one")
	if err := l.Merge(fmt.Errorf("wrapped: %w", other.Err())); err != nil || len(l) != 1 {
		t.Errorf("a list merges to %v, %v", l, err)
	}
	plain := errors.New("plain")
	if err := l.Merge(plain); err != plain || len(l) != 1 {
		t.Errorf("another error merges to %v, %v", l, err)
	}
	if err := l.Merge(nil); err != nil || len(l) != 1 {
		t.Errorf("nil merges to %v, %v", l, err)
	}
}
