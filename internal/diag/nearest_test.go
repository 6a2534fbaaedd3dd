package diag

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"every", "query", "max_duration", "memory", "regions", "python"}
	for word, want := range map[string]string{
		"evry": "every", "Every": "every", "every_": "every", "mem": "memory", "maxDuration": "max_duration",
		"max-duration": "max_duration", "querry": "query", "colour": "", "x": "", "": "",
	} {
		if got := Nearest(word, words); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
