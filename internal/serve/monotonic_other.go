//go:build !linux

package serve

// monotonic is of no use: systemd is Linux's.
func monotonic() string { return "" }
