package escape

import "strings"

// A table has what each ASCII character is replaced with; "" keeps it.
type table [128]string

// replace replaces the characters of s by t, except keep.
func replace(s string, t *table, keep byte) string {
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 128 || t[c] == "" || c == keep {
			continue
		}
		if from == 0 {
			b.Grow(len(s) + len(s)/8 + 8)
		}
		b.WriteString(s[from:i])
		b.WriteString(t[c])
		from = i + 1
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// keepNone is a keep that no table replaces.
const keepNone = 'a'
