package escape_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/engine/escape"
)

// pieces records the sizes of writes and fails from the one after the last.
type pieces struct {
	bytes.Buffer
	sizes []int
	last  int // 0 is never
	short bool
}

var errFull = errors.New("full")

func (p *pieces) Write(b []byte) (int, error) {
	p.sizes = append(p.sizes, len(b))
	if p.last > 0 && len(p.sizes) > p.last {
		if p.short {
			return len(b) - 1, nil
		}
		return 0, errFull
	}
	return p.Buffer.Write(b)
}

func TestWriter(t *testing.T) {
	for _, long := range []int{0, 1, 100, 32<<10 - 25, 32<<10 - 1, 32 << 10, 32<<10 + 1, 200 << 10} {
		var p pieces
		w := escape.New(&p)
		s := strings.Repeat("é<", long/3+1)[:long]
		w.Text(s)
		w.Int(math.MinInt64)
		w.HTML("a<b>&'c'\"+\x00")
		w.Uint(math.MaxUint64)
		w.Text("")
		w.Attr(s)
		w.Bool(true)
		w.HTML(s)
		w.Bool(false)
		if err := w.Err(); err != nil {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		want := s + "-9223372036854775808" + escape.HTML("a<b>&'c'\"+\x00") + "18446744073709551615" + escape.Attr(s) + "true" + escape.HTML(s) + "false"
		if p.String() != want {
			t.Errorf("with %d bytes: wrong page", long)
		}
		for i, n := range p.sizes {
			if n > 32<<10 || n < 32<<10-20 && i < len(p.sizes)-1 {
				t.Errorf("with %d bytes: pieces of %d", long, p.sizes)
				break
			}
		}
	}
}

func TestWriterFails(t *testing.T) {
	for _, short := range []bool{false, true} {
		p := pieces{last: 1, short: short}
		w := escape.New(&p)
		want := errFull
		if short {
			want = io.ErrShortWrite
		}
		for i := 0; i < 100; i++ {
			w.Text(strings.Repeat("x", 10<<10))
			w.HTML(strings.Repeat("<", 50<<10))
			w.Int(1)
		}
		if err := w.Err(); err != want {
			t.Errorf("Err: got %v, want %v", err, want)
		}
		if err := w.Close(); err != want {
			t.Errorf("Close: got %v, want %v", err, want)
		}
		if len(p.sizes) != 2 {
			t.Errorf("%d writes, want no more after the one that failed", len(p.sizes))
		}
	}
	var p pieces
	w := escape.New(&p) // perhaps the same again
	w.Text("x")
	if err := w.Close(); err != nil || p.String() != "x" {
		t.Errorf("the next page: %q, %v", p.String(), err)
	}
}

func TestWriterAbort(t *testing.T) {
	var p pieces
	w := escape.New(&p)
	w.Text("begun")
	w.Abort()
	if p.String() != "begun" {
		t.Errorf("got %q", p.String())
	}
	w = escape.New(&pieces{last: 1, short: true})
	w.Abort()
}

func TestNoAllocation(t *testing.T) {
	var p pieces
	p.Grow(1 << 20)
	s := strings.Repeat("text & more ", 100)
	w := escape.New(&p)
	defer w.Close()
	if n := testing.AllocsPerRun(100, func() {
		w.Text(s)
		w.HTML(s)
		w.Attr(s)
		w.Int(123456)
		p.Reset()
	}); n >= 1 {
		t.Errorf("%v allocations", n)
	}
	plain := "nothing to escape"
	if n := testing.AllocsPerRun(100, func() {
		_ = escape.HTML(plain)
		_ = escape.Attr(plain)
		_ = escape.URLFilter(plain)
		_ = escape.JSStr(plain)
		_ = escape.HTMLAny(plain)
	}); n >= 1 {
		t.Errorf("%v allocations for a string that stays", n)
	}
}

func TestError(t *testing.T) {
	cause := errors.New("cause")
	for _, row := range []struct {
		err  escape.Error
		want string
	}{
		{escape.Error{File: "pages/blog/page.html", Line: 3, Col: 14, Message: "message"}, "pages/blog/page.html:3:14: message"},
		{escape.Error{File: "a.html", Line: 3, Col: 1, Err: cause}, "a.html:3:1: cause"},
		{escape.Error{File: "a.html", Line: 3, Message: "message", Err: cause}, "a.html:3: message: cause"},
		{escape.Error{File: "a.html", Message: "message"}, "a.html: message"},
	} {
		if got := row.err.Error(); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
		if errors.Is(&row.err, cause) != (row.err.Err != nil) {
			t.Errorf("%v does not unwrap", &row.err)
		}
		file, line, col := row.err.Place()
		if file != row.err.File || line != row.err.Line || col != row.err.Col {
			t.Errorf("got %s %d %d", file, line, col)
		}
	}
}

func BenchmarkWriterHTML(b *testing.B) {
	for _, row := range []struct{ name, text string }{
		{"plain", strings.Repeat("the quick brown fox jumps over the lazy dog ", 25)},
		{"some", strings.Repeat("Tom & Jerry's long adventure in a house of 12 rooms ", 20)},
		{"many", strings.Repeat("<b>&</b>", 128)},
	} {
		b.Run(row.name, func(b *testing.B) {
			w := escape.New(io.Discard)
			b.SetBytes(int64(len(row.text)))
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				w.HTML(row.text)
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
