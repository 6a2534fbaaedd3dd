package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/vercel"
)

// TestRoutedBy asks for paths that vercel.json leads somewhere, and for others.
func TestRoutedBy(t *testing.T) {
	for _, tt := range []struct {
		config   string
		yes, not []string
	}{
		{`{}`, nil, []string{"/", "/a"}},
		{`{"cleanUrls": true, "trailingSlash": true, "headers": [{"source": "/(.*)", "headers": [{"key": "X-A", "value": "b"}]}]}`,
			nil, []string{"/a", "/a/", "/a.html", "/a/index"}},
		{`{"redirects": [{"source": "/old/:id", "destination": "/new/:id"}], "rewrites": [{"source": "/api/:path*", "destination": "https://api.example.com/:path*"}]}`,
			[]string{"/old/1", "/OLD/1", "/api", "/api/a/b"}, []string{"/old", "/older/1", "/new/1", "/"}},
		{`{"rewrites": [{"source": "/:path((?!api).*)", "destination": "/app"}]}`, []string{"/whatever"}, nil}, // Go has no look-ahead
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "vercel.json"), []byte(tt.config), 0o644); err != nil {
			t.Fatal(err)
		}
		var diags diag.List
		config, err := vercel.Read(dir, &diags)
		if err != nil || len(diags) > 0 {
			t.Fatalf("%s: %v, %v", tt.config, err, diags)
		}
		routed := routedBy(config)
		for _, path := range tt.yes {
			if !routed(path) {
				t.Errorf("%s: %s is led nowhere", tt.config, path)
			}
		}
		for _, path := range tt.not {
			if routed(path) {
				t.Errorf("%s: %s is led somewhere", tt.config, path)
			}
		}
	}
}
