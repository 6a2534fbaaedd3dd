package router

import (
	"maps"
	"net/http"
	"net/textproto"
	"slices"
)

// Request is what routing looks at.
type Request struct {
	Method string
	Host   string // without port
	Path   string // percent-encoded, as received; begins with a slash
	Query  Query
	Header http.Header
}

// Kind is what is to be done with a request.
type Kind int

// The kinds of Decision.
const (
	Serve    Kind = iota // Output answers
	Redirect             // Status with a Location among Header
	Proxy                // URL answers
	Fail                 // Status with a page of the host's own
)

// Decision is the outcome of routing one request.
type Decision struct {
	Kind   Kind
	Output string // Serve: the output path
	URL    string // Proxy: where to, with the query
	Path   string // after rewrites
	Query  Query  // after rewrites and transforms
	// Status is the status of a redirect or failure. For Serve and Proxy it
	// replaces the response's own; 0 leaves that.
	Status int
	Code   string // Fail: the platform's code; "" when Status says all
	Reason string // Fail: for people, when there is more to say than the code does

	// Header are headers of routes, which the output's own overrule; Important
	// overrule the output's. Both are by canonical name.
	Header, Important map[string]string
	// RequestHeader and ResponseHeader are the transforms of the routes that
	// matched.
	RequestHeader, ResponseHeader HeaderChanges
	// FunctionPath is the path that a function sees.
	FunctionPath string
	// Matches is what the last route with a dest captured, in the form of the
	// x-now-route-matches header; "" when nothing was.
	Matches string
	// Route is the index of the route that decided, in config.json; -1 when
	// none did.
	Route int
	// Runaway is the index of the route whose regular expressions, of its src or
	// its conditions, took more time than a request may; -1 when none did. The
	// request is then answered with 502, if need be by the site's page for that.
	Runaway int
	// Steps is how the decision came about, when it was asked for.
	Steps []Step

	request *Request
	effort  effort
}

// Step is one thing that routing did. Route is -1 for a lookup between routes.
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
