package links

import (
	"net/url"
	"testing"
)

// FuzzGlance holds glance to the tokenizer: a document in which it sees nothing
// missing has no broken link.
func FuzzGlance(f *testing.F) {
	for _, document := range []string{
		`<!DOCTYPE html><p class=x>text <a href="/even">b</a> <em>c</em><img src=d />`,
		`<a title='it"s' href="/x>y"><p title="<a href=/no>"><A HREF=/upper><a =x href=/y><a/href=/z><a href = "/q"><a b="c"href=/r>`,
		`<!-- <a href=/1> --><a href=/2><!--><a href=/3><!- <a href=/8><!x <a href=/9>`,
		`<script src=/s>x.src='/1'</script><a href=/2><style>a</style ><title><a href=/3></TITLE><textarea></textareas><a href=/4></textarea/><a href=/5>`,
		`<base target=x href="https://example.com/"><a href=/1>`, `<BaSe href=/1><a href=2>`, `<a href='/1`, `<a href=/1`, `<a href=`, `href=/1`, `=`, `<a href>`,
		`<a href="/a&amp;b"><a href="/a?b&amp;c"><a href="/&#x31;"><img srcset="/a?b 1x, /&#49; 2x"><link imagesrcset=/1>`,
		"<a\x00b href=1><a href=\"\x00\"><noscript><a href=1></noscript><form action=/1><button formaction=/1></form><video poster=/1><object data=/1>",
		"<a data-href=/1 xlink:href=/1 href\n=\n/22>",
	} {
		f.Add("/a/b", document)
	}
	find := func(path string) (string, bool) { return path, len(path)%2 == 1 }
	f.Fuzz(func(t *testing.T, path, document string) {
		base, err := url.Parse(path)
		if err != nil {
			return
		}
		read := (&Checker{Find: find, absolute: map[string]bool{}, seen: map[string]bool{}}).scan(base)
		read.read([]byte(document))
		glance := (&Checker{Find: find, absolute: map[string]bool{}, seen: map[string]bool{}}).scan(base)
		all := glance.glance([]byte(document))
		if all && len(glance.found.Missing) == 0 && len(read.found.Missing) > 0 {
			t.Errorf("in %q %q are missing, which a glance does not see", document, read.found.Missing)
		}
	})
}
