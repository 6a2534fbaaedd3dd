package escape

import (
	"io"
	"strconv"
	"sync"
)

// size is how many bytes of a page are collected before they are written.
const size = 32 << 10

// longest is the length of the longest of htmlText.
const longest = len("&#34;")

// digits is the room for a number or a bool.
const digits = 20

// Writer collects a page and writes it in large pieces. Once a write has failed,
// what follows is dropped.
type Writer struct {
	out io.Writer
	buf []byte // never longer than size
	err error  // the first of a write
}

var pool sync.Pool // of *Writer

// New returns a Writer to out. It must be closed or aborted, once.
func New(out io.Writer) *Writer {
	w, _ := pool.Get().(*Writer)
	if w == nil {
		w = new(Writer)
	}
	w.out = out
	return w
}

// Close writes what is left and returns the first error of writing. w must not be
// used any more.
func (w *Writer) Close() error {
	w.flush()
	err := w.err
	w.free()
	return err
}

// Abort ends a page that failed: it writes what there is, as html/template has
// written it before an error, too. w must not be used any more.
func (w *Writer) Abort() {
	w.flush()
	w.free()
}

// Err returns the first error of writing.
func (w *Writer) Err() error { return w.err }

// Text adds s as it is.
func (w *Writer) Text(s string) {
	if len(s) <= size-len(w.buf) {
		w.buf = append(w.buf, s...)
		return
	}
	w.long(s)
}

// HTML adds HTML(s).
func (w *Writer) HTML(s string) {
	if len(s) > (size-len(w.buf))/longest {
		w.longHTML(s)
		return
	}
	buf, from := w.buf, 0
	for i := 0; i < len(s); i++ {
		if n := htmlIndex[s[i]]; n != 0 {
			buf = append(buf, s[from:i]...)
			buf = append(buf, htmlText[n]...)
			from = i + 1
		}
	}
	w.buf = append(buf, s[from:]...)
}

// longHTML is HTML for an s that may exceed the buffer.
func (w *Writer) longHTML(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		if n := htmlIndex[s[i]]; n != 0 {
			w.Text(s[from:i])
			w.Text(htmlText[n])
			from = i + 1
		}
	}
	w.Text(s[from:])
}

// Attr adds Attr(s).
func (w *Writer) Attr(s string) { w.HTML(s) }

// Int adds n in decimal.
func (w *Writer) Int(n int64) {
	w.room()
	w.buf = strconv.AppendInt(w.buf, n, 10)
}

// Uint adds n in decimal.
func (w *Writer) Uint(n uint64) {
	w.room()
	w.buf = strconv.AppendUint(w.buf, n, 10)
}

// Bool adds true or false.
func (w *Writer) Bool(b bool) {
	w.room()
	w.buf = strconv.AppendBool(w.buf, b)
}

// long adds an s that exceeds the buffer.
func (w *Writer) long(s string) {
	for {
		n := size - len(w.buf)
		if len(s) <= n {
			w.buf = append(w.buf, s...)
			return
		}
		w.buf = append(w.buf, s[:n]...)
		s = s[n:]
		w.flush()
		if w.err != nil {
			return
		}
	}
}

// room makes room for a number.
func (w *Writer) room() {
	if size-len(w.buf) < digits {
		w.flush()
	}
}

// flush empties the buffer, after an error as well: so it does not grow.
func (w *Writer) flush() {
	if len(w.buf) > 0 && w.err == nil {
		n, err := w.out.Write(w.buf)
		if err == nil && n < len(w.buf) {
			err = io.ErrShortWrite
		}
		w.err = err
	}
	w.buf = w.buf[:0]
}

// free gives w back. A second call for the same page does nothing, unless the
// pool has handed w out again.
func (w *Writer) free() {
	if w.out == nil {
		return
	}
	w.out, w.err = nil, nil
	pool.Put(w)
}
