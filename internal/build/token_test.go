package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// TestBypassToken is about where a token comes from, and which are refused.
func TestBypassToken(t *testing.T) {
	const good = "0123456789abcdef0123456789abcdef"
	for _, tt := range []struct{ value, want, mistake string }{
		{good, good, ""},
		{strings.Repeat("~", 400), strings.Repeat("~", 400), ""},
		{good[1:], "", "JARGO_BYPASS_TOKEN: the bypass token is shorter than 32 characters"},
		{good + " ", "", "JARGO_BYPASS_TOKEN: the bypass token has a character that a cookie cannot have"},
		{good + ";", "", "JARGO_BYPASS_TOKEN: the bypass token has a character that a cookie cannot have"},
		{good + "é", "", "JARGO_BYPASS_TOKEN: the bypass token has a character that a cookie cannot have"},
	} {
		t.Setenv("JARGO_BYPASS_TOKEN", tt.value)
		var diags diag.List
		page := &site.Page{}
		page.Kind = site.Regenerated
		got, err := (&loaded{site: &site.Site{Pages: []*site.Page{page}}}).bypassToken(&diags)
		message, _, _ := strings.Cut(diags.Error(), "\n")
		if err != nil || got != tt.want || message != tt.mistake {
			t.Errorf("%q: got %q, %v and %q, want %q and %q", tt.value, got, err, message, tt.want, tt.mistake)
		}
		if strings.Contains(diags.Error(), good[1:]) {
			t.Errorf("the message has the token: %s", diags.Error())
		}
	}
}

// TestKeptToken makes a token once for each project, and only for a site that has
// pages to bypass the cache of.
func TestKeptToken(t *testing.T) {
	t.Setenv("JARGO_BYPASS_TOKEN", "")
	token := func(dir string, kind site.Kind) string {
		l := &loaded{site: &site.Site{Pages: []*site.Page{{}}}, cache: &cache{dir: dir}}
		l.site.Pages[0].Kind = kind
		got, err := l.bypassToken(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	one, two := t.TempDir(), t.TempDir()
	if got := token(one, site.Fresh); got != "" {
		t.Errorf("without a regenerated page there is a token")
	}
	first := token(one, site.Regenerated)
	if checkToken(first) != "" || first != token(one, site.Regenerated) || first == token(two, site.Regenerated) {
		t.Errorf("the first token is %q, and that of the next build or the other project is wrong", first)
	}
	file := filepath.Join(one, "bypass-token")
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("others may read the token: %v, %v", info, err)
	}
	writeText(t, file, first[:31])
	if got := token(one, site.Regenerated); checkToken(got) != "" {
		t.Errorf("a damaged token is used: %q", got)
	}
}
