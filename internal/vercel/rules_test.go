package vercel

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestRules has mistakes in rules and all that is said of them.
func TestRules(t *testing.T) {
	const name = "testdata/rules.txtar"
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, said := read(t, string(archive.Files[0].Data))
	want := &archive.Files[1].Data
	got := []byte(said + "\n")
	if *update {
		*want = got
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := diff.Diff("want", *want, "got", got); d != nil {
		t.Errorf("%s", d)
	}
}
