package host

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// maxHostname is the longest name in the DNS, in bytes.
const maxHostname = 253

// maxPortDigits bounds the digits of a port, leading zeros included.
const maxPortDigits = 5

// validAuthority reports whether a request's host is a name or an address, with or
// without a port: localhost:3000, [::1]. It is then safe to build URLs from.
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
	return name != "" && len(name) <= maxHostname
}

func validPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil && len(port) <= maxPortDigits
}

// anyHost is the wildcard in Options.Hosts.
const anyHost = "*"

// serves reports whether a host, in lower case, is served.
func (d *Deployment) serves(host string) bool {
	return len(d.opts.Hosts) == 0 || slices.Contains(d.opts.Hosts, anyHost) || d.listed(host) != ""
}

// sharedHost returns the host that shared renderings for requests to this one see,
// and that is part of their cache key: not one of a visitor's choice, unless any
// host is served.
func (d *Deployment) sharedHost(host string) string {
	if len(d.opts.Hosts) == 0 {
		return d.opts.Addr
	}
	if name := d.listed(host); name != "" {
		return name
	}
	return host
}

// keyHost returns the part of a cache key that is of a host, which sharedHost has returned.
// Hosts that share a cache have addresses of their own.
func (d *Deployment) keyHost(host string) string {
	if len(d.opts.Hosts) == 0 && d.opts.Shared != nil {
		return ""
	}
	return host
}

// listed returns the entry of Options.Hosts that matches a host; "" for none. An
// entry without a port matches any.
func (d *Deployment) listed(host string) string {
	for _, name := range d.opts.Hosts {
		if name == host || name != anyHost && name == Hostname(host) {
			return name
		}
	}
	return ""
}

// CheckHost returns an error if a name cannot be one of Options.Hosts.
func CheckHost(name string) error {
	if name != anyHost && !validAuthority(name) {
		return fmt.Errorf("%q is not the name or address of a host", name)
	}
	return nil
}

// Hostname returns the name or address in a Host header, without port and in lower case.
func Hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// portOf returns the port of a host, or else the default one of the scheme.
func portOf(host, proto string) string {
	if _, port, err := net.SplitHostPort(host); err == nil {
		return port
	}
	if proto == "https" {
		return "443"
	}
	return "80"
}
