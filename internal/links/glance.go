package links

import (
	"bytes"
	"slices"
	"strings"
)

// attributeNames are those of attributes, by their last letters.
var attributeNames = func() map[byte][]string {
	byLast := map[byte][]string{}
	for _, names := range attributes {
		for _, name := range names {
			if last := name[len(name)-1]; !slices.Contains(byLast[last], name) {
				byLast[last] = append(byLast[last], name)
			}
		}
	}
	return byLast
}()

// glance checks all that looks like an attribute with URLs, of whatever element,
// and also in text and comments. It reports whether nothing else in the document
// can be a link: what it finds missing may be none, but it misses none.
func (s *scan) glance(document []byte) bool {
	if mayHaveBase(document) {
		return false
	}
	for rest := document; ; {
		equals := bytes.IndexByte(rest, '=')
		if equals < 0 {
			return true
		}
		name := attributeName(rest[:equals])
		rest = rest[equals+1:]
		if name == "" {
			continue
		}
		value, ok := attributeValue(rest)
		if !ok || mayBeEscaped(name, value) {
			return false
		}
		s.attribute(name, value)
		if len(s.found.Missing) > 0 {
			return true
		}
	}
}

// mayHaveBase reports whether there may be an element that relative URLs depend on.
func mayHaveBase(document []byte) bool {
	start := []byte("<base")
	for rest := document; ; rest = rest[1:] {
		i := bytes.IndexByte(rest, '<')
		if i < 0 || len(rest)-i < len(start) {
			return false
		}
		if rest = rest[i:]; rest[1]|0x20 == 'b' && bytes.EqualFold(rest[:len(start)], start) {
			return true
		}
	}
}

// attributeName is the name of an attribute with URLs that b ends with, "" if it
// ends with none.
func attributeName(b []byte) string {
	b = bytes.TrimRight(b, space)
	if len(b) == 0 {
		return ""
	}
	for _, name := range attributeNames[b[len(b)-1]|0x20] {
		before := len(b) - len(name)
		if before > 0 && strings.EqualFold(string(b[before:]), name) && !inName(b[before-1]) {
			return name
		}
	}
	return ""
}

// inName reports whether c can only be part of a longer name.
func inName(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == ':'
}

// attributeValue is the value that b begins with. It is not ok if it does not end.
func attributeValue(b []byte) (value []byte, ok bool) {
	b = bytes.TrimLeft(b, space)
	if len(b) == 0 {
		return nil, true
	}
	var end int
	if b[0] == '"' || b[0] == '\'' {
		quote := b[0]
		b = b[1:]
		end = bytes.IndexByte(b, quote)
	} else {
		end = bytes.IndexAny(b, space+">")
	}
	if end < 0 {
		return nil, false
	}
	return b[:end], true
}

// mayBeEscaped reports whether a value has characters that count and may be written
// as entities: behind a question mark none do.
func mayBeEscaped(name string, value []byte) bool {
	if !isList(name) {
		value, _, _ = bytes.Cut(value, []byte("?"))
	}
	return bytes.IndexByte(value, '&') >= 0
}
