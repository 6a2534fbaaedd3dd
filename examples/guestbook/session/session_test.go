package session

import (
	"strings"
	"testing"
	"time"
)

func TestValid(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	secret := []byte("a secret")
	cookie := New(secret, now.Add(time.Hour))
	_, signature, _ := strings.Cut(cookie, ".")
	for _, tt := range []struct {
		what, cookie string
		now          time.Time
		want         bool
	}{
		{"a new one", cookie, now, true},
		{"one that has expired", cookie, now.Add(time.Hour), false},
		{"none", "", now, false},
		{"no signature", "1900000000", now, false},
		{"a later time", "1900000000." + signature, now, false},
		{"another secret", New([]byte("another"), now.Add(time.Hour)), now, false},
		{"more than the signature", cookie + "A", now, false},
	} {
		if got := Valid(secret, tt.cookie, tt.now); got != tt.want {
			t.Errorf("%s is valid: %v", tt.what, got)
		}
	}
}
