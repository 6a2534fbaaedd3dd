package escape

import (
	"cmp"
	"io"
	"slices"
)

// Write runs the code of a template, which writes to w in large pieces. What it has
// written before it fails is written, too, as of a template that is executed.
func Write(w io.Writer, code func(w *Writer) error) error {
	buffered := New(w)
	if err := code(buffered); err != nil {
		buffered.Abort()
		return err
	}
	return buffered.Close()
}

// Keys are the keys of a map in the order in which templates range over it.
func Keys[M ~map[K]V, K cmp.Ordered, V any](m M) []K {
	keys := make([]K, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// CompareInt compares two integers: it is negative if a is less than b, 0 if they are
// equal and positive if a is greater.
func CompareInt(a int64, b uint64) int {
	switch {
	case a < 0 || uint64(a) < b:
		return -1
	case uint64(a) > b:
		return 1
	}
	return 0
}
