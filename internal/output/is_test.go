package output

import (
	"os"
	"path/filepath"
	"testing"
)

func TestIs(t *testing.T) {
	const config = `{"version":3}`
	for _, tt := range []struct {
		config, name string // what is in config.json, and another file
		want         bool
	}{
		{config, "static/index.html", true},
		{config, "functions/index.func/.vc-config.json", true},
		{config, "static", false}, // a file
		{config, "notes.txt", false},
		{`{"version":2}`, "static/index.html", false},
		{`{"version":`, "static/index.html", false},
		{"", "static/index.html", false},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, filepath.FromSlash(tt.name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{file: "", filepath.Join(dir, ConfigFile): tt.config} {
			if text == "" && filepath.Base(name) == ConfigFile {
				continue
			}
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := Is(dir); got != tt.want {
			t.Errorf("%q beside %s: %v, want %v", tt.config, tt.name, got, tt.want)
		}
	}
	if Is(filepath.Join(t.TempDir(), "none")) {
		t.Error("what is not there is an output")
	}
}
