package router

import "strings"

// lookup returns the value of a name that follows a dollar sign.
type lookup func(name string) (value string, ok bool)

// substitute replaces $name and $1 in s, where the name is the longest run of letters,
// digits and underscores. An unknown name becomes "".
func substitute(s string, get lookup) string {
	if !strings.Contains(s, "$") {
		return s
	}
	return expand(s, func(name string) (string, bool) {
		value, _ := get(name)
		return value, true
	})
}

// expand replaces each $name that get has a value for, and leaves the others.
func expand(s string, get lookup) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "$")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		n := 0
		for n < len(after) && isWord(after[n]) {
			n++
		}
		value, known := "", false
		if n > 0 {
			value, known = get(after[:n])
		}
		if known {
			b.WriteString(value)
		} else {
			b.WriteString("$" + after[:n])
		}
		s = after[n:]
	}
}

// expandEnv replaces $NAME and ${NAME} for allowed names.
func expandEnv(s string, allowed []string, getenv func(string) string) string {
	for _, name := range allowed {
		s = strings.ReplaceAll(s, "${"+name+"}", getenv(name))
	}
	return expand(s, func(name string) (string, bool) {
		for _, a := range allowed {
			if a == name {
				return getenv(name), true
			}
		}
		return "", false
	})
}

// escape percent-encodes the bytes of s that are invalid in a URL: captures of
// conditions are decoded.
func escape(s string) string {
	plain := 0
	for plain < len(s) && !foreign(s[plain]) {
		plain++
	}
	if plain == len(s) {
		return s
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.WriteString(s[:plain])
	for i := plain; i < len(s); i++ {
		if c := s[i]; foreign(c) {
			b.WriteString("%" + hex[c>>4:c>>4+1] + hex[c&15:c&15+1])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// foreign reports whether a byte must be escaped in a URL.
func foreign(c byte) bool {
	return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>'
}
