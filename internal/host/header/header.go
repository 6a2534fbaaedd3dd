// Package header parses HTTP headers that are lists.
package header

import (
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// List returns the comma-separated items of a header's values, without surrounding
// spaces. It skips empty items.
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

// Choice is an item of a list with weights, such as Accept-Encoding.
type Choice struct {
	Name   string  // in lower case
	Weight float64 // q; 1 if missing, 0 if not a number
}

// Choices returns the items of a list with weights, in its order.
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

// hopByHop are the headers of a single connection.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade",
}

// RemoveHopByHop removes the headers of a single connection, including those that
// the Connection header lists.
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
