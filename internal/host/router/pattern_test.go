package router

import (
	"errors"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	tests := []struct {
		src  string
		fold bool
		path string
		want string // captures by number, then name=value; "no" for no match
	}{
		{`^/about$`, false, "/about", "/about"},
		{`^/about$`, false, "/About", "no"},
		{`^/about$`, true, "/About", "/About"},
		{`/about`, false, "/about/x", "no"},
		{`about`, false, "/about", "about"},
		{`404/?`, false, "/404/", "404/"},
		{`.*`, false, "/x", "/x"},
		{`^/a|/b$`, false, "/abc", "/a"},
		{`^/blog/([^/]+?)/?$`, false, "/blog/hi/", "/blog/hi/ hi"},
		{`^/(?<slug>[a-z]+)$`, false, "/hi", "/hi hi slug=hi"},
		{`^/(?P<slug>[a-z]+)$`, false, "/hi", "/hi hi slug=hi"},
		{`^/(?'slug'[a-z]+)$`, false, "/hi", "/hi hi slug=hi"},
		{`^\/a\/(\d+)$`, false, "/a/12", "/a/12 12"},
		{`^/[[:alpha:]]+$`, false, "/abc", "/abc"},
		{`^(?!/api).*$`, false, "/api/x", "no"},
		{`^(?!/api).*$`, false, "/x", "/x"},
		{`^/(?<first>a)(b)(?!c)(?<last>d)$`, false, "/abd", "/abd a b d first=a last=d"},
		{`^/(?!x)(.*)$`, true, "/ABC", "/ABC ABC"},
		{`^/(a)\1$`, false, "/aa", "/aa a"},
		{`^/(?>a+)b$`, false, "/aab", "/aab"},
		{`^/a++b$`, false, "/aab", "/aab"},
		{`^/x(?:/(.*))?$`, false, "/x", "/x "},
		{`^/colou?r$`, false, "/color", "/color"},
		{`^/a{2}$`, false, "/aa", "/aa"},
		{`^/(a|b)/c$`, false, "/b/c", "/b/c b"},
		{`^/file\.txt$`, false, "/fileXtxt", "no"},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			p, err := compileSource(tt.src, tt.fold)
			if err != nil {
				t.Fatal(err)
			}
			caps, ok, err := p.match(tt.path, new(effort))
			if err != nil {
				t.Fatal(err)
			}
			got := "no"
			if ok {
				got = strings.Join(caps.values, " ")
				for i, name := range caps.names {
					if name != "" {
						got += " " + name + "=" + caps.values[i]
					}
				}
			}
			if got != tt.want {
				t.Errorf("match %q = %q, want %q", tt.path, got, tt.want)
			}
		})
	}
}

