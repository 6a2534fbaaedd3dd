package links

import (
	"bytes"
	"slices"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tags are those that the tokenizer finds in a document, of elements that keep
// wants.
func tags(document []byte, keep func(atom.Atom) bool) []string {
	var list []string
	tokens := html.NewTokenizer(bytes.NewReader(document))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return list
		case html.StartTagToken, html.SelfClosingTagToken:
			if t := tokens.Token(); keep(t.DataAtom) && len(t.Attr) > 0 {
				list = append(list, t.String())
			}
		}
	}
}

func links(element atom.Atom) bool { return element == atom.Base || attributes[element] != nil }

// FuzzReduce holds reduce to the tokenizer: the tags are the same with and without
// the rest of the document.
func FuzzReduce(f *testing.F) {
	for _, document := range []string{
		`<!DOCTYPE html><p class=x>text <a href="/a">b</a> <em>c</em><img src=d />`,
		`<a title='it"s' href="/x>y"><p title="<a href=/no>"><A HREF=/upper><a =x href=/y><a/href=/z><a href = "/q">`,
		`<!-- <a href=/1> --><a href=/2><!--><a href=/3><!---><a href=/4><!-- --!><a href=/5><!--!><a href=/6>--><a href=/7><!- <a href=/8><!x <a href=/9>`,
		`<script src=/s>"<a href=/1>"</script><a href=/2><style>a</style ><title><a href=/3></TITLE><textarea></textareas><a href=/4></textarea/><a href=/5>`,
		`<script><!-- <script> </script> <a href=/1> --> </script><a href=/2>`,
		`<script/><a href=/1></script><a href=/2>`, `<plaintext><a href=/1>`, `</><a href=/1></ <a href=/2>><a href=/3></a <a href=/4>>`,
		`a < b <3 <<a href=/1> <a<b href=/2> <a href="/3`, `<a href=/1`, `<title>x</title`, `<xmp></xm</xmp><a href=1>`, `<?php <a href=1>`, `<`, `</`, `<a`,
		"<a\x00b href=1><a href=\"\x00\"><noscript><a href=1></noscript><iframe src=/1><a href=/2></iframe>",
	} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		want, got := tags(document, links), tags(reduce(nil, document, links), links)
		if !slices.Equal(got, want) {
			t.Errorf("of %q %q are left: %q, want %q", document, reduce(nil, document, links), got, want)
		}
	})
}
