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
		got := firstEncoding(acceptedEncodings(http.Header{"Accept-Encoding": {accept}}), nil)
		if got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
}

// TestChooseMadeEncoding chooses among what is made where the program has no encoder.
func TestChooseMadeEncoding(t *testing.T) {
	brotli := encodings["br"]
	delete(encodings, "br")
	defer func() { encodings["br"] = brotli }()
	accept := acceptedEncodings(http.Header{"Accept-Encoding": {"br, gzip"}})
	if got := firstEncoding(accept, nil); got != "gzip" {
		t.Errorf("without an encoder: %q", got)
	}
	if got := firstEncoding(accept, map[string][]byte{"br": {1}}); got != "br" {
		t.Errorf("where it is made: %q", got)
	}
}
