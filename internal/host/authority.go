package host

import (
	"net/netip"
	"strconv"
	"strings"
)

// maxPortDigits is how many digits a port may be written with.
const maxPortDigits = 5

// validAuthority reports whether a host, as requests name it, is a name or an
// address with or without a port: localhost:3000, [::1]. Everything that makes
// a URL of it may then count on that.
func validAuthority(host string) bool {
	if rest, ok := strings.CutPrefix(host, "["); ok {
		inner, after, closed := strings.Cut(rest, "]")
		addr, err := netip.ParseAddr(inner)
		port, hasPort := strings.CutPrefix(after, ":")
		return closed && err == nil && addr.Is6() && addr.Zone() == "" && (after == "" || hasPort && validPort(port))
	}
	name, port, hasPort := strings.Cut(host, ":")
	return validHostname(name) && (!hasPort || validPort(port))
}

func validHostname(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return name != ""
}

func validPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil && len(port) <= maxPortDigits
}
