package escape

import "strings"

const (
	hexLower = "0123456789abcdef"
	hexUpper = "0123456789ABCDEF"
)

// unsafeURL replaces a URL that is not let through.
const unsafeURL = "#" + failsafe

// URL escapes s for a part of a URL, such as a value of its query
// (_html_template_urlescaper).
func URL(s string) string { return percent(s, false) }

// URLAny is URL for any value.
func URLAny(v any) string {
	s, k := text(v)
	return percent(s, k == kindURL)
}

// URLFilter lets s through if it is relative or its scheme is http, https or
// mailto (_html_template_urlfilter).
func URLFilter(s string) string {
	if !isSafeURL(s) {
		return unsafeURL
	}
	return s
}

// URLFilterAny is URLFilter for any value.
func URLFilterAny(v any) string {
	s, k := text(v)
	if k == kindURL {
		return s
	}
	return URLFilter(s)
}

// URLNormalize escapes what cannot stand in a URL and keeps what structures one
// (_html_template_urlnormalizer).
func URLNormalize(s string) string { return percent(s, true) }

// URLNormalizeAny is URLNormalize for any value.
func URLNormalizeAny(v any) string {
	s, _ := text(v)
	return URLNormalize(s)
}

// Srcset filters and normalizes the URLs of a srcset
// (_html_template_srcsetescaper).
func Srcset(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	for {
		source, rest, more := strings.Cut(s, ",")
		addSource(&b, source)
		if !more {
			return b.String()
		}
		b.WriteByte(',')
		s = rest
	}
}

// SrcsetAny is Srcset for any value.
func SrcsetAny(v any) string {
	s, k := text(v)
	switch k {
	case kindSrcset:
		return s
	case kindURL:
		// One URL: a comma would begin another.
		return strings.ReplaceAll(URLNormalize(s), ",", "%2c")
	}
	return Srcset(s)
}

// addSource adds one source of a srcset: spaces, a URL, and what tells of it,
// such as 2x.
func addSource(b *strings.Builder, s string) {
	start := 0
	for start < len(s) && isSpace(s[start]) {
		start++
	}
	end := start
	for end < len(s) && !isSpace(s[end]) {
		end++
	}
	ok := isSafeURL(s[start:end])
	for i := end; ok && i < len(s); i++ {
		ok = isSpace(s[i]) || isAlnum(s[i])
	}
	if !ok {
		b.WriteString(unsafeURL)
		return
	}
	b.WriteString(s[:start])
	b.WriteString(percent(s[start:end], true))
	b.WriteString(s[end:])
}

func isSafeURL(s string) bool {
	scheme, _, ok := strings.Cut(s, ":")
	return !ok || strings.Contains(scheme, "/") || // the colon is of the path
		strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "mailto")
}

// percent encodes the bytes of s that are not unreserved (RFC 3986, 2.3). With
// norm it keeps the reserved ones and what is encoded already. Quotes and
// parentheses are encoded in any case: a URL may stand between them.
func percent(s string, norm bool) string {
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isUnreserved(c) {
			continue
		}
		if norm {
			switch c {
			case '!', '#', '$', '&', '*', '+', ',', '/', ':', ';', '=', '?', '@', '[', ']':
				continue
			case '%':
				if i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
					continue
				}
			}
		}
		if from == 0 {
			b.Grow(len(s) + 16)
		}
		b.WriteString(s[from:i])
		b.WriteByte('%')
		b.WriteByte(hexLower[c>>4])
		b.WriteByte(hexLower[c&15])
		from = i + 1
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// isSpace reports whether c is a space of HTML.
func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func isUnreserved(c byte) bool {
	return isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~'
}
