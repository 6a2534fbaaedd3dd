package golang

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// printed is what go build -n prints, shortened, of a package and the program.
const printed = `mkdir -p $WORK/b002/

#
# example.com/site/a b
#

mkdir -p $WORK/b002/
cat >$WORK/b002/importcfg << 'EOF' # internal
# import config
packagefile embed=$WORK/b003/_pkg_.a
EOF
cat >$WORK/b002/embedcfg << 'EOF' # internal
{
	"Patterns": {"*.txt": ["a.txt"]},
	"Files": {"a.txt": "/work/a b/a.txt"}
}EOF
cd /work
/go/tool/compile -o $WORK/b002/_pkg_.a -trimpath "/work/a b=>example.com/site/a b;$WORK/b002=>" -p "example.com/site/a b" -lang=go1.24 -complete -buildid x/x -goversion go1.26.8 -c=2 -l -nolocalimports -importcfg $WORK/b002/importcfg -embedcfg $WORK/b002/embedcfg -pack "./a b/a.go"
go tool buildid -w $WORK/b002/_pkg_.a # internal
cat >$WORK/b001/importcfg.link << 'EOF' # internal
packagefile example.com/site/a b=$WORK/b002/_pkg_.a
modinfo "x"
EOF
GOROOT='' /go/tool/link -o $WORK/b001/exe/a.out -importcfg $WORK/b001/importcfg.link -buildmode=exe -buildid=x -s -w -X=runtime.godebugDefault=x=1 -extld=gcc $WORK/b001/_pkg_.a
`

// TestScript has what the Go tool prints, and what is known then of a package and
// of the link.
func TestScript(t *testing.T) {
	s := parseScript(printed)
	link, own, _, err := newCommand(s.link, linkFlags)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields("-buildmode=exe -buildid=x -s -w -X=runtime.godebugDefault=x=1 -extld=gcc")
	if link.Program != "/go/tool/link" || !slices.Equal(link.Flags, want) {
		t.Errorf("the link is %q", link)
	}
	archives, config := s.imports(own["-importcfg"])
	if !maps.Equal(archives, map[string]string{"example.com/site/a b": "$WORK/b002/_pkg_.a"}) || !slices.Equal(config, []string{`modinfo "x"`, ""}) {
		t.Errorf("the linker gets %q and %q", archives, config)
	}
	c, err := s.compilation("$WORK/b002/_pkg_.a", &listed{ImportPath: "example.com/site/a b", Dir: "/work/a b", GoFiles: []string{"a.go"}})
	if err != nil {
		t.Fatal(err)
	}
	want = []string{"-p", "example.com/site/a b", "-lang=go1.24", "-complete", "-buildid", "x/x", "-goversion", "go1.26.8", "-c=2", "-l", "-nolocalimports", "-pack"}
	if !slices.Equal(c.Flags, want) || c.Root != "example.com/site/a b" || !slices.Equal(c.Imports, []string{"embed"}) {
		t.Errorf("the package is compiled by %+v", c)
	}
	if c.Embed == nil || c.Embed.Files["a.txt"] != "/work/a b/a.txt" {
		t.Errorf("it embeds %+v", c.Embed)
	}
}

// TestScriptUnusual has command lines of which something is not known: none of them
// is taken for one that is.
func TestScriptUnusual(t *testing.T) {
	for _, tt := range []struct{ old, new string }{
		{"-complete ", ""},
		{"-complete", "-complete -race"},
		{"-complete", "-complete -symabis $WORK/b002/symabis"},
		{"-complete", "-complete -pgoprofile=x"},
		{"/go/tool/compile", "/go/tool/wrapper /go/tool/compile"},
		{"/go/tool/compile", "A=1 /go/tool/compile"},
		{`"./a b/a.go"`, `"./a b/a.go" b.go`},
		{`"/work/a b=>`, `"/other=>`},
		{`=>example.com/site/a b;$WORK`, `=>;$WORK`},
		{`-pack "./a b/a.go"`, `-pack "./a b/a.go`},
		{`{"*.txt"`, `"*.txt"`},
	} {
		if !strings.Contains(printed, tt.old) {
			t.Fatalf("there is no %q", tt.old)
		}
		s := parseScript(strings.Replace(printed, tt.old, tt.new, 1))
		_, err := s.compilation("$WORK/b002/_pkg_.a", &listed{ImportPath: "example.com/site/a b", Dir: "/work/a b", GoFiles: []string{"a.go"}})
		if !errors.Is(err, errUnusual) {
			t.Errorf("with %q: %v", tt.new, err)
		}
	}
	for _, link := range []string{"", "GOROOT='' /go/tool/wrapper /go/tool/link", "GOROOT=/go /go/tool/link", "GOROOT='' /go/tool/link -linkmode=external"} {
		s := parseScript(strings.Replace(printed, "GOROOT='' /go/tool/link", link, 1))
		if _, _, _, err := newCommand(s.link, linkFlags); !errors.Is(err, errUnusual) {
			t.Errorf("with %q: %v", link, err)
		}
	}
}
