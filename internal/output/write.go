package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// WriteJSON writes v, one of the format's types, to file and makes the
// directories it needs. The bytes depend on v only: keys are sorted, and the
// last line ends in a newline.
func WriteJSON(file string, v any) error {
	var data, out bytes.Buffer
	enc := json.NewEncoder(&data)
	enc.SetEscapeHTML(false) // patterns are read by people
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(file), err)
	}
	sortKeys(data.Bytes())
	if err := json.Indent(&out, data.Bytes(), "", "  "); err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(file), err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// sortKeys sorts the keys of all objects in the value that data begins with, which
// is valid and without spaces, and returns the value's length. There may be many
// thousands, so that it is done in place: those of maps are sorted already.
func sortKeys(data []byte) int {
	switch data[0] {
	case '"':
		return lengthOfString(data)
	case '{', '[':
	default:
		if end := bytes.IndexAny(data, ",]}\n"); end >= 0 {
			return end
		}
		return len(data)
	}
	var members [][]byte // of an object: "key":value
	at := 1
	for data[at] != '}' && data[at] != ']' {
		if data[at] == ',' {
			at++
		}
		start := at
		if data[0] == '{' {
			at += lengthOfString(data[at:]) + len(":")
		}
		at += sortKeys(data[at:])
		if data[0] == '{' {
			members = append(members, data[start:at])
		}
	}
	byKey := func(a, b []byte) int {
		return bytes.Compare(a[:lengthOfString(a)-1], b[:lengthOfString(b)-1])
	}
	if !slices.IsSortedFunc(members, byKey) {
		slices.SortStableFunc(members, byKey)
		copy(data[1:at], bytes.Join(members, []byte(",")))
	}
	return at + 1
}

// lengthOfString is that of the string which data begins with, with its quotes.
func lengthOfString(data []byte) int {
	for i := 1; ; i++ {
		switch data[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
}
