package escape_test

import (
	"html/template"
	"testing"

	"github.com/jargo-dev/jargo/engine/escape"
)

// The tags are taken out well enough; html/template reads them more closely.
func TestHTMLInAttribute(t *testing.T) {
	for s, want := range map[string]string{
		"":                              "",
		"a &amp; b":                     "a &amp; b",
		"<b title='1>2'>x</b> \"y\"":    "x &#34;y&#34;",
		"1 < 2 <":                       "1 &lt; 2 &lt;",
		"a<!-- <b> -->b<!DOCTYPE html>": "ab",
		"a<!-- b":                       "a",
		"a<b":                           "a",
	} {
		if got := escape.AttrAny(template.HTML(s)); got != want {
			t.Errorf("AttrAny of HTML %q: got %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{
		"":           "ZgotmplZ",
		"<br>":       "",
		"<b>a b</b>": "a&#32;b",
	} {
		if got := escape.NospaceAny(template.HTML(s)); got != want {
			t.Errorf("NospaceAny of HTML %q: got %q, want %q", s, got, want)
		}
	}
}
