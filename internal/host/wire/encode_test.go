package wire

import (
	"net/http"
	"testing"
)

func TestChooseEncoding(t *testing.T) {
	for accept, want := range map[string]string{
		"gzip":                     "gzip",
		"gzip, br, zstd":           "br",
		"gzip;q=1, br;q=0.5":       "gzip",
		"GZIP;Q=0, zstd; q = 0.1":  "zstd",
		"gzip;q=0":                 "",
		"*":                        "br",
		"*;q=0":                    "",
		"identity":                 "",
		"identity, gzip":           "gzip",
		"identity, gzip;q=0.5":     "",
		"identity;q=0.5, gzip;q=1": "gzip",
		"identity;q=0, gzip;q=0.1": "gzip",
		"":                         "",
	} {
		got := ""
		if e := chooseEncoding(http.Header{"Accept-Encoding": {accept}}); e != nil {
			got = e.name
		}
		if got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
}
