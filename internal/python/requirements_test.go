package python

import (
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

func TestRequirementLines(t *testing.T) {
	for _, tt := range []struct {
		files  string
		cached bool
	}{
		{"-- requirements.txt --\nmarko\n", true},
		{"-- requirements.txt --\n-c limits.txt\nmarko\n-- limits.txt --\nmarko<3\n", true},
		{"-- requirements.txt --\n./local\n", false},
		{"-- requirements.txt --\n-e .\n", false},
		{"-- requirements.txt --\nlocal @ file:///x\n", false},
		{"-- requirements.txt --\n--requirement=gone.txt\n", false},
		{"-- requirements.txt --\n-clow.txt\r\n-r\thigh.txt\n-- low.txt --\nmarko<3\n-- high.txt --\nmarko>1\n", true},
		{"-- requirements.txt --\n-rmore.txt\n-- more.txt --\n./local\n", false},
		{"-- requirements.txt --\n--pre -r more.txt\n-- more.txt --\n./local\n", false},
		{"-- requirements.txt --\n-r sub/more.txt\n-- sub/more.txt --\n-c limits.txt\n-- sub/limits.txt --\nmarko<3\n", true},
		{"-- requirements.txt --\n--no-index --find-links wheels\n", true},
		{"-- requirements.txt --\n--find-links=wheels\n-fmore\n-f more\n", true},
		{"-- requirements.txt --\n--find-links file:///wheels\n", false},
		{"-- requirements.txt --\n--find-links https://example.org/wheels\n", false},
		{"-- requirements.txt --\n--find-links wheels.html\n", false},
		{"-- requirements.txt --\n--index-url ./index\n", false},
		{"-- requirements.txt --\n-e marko-1.0.tar.gz\n", false},
		{"-- requirements.txt --\n--find-l wheels\n", false},
		{"-- requirements.txt --\nmarko @ ${HERE}\n", false},
		{"-- requirements.txt --\nwheels/marko-1.0.tar.gz\n", true},
		{"-- requirements.txt --\nmarko-1.0-py3-none-any.whl\n", true},
		{"-- requirements.txt --\n-r requirements.txt\nmarko\n", true},
		{"-- requirements.txt --\n-r a.txt\n-- a.txt --\n-r ./b.txt\n-- b.txt --\n-r a.txt\n", true},
		{"-- requirements.txt --\n-i https://example.org/simple\nmarko[extra]>=2 ; python_version > '3'\n", true},
		{"-- requirements.txt --\n\ufeff./local\n", false},
		{"-- requirements.txt --\nmarko \\\n  --hash=sha256:abc\n", true},
	} {
		p := packages{launch: launch{project: project(t, tt.files)}, cached: true}
		if _, err := p.read("requirements.txt", new(diag.List)); err != nil || p.cached != tt.cached {
			t.Errorf("%s: cached %v, %v", tt.files, p.cached, err)
		}
	}
}
