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

// TestOnce: the same mistake in many paths is said once.
func TestOnce(t *testing.T) {
	var l List
	at, other := Pos{File: "pages/slug_/page.go", Line: 9, Col: 3}, Pos{File: "pages/other_/page.go", Line: 9, Col: 3}
	style := Pos{File: "pages/a.go", Line: 1, Col: 1}
	for _, path := range []string{"/c", "/b", "/a", "/odd", "/b"} {
		reason := "no file content/" + path[1:] + ".md"
		if path == "/odd" {
			reason = "out of luck"
		}
		l.AddOf(path, at, "write content"+path+".md", "%s: returned the error: %s", reason)
	}
	l.AddOf("/x/1", other, "", "%s sets the status 418")
	l.AddOf("/x/2", other, "", "%s sets the status 418")
	l.AddOf("/x/3", other, "", "%s sets the status 419")
	l.AddOf("/x/css", style, "", "%s has no style.css")
	l.AddOf("/x/html", style, "", "%s has no style.css")
	l.Add(other, "", "/x/2 is something else")
	l.Add(other, "", "/x/3 is something else")
	want := `pages/a.go:1:1: /x/css (and 1 more path) has no style.css
pages/other_/page.go:9:3: /x/1 (and 1 more path) sets the status 418
pages/other_/page.go:9:3: /x/2 is something else
pages/other_/page.go:9:3: /x/3 is something else
pages/other_/page.go:9:3: /x/3 sets the status 419
pages/slug_/page.go:9:3: /a (and 2 more paths): returned the error: no file content/a.md
    write content/a.md
pages/slug_/page.go:9:3: /odd: returned the error: out of luck
    write content/odd.md`
	if got := l.Err().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
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
