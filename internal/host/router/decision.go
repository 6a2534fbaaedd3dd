package router

import (
	"maps"
	"net/http"
	"net/textproto"
	"slices"
)

// Request is the part of a request that routing looks at.
type Request struct {
	Method string
	Host   string // without port
	Path   string // percent-encoded, as received; begins with a slash
	Query  Query
	Header http.Header
}

// Kind is what to do with a request.
type Kind int

// The kinds of Decision.
const (
	Serve    Kind = iota // respond with Output
	Redirect             // respond with Status and the Location in Header
	Proxy                // pass the request on to URL
	Fail                 // respond with Status and the host's own page
)

// Decision is the outcome of routing one request.
type Decision struct {
	Kind   Kind
	Output string // Serve: an output path
	URL    string // Proxy: with the query
	Path   string // after rewrites
	Query  Query  // after rewrites and transforms
	// Status is the status of a redirect or failure. For Serve and Proxy it
	// replaces the response's own, unless it is 0.
	Status int
	Code   string // Fail: the platform's code; "" if Status says everything
	Reason string // Fail: for people, if the code does not say everything

	// Header are headers of routes, over which the output's own take precedence;
	// Important take precedence over the output's. Names are canonical.
	Header, Important map[string]string
	// RequestHeader and ResponseHeader are the transforms of the routes that
	// matched.
	RequestHeader, ResponseHeader HeaderChanges
	// FunctionPath is the path that a function sees.
	FunctionPath string
	// Matches is what the last route with a dest captured, as in the
	// x-now-route-matches header; "" for nothing.
	Matches string
	// Route is the index of the deciding route in config.json; -1 for none.
	Route int
	// Runaway is the index of the route whose regular expressions, in its src or its
	// conditions, took too long; -1 for none. The request then fails with 502.
	Runaway int
	// Steps explain the decision, on request.
	Steps []Step

	request *Request
	effort  effort
}

// Step is one step of routing. Route is -1 for a lookup between routes.
type Step struct {
	Phase  string
	Route  int    // index in config.json
	Src    string // of the route
	Did    string // what was done, for people
	Path   string // afterwards
	Output string // what was found, if anything
}

func canonical(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
