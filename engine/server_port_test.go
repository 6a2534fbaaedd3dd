package engine

import "testing"

func TestDefaultPort(t *testing.T) {
	t.Setenv("VERCEL_DEV_PORT", "")
	t.Setenv("PORT", "")
	if got := new(function).port(); got != "3000" {
		t.Errorf("port %s, want 3000", got)
	}
	if got := (&function{host: new(hostConn)}).port(); got != "0" {
		t.Errorf("port %s under a host, want any", got)
	}
	t.Setenv("PORT", "8080")
	if got := (&function{host: new(hostConn)}).port(); got != "0" {
		t.Errorf("port %s under a host, want any", got)
	}
}
