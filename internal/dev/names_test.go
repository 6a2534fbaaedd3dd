package dev

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestForNames asks by names that are this machine's, and by others.
func TestForNames(t *testing.T) {
	site := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, test := range []struct {
		host, names string
		allowed     bool
	}{
		{"localhost:3000", "", true}, {"LOCALHOST", "", true}, {"my.localhost:3000", "", true},
		{"127.0.0.1:3000", "", true}, {"192.168.0.7", "", true}, {"[::1]:3000", "", true}, {"[fe80::1]", "", true},
		{"example.com", "", false}, {"localhost.example.com:3000", "", false}, {"127.0.0.1.example.com", "", false}, {"localhostx", "", false}, {"", "", false},
		{"Tunnel.example.com:443", "a.example tunnel.example.com", true}, {"b.tunnel.example.com", "tunnel.example.com", false}, {"example.com", "*", true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = test.host
		w := httptest.NewRecorder()
		forNames(strings.Fields(test.names), site).ServeHTTP(w, r)
		if (w.Code == http.StatusNoContent) != test.allowed {
			t.Errorf("%q with %q: status %d", test.host, test.names, w.Code)
		}
		if !test.allowed && (w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "jargo dev --host ")) {
			t.Errorf("%q: %d %q", test.host, w.Code, w.Body)
		}
	}
}
