package browser

import (
	"strings"
	"testing"
)

func TestAllowScript(t *testing.T) {
	for policy, want := range map[string]string{
		"img-src 'self'":                                             "img-src 'self'",
		"default-src 'self'":                                         "default-src 'self'; script-src 'self' HASH",
		"default-src 'none'; img-src *":                              "default-src 'none'; img-src *; script-src HASH; connect-src 'self'",
		"script-src 'self'; connect-src 'none';":                     "script-src 'self' HASH; connect-src 'self'",
		"Script-Src 'NONE'; connect-src *":                           "script-src HASH; connect-src *",
		"script-src 'self' 'unsafe-inline'":                          "script-src 'self' 'unsafe-inline'",
		"script-src 'unsafe-inline' 'nonce-abc'":                     "script-src 'unsafe-inline' 'nonce-abc' HASH",
		"script-src 'unsafe-inline' 'sha256-abc'":                    "script-src 'unsafe-inline' 'sha256-abc' HASH",
		"script-src 'strict-dynamic' 'nonce-abc' 'unsafe-inline'":    "script-src 'strict-dynamic' 'nonce-abc' 'unsafe-inline' HASH",
		"script-src 'self'; script-src-elem https://x.example":       "script-src 'self'; script-src-elem https://x.example HASH",
		"default-src 'self' 'unsafe-inline'":                         "default-src 'self' 'unsafe-inline'",
		"default-src 'self', script-src 'none'":                      "default-src 'self'; script-src 'self' HASH, script-src HASH",
		"connect-src https://api.example; upgrade-insecure-requests": "connect-src https://api.example 'self'; upgrade-insecure-requests",
	} {
		if got := strings.ReplaceAll(allowScript(policy), scriptHash, "HASH"); got != want {
			t.Errorf("%s\n  becomes %s\n  want    %s", policy, got, want)
		}
	}
}
