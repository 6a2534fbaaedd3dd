package links

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html/atom"
)

// reduce appends to dst the parts of a document that matter here: the tags of
// elements that keep wants, in their order. Most of a document is text, which the
// tokenizer reads byte by byte; without it a build of many pages does not become
// slower. Where it is not plain what a tag or a comment is, the rest of the
// document is appended as it is: the tokenizer alone knows.
func reduce(dst, document []byte, keep func(element atom.Atom) bool) []byte {
	for {
		start := bytes.IndexByte(document, '<')
		if start < 0 {
			return dst
		}
		document = document[start:]
		end := skip(document)
		if name := tagName(document); name != nil && end > 0 && document[1] != '/' {
			if isRaw(name) {
				dst = append(dst, document[:end]...)
				text := rawEnd(document[end:], name)
				if text < 0 {
					return append(dst, document[end:]...)
				}
				document = document[end+text:]
				end = tagEnd(document)
				dst = append(dst, document[:end]...)
			} else if hasAttributes := end > len("<>")+len(name); hasAttributes && keep(atom.Lookup(name)) {
				dst = append(dst, document[:end]...)
			}
		}
		if end == 0 {
			return append(dst, document...)
		}
		document = document[end:]
	}
}

// skip is the index behind the tag or comment that b begins with, or behind the
// character that begins none; 0 when that is not plain.
func skip(b []byte) int {
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		return commentEnd(b)
	case len(b) == 1:
		return 1
	case b[1] == '!' || b[1] == '?':
		return bytes.IndexByte(b, '>') + 1
	case isLetter(b[1]) || b[1] == '/' && len(b) > 2 && isLetter(b[2]):
		return tagEnd(b)
	case b[1] == '/':
		return 0
	}
	return 1
}

// tagName is the name of the start tag or end tag that b begins with, in lower
// case; nil when it does not begin with one.
func tagName(b []byte) []byte {
	b = bytes.TrimPrefix(b[1:], []byte("/"))
	if len(b) == 0 || !isLetter(b[0]) {
		return nil
	}
	end := 0
	for end < len(b) && !isSpace(b[end]) && b[end] != '/' && b[end] != '>' {
		end++
	}
	name := b[:end]
	if slices.ContainsFunc(name, func(c byte) bool { return 'A' <= c && c <= 'Z' }) {
		name = bytes.ToLower(name)
	}
	return name
}

// tagEnd is the index behind the tag that b begins with, 0 when it does not end.
func tagEnd(b []byte) int {
	i := 1
	for i < len(b) && !isSpace(b[i]) && b[i] != '>' && (b[i] != '/' || i == 1) {
		i++
	}
	for i < len(b) {
		switch {
		case b[i] == '>':
			return i + 1
		case b[i] == '/' || isSpace(b[i]):
			i++
		default:
			i = attributeEnd(b, i)
		}
	}
	return 0
}

// attributeEnd is the index behind the attribute at b[i:].
func attributeEnd(b []byte, i int) int {
	start := i
	for i < len(b) && !isSpace(b[i]) && b[i] != '/' && b[i] != '>' && (b[i] != '=' || i == start) {
		i++
	}
	if i = skipSpace(b, i); i == len(b) || b[i] != '=' {
		return i
	}
	if i = skipSpace(b, i+1); i == len(b) {
		return i
	}
	if quote := b[i]; quote == '"' || quote == '\'' {
		end := bytes.IndexByte(b[i+1:], quote)
		if end < 0 {
			return len(b)
		}
		return i + 1 + end + 1
	}
	for i < len(b) && !isSpace(b[i]) && b[i] != '>' {
		i++
	}
	return i
}

// commentEnd is the index behind the comment that b begins with, 0 when it does
// not end. The dashes that begin it may end it, too.
func commentEnd(b []byte) int {
	for i := len("<!"); ; i++ {
		dashes := bytes.Index(b[i:], []byte("--"))
		if dashes < 0 {
			return 0
		}
		i += dashes
		rest := b[i+2:]
		switch {
		case bytes.HasPrefix(rest, []byte(">")):
			return i + len("-->")
		case bytes.HasPrefix(rest, []byte("!>")) && i >= len("<!--"):
			return i + len("--!>")
		}
	}
}

// isRaw reports whether what an element holds is not read as HTML.
func isRaw(name []byte) bool {
	switch string(name) {
	case "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea", "title", "xmp":
		return true
	}
	return false
}

// rawEnd is the index of the end tag that ends what a raw element holds; -1 when
// there is none, or it takes more to find it.
func rawEnd(b, name []byte) int {
	if string(name) == "plaintext" {
		return -1
	}
	for i := 0; ; i++ {
		next := bytes.IndexByte(b[i:], '<')
		if next < 0 {
			return -1
		}
		i += next
		if string(name) == "script" && bytes.HasPrefix(b[i:], []byte("<!--")) {
			return -1 // an end tag need not end it
		}
		if !bytes.HasPrefix(b[i:], []byte("</")) {
			continue
		}
		if rest := b[i+2:]; len(rest) > len(name) && strings.EqualFold(string(rest[:len(name)]), string(name)) {
			if c := rest[len(name)]; (isSpace(c) || c == '/' || c == '>') && tagEnd(b[i:]) > 0 {
				return i
			}
		}
	}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' }

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}
