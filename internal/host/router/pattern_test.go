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
			caps, ok, err := p.match(tt.path)
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

func TestPatternErrors(t *testing.T) {
	for _, src := range []string{`^/(`, `^/[a$`, `^/*+?{$`} {
		if _, err := compileSource(src, true); err == nil {
			t.Errorf("compileSource(%q) succeeded", src)
		}
	}
}

func TestPatternRunaway(t *testing.T) {
	p, err := compileSource(`^(?!x)/(a+)+$`, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.match("/" + strings.Repeat("a", 40) + "!"); !errors.Is(err, errRunaway) {
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
	}
	for _, tt := range tests {
		if prefix, whole := literalPrefix(tt.src); prefix != tt.prefix || whole != tt.whole {
			t.Errorf("literalPrefix(%q) = %q, %v, want %q, %v", tt.src, prefix, whole, tt.prefix, tt.whole)
		}
	}
}

func TestLiteralSuffix(t *testing.T) {
	for src, want := range map[string]string{
		`^/a/b$`: "/a/b", `^/(.*)/end$`: "/end", `^/(.*)\.html$`: ".html", `^/x\d$`: "", `^/x?$`: "", `^/(a|b)$`: "", `^/a|/b$`: "",
		`^/\x2F$`: "", `^/(a)\12$`: "", `^/\\d$`: "", `^/(?i)abc$`: "", `^/.html$`: "html", `^/a{2}$`: "", `^/[ab]c$`: "c", `^/(.*)\$$`: "$",
	} {
		if got := literalSuffix(src); got != want {
			t.Errorf("literalSuffix(%q) = %q, want %q", src, got, want)
		}
	}
}
