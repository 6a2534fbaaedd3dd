package python

import (
	"encoding/json"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// FuzzConfig checks that what config returns is either good or reported.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"fresh": {}}`, `{"regenerate": {"every": 5, "query": ["q"]}, "fallback": false}`, `{"regenerate": {"every": 1e300}}`,
		`{"fresh": {"memory": 1.5}}`, `{"fresh": null, "regenerate": true}`, `{"fresh": {"python": "3.12", "regions": [1]}}`, `[]`, `null`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if !json.Valid([]byte(data)) {
			return // json.dumps wrote it
		}
		var diags diag.List
		page := &site.Page{Terms: &terms}
		ok := readConfig(json.RawMessage(data), page, &diags)
		if ok == (len(diags) > 0) {
			t.Errorf("%s: %v with %v", data, ok, diags)
		}
		if ok {
			site.New([]*site.Page{page}, nil, &diags)
		}
	})
}
