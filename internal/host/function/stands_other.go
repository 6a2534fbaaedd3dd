//go:build !unix

package function

import "net"

// stands cannot be told here without waiting; a request that may be repeated
// finds out.
func stands(net.Conn) bool { return true }
