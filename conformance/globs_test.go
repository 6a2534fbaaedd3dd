package conformance_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestGlobs asks the vendor which of the rules in vercel.json decides for a
// source: those that internal/vercel is tested with.
func TestGlobs(t *testing.T) {
	needValidator(t)
	data, err := os.ReadFile("../internal/vercel/testdata/globs.txt")
	if err != nil {
		t.Fatal(err)
	}
	type question struct {
		Source string   `json:"source"`
		Globs  []string `json:"globs"`
	}
	var questions []question
	var want []int
	for line := range strings.Lines(string(data)) {
		if words := strings.Fields(line); !strings.HasPrefix(line, "#") {
			questions = append(questions, question{words[0], words[2:]})
			want = append(want, slices.Index(words[2:], words[1]))
		}
	}
	input, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "globs.mjs")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for i, q := range questions {
		if got[i] != want[i] {
			t.Errorf("%s with %q: the vendor takes %d, we %d", q.Source, q.Globs, got[i], want[i])
		}
	}
}