// TestDialect has what engines parse differently. A pattern means what it does in PCRE,
// if JavaScript accepts it; the exceptions are marked.
func TestDialect(t *testing.T) {
	for _, tt := range []struct {
		src, subject string
		match        bool
	}{
		{`^a$`, "a\n", false}, // PCRE: true
		{`^a.b$`, "a\rb", true}, {`^a.b$`, "a\nb", false},
		{`^\s$`, "\t", true}, {`^\s$`, "\u00a0", false}, {`^\s$`, "\v", false}, // of \v, both: true
		{`^\h$`, " ", true}, {`^\h$`, "\t", true}, {`^\h$`, "h", false}, {`^[x\h]$`, " ", true}, {`^\H$`, "H", true}, {`^\H$`, " ", false}, {`^\\h$`, `\h`, true},
		{`^[[:alpha:]]$`, "a", true}, {`^[[:alpha:]]$`, ":", false}, {`^[[:^alpha:]]$`, "1", true}, {`^[]a]$`, "]", true}, {`^[^]a]$`, "]", false}, {`^[a&&b]$`, "&", true},
		{`^a{,2}$`, "aa", false}, {`^a{,2}$`, "a{,2}", true}, {`^a{$`, "a{", true}, {`^a{1$`, "a{1", true}, {`^]$`, "]", true}, {`^}$`, "}", true},
		{`^é\b`, "é", false}, {`^\w$`, "é", false}, {`^\d$`, "٣", false}, {`^[\b]$`, "\b", true}, {`^[\w-.]$`, "-", true},
		{`^\a$`, "\a", true}, {`^\e$`, "\x1b", true}, {`^\x41$`, "A", true}, {`^\x{41}$`, "A", true}, {`^\cA$`, "\x01", true}, {`^\012$`, "\n", true}, {`^\0$`, "\x00", true},
		{`^a\Z$`, "a", true}, {`^\Aa\z$`, "a", true}, {`^\Qa.b\E$`, "a.b", true}, {`^\Qa.b\E$`, "axb", false}, {`^/\Qa.b$`, "/a.b$", true},
		{`^a\/b$`, "a/b", true}, {`^a\\/b$`, `a\/b`, true}, {`^[\/]$`, "/", true}, {`^\<\_\-\~$`, "<_-~", true},
		{`^\l$`, "l", true}, {`^\u0041$`, "A", true}, // not in PCRE
		{`^(?'n'a)\k<n>$`, "aa", true}, {`^(?<n>a)\k<n>$`, "aa", true}, {`^(?P<n>a)(?P=n)$`, "aa", true}, {`^(?#no)a$`, "a", true}, {`^(?x) a $`, "a", true},
		{`^(?<!b)a(?<=a)$`, "a", true}, {`^a{1001}$`, strings.Repeat("a", 1001), true}, {`^[(?=a)]+$`, "(?=a)", true}, {`^(?<_ahead>a)(?!b)$`, "a", true},
	} {
		p, err := compile(tt.src, false)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if _, ok, err := p.find(tt.subject, new(effort)); ok != tt.match || err != nil {
			t.Errorf("%s on %q: %v, %v", tt.src, tt.subject, ok, err)
		}
	}
	// A repeated group that last took part in an earlier turn keeps what it held.
	p, err := compile(`^(?:(a)|b)*$`, false)
	if err != nil {
		t.Fatal(err)
	}
	if c, _, _ := p.find("ab", new(effort)); len(c.values) != 2 || c.values[1] != "a" { // JavaScript: ""
		t.Errorf("captures %q", c.values)
	}
}

func TestPatternErrors(t *testing.T) {
	for _, src := range []string{`^/(`, `^/[a$`, `^/*+?{$`} {
		if _, err := compileSource(src, true); err == nil {
			t.Errorf("compileSource(%q) succeeded", src)
		}
	}
}

func TestPatternRunaway(t *testing.T) {
	p, err := compileSource(`^/(a+)+\1$`, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.match("/"+strings.Repeat("a", 40)+"!", new(effort)); !errors.Is(err, errRunaway) {
		t.Errorf("error %v, want errRunaway", err)
	}
}

func TestLiteralPrefix(t *testing.T) {
	tests := []struct {
		src, prefix string
		whole       bool
	}{
		{`^/a/b$`, "/a/b", true},
		{`^/a/b/?$`, "/a/b", false},
		{`^/a\.b$`, "/a.b", true},
		{`^/ab*$`, "/a", false},
		{`^/a(b|c)$`, "/a", false},
		{`^/a|/b$`, "", false},
		{`^/a[|]b$`, "/a", false},
		{`^/a\d$`, "/a", false},
		{`^/a\Q(\E|/b$`, "", false},
	}
	for _, tt := range tests {
		if prefix, whole := translate(tt.src).literalPrefix(); prefix != tt.prefix || whole != tt.whole {
			t.Errorf("literalPrefix(%q) = %q, %v, want %q, %v", tt.src, prefix, whole, tt.prefix, tt.whole)
		}
	}
}

func TestLiteralSuffix(t *testing.T) {
	for src, want := range map[string]string{
		`^/a/b$`: "/a/b", `^/(.*)/end$`: "/end", `^/(.*)\.html$`: ".html", `^/x\d$`: "", `^/x?$`: "", `^/(a|b)$`: "", `^/a|/b$`: "",
		`^/\x2F$`: "", `^/(a)\12$`: "", `^/\\d$`: "", `^/(?i)abc$`: "", `^/.html$`: "html", `^/a{2}$`: "", `^/[ab]c$`: "c", `^/[^](]|b$`: "", `^/[[:alpha:](]|b$`: "", `^/(?#()|b$`: "", `^/\Qab$`: "", `^/(?x)a b$`: "", `^/(.*)\$$`: "$",
	} {
		if got := translate(src).literalSuffix(); got != want {
			t.Errorf("literalSuffix(%q) = %q, want %q", src, got, want)
		}
	}
}
