// Package header reads the values of HTTP headers that are lists.
package header

import (
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// List returns the items of a list that the values of a header make up, without
// the spaces around them. Empty items are left out.
func List(values []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, value := range values {
			for item := range strings.SplitSeq(value, ",") {
				if item = strings.Trim(item, " \t"); item != "" && !yield(item) {
					return
				}
			}
		}
	}
}

// Choice is an item of a list in which the client weighs what it accepts.
type Choice struct {
	Name   string  // in lower case
	Weight float64 // its q; 1 when it has none, 0 when that is not a number
}

// Choices returns the items of such a list, in its order.
func Choices(values []string) []Choice {
	var list []Choice
	for item := range List(values) {
		name, params, _ := strings.Cut(strings.ToLower(item), ";")
		c := Choice{strings.TrimSpace(name), 1}
		if q, ok := strings.CutPrefix(strings.Join(strings.Fields(params), ""), "q="); ok {
			c.Weight, _ = strconv.ParseFloat(q, 64)
		}
		list = append(list, c)
	}
	return list
}

// hopByHop are the headers that are about one connection.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade",
}

// RemoveHopByHop removes what does not go beyond one connection, also what the
// Connection header names.
func RemoveHopByHop(h http.Header) {
	for name := range List(h["Connection"]) {
		h.Del(name)
	}
	for name := range h {
		if slices.Contains(hopByHop, name) {
			delete(h, name)
		}
	}
}
