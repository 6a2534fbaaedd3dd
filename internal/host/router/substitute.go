package router

import "strings"

// lookup gives the value of a name that stands after a dollar sign.
type lookup func(name string) (value string, ok bool)

// substitute replaces $name and $1 in s, where the name is the longest run of
// letters, digits and underscores. A name that is not known becomes "".
func substitute(s string, get lookup) string {
	if !strings.Contains(s, "$") {
		return s
	}
	return expand(s, func(name string) (string, bool) {
		value, _ := get(name)
		return value, true
	})
}

// expand replaces the $name for which get has a value, and leaves the others.
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

// expandEnv replaces $NAME and ${NAME} for the names that are allowed.
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
