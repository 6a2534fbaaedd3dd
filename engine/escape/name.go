package escape

import "strings"

// HTMLName lets s through, in lower case, if it may be the name of an element or
// an attribute: of ASCII letters and digits, and none that has a say in how the
// page is read or run (_html_template_htmlnamefilter).
func HTMLName(s string) string {
	// Lower case first: that of U+212A is an ASCII letter.
	s = strings.ToLower(s)
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || '9' < c) && (c < 'a' || 'z' < c) {
			return failsafe
		}
	}
	if s == "" || !isPlainName(s) {
		return failsafe
	}
	return s
}

// HTMLNameAny is HTMLName for any value.
func HTMLNameAny(v any) string {
	s, k := text(v)
	if k == kindHTMLAttr {
		return s
	}
	return HTMLName(s)
}

// isPlainName reports whether the value of an attribute of this name, lower-case
// letters and digits, is mere text.
func isPlainName(name string) bool {
	switch name {
	case "action", "archive", "async", "background", "challenge", "charset", "cite",
		"classid", "codebase", "content", "crossorigin", "data", "defer", "enctype",
		"form", "formaction", "formenctype", "formmethod", "formnovalidate", "href", "icon",
		"keytype", "language", "longdesc", "manifest", "method", "novalidate",
		"pattern", "poster", "profile", "rel", "sandbox", "style", "type", "usemap",
		"value", "xmlns":
		return false
	case "srclang":
		return true
	}
	return !strings.HasPrefix(name, "on") && // a script
		!strings.Contains(name, "src") && !strings.Contains(name, "uri") && !strings.Contains(name, "url")
}
