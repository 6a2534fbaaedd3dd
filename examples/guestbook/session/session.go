// Package session makes cookies that say until when somebody may do something,
// and that only who has the secret can make.
package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// New is the value of a cookie that is valid until then.
func New(secret []byte, until time.Time) string {
	expires := strconv.FormatInt(until.Unix(), 10)
	return expires + "." + sign(secret, expires)
}

// Valid says whether a cookie was made with the secret and is valid now. How long it
// takes says nothing about the right signature.
func Valid(secret []byte, cookie string, now time.Time) bool {
	expires, signature, _ := strings.Cut(cookie, ".")
	if !hmac.Equal([]byte(signature), []byte(sign(secret, expires))) {
		return false
	}
	seconds, err := strconv.ParseInt(expires, 10, 64)
	return err == nil && now.Before(time.Unix(seconds, 0))
}

func sign(secret []byte, text string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("guestbook session " + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
