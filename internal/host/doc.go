// Package host serves a Build Output directory, whichever framework made it,
// as the vendor's platform does: routing phases, static files, functions,
// regenerated pages and error pages. It does not know how the output was made
// (docs/decisions/0003-build-output-is-the-only-artefact.md).
//
// A Deployment is one output, pinned for as long as it is served (pin.go). A Server
// serves one after another (server.go, follow.go), on no more connections than
// there are file descriptors for (listener.go, descriptors.go).
//
// A request takes one path, without callbacks:
//
//	request.go     validates the request and gives it the platform's headers
//	router/        decides which output responds, with which headers and query
//	handler.go     gets the response from that output; a failure goes through the
//	               error phase once, and falls back to hostpage.go
//	file.go        a static file
//	function.go    a function, run by function/, once spool.go has read the
//	               request's body
//	page.go        a regenerated page, cached by prerender/
//	assets.go      a file of another build, from the cache that hosts share
//	proxy.go       another server
//	response.go    the response that each of them returns
//	wire/          sends it: conditions, ranges, encodings, HEAD, deadlines
//	metrics.go     counts it; trace.go makes spans of it
//
// The exception is an upgrade: its response is a connection (wire.Upgrade) that
// speaks another protocol from then on.
//
// # What the platform leaves open
//
// Where the documentation is silent, the host does this:
//
//   - Routes without caseSensitive ignore case.
//   - A route of the first phase whose dest does not exist counts as not matched,
//     except for its headers.
//   - Regular expressions have PCRE's syntax; router/program.go lists the
//     exceptions. A request that spends more than about 30 ms on them gets a 502.
//   - The request's query is added to a redirect's location, whose own parameters
//     take precedence.
//   - Server-sent events end when another output is deployed and when the host stops:
//     the browser connects again.
//   - Functions find the host at JARGO_HOST_URL of their environment, whatever names
//     it serves.
//   - Without Options.Hosts, all hosts share the cached pages, which are rendered
//     with the listen address; with it each host has its own, and others get a
//     404. A Host that is not a name or address gets a 400.
//   - A page with a fallback is rendered at its first request, even if it never
//     expires.
//   - A rendering that may be cached sees the host's own headers, those that routes
//     add, and those in allowHeader: nothing that identifies a visitor. Without
//     allowHeader the platform passes on the headers of whoever triggered it.
//   - Headers that only a visitor has are not part of the cache key, even if
//     allowHeader lists them.
//   - A function that is still busy with a request after its maxDuration is
//     replaced, even if the visitor has left.
//   - A page whose rendering lies in the future, because the clock was set back, is
//     stale.
//   - A page's Cache-Control does not change when it expires, and its cookies
//     are not cached.
//   - Middleware and unknown runtimes get a 502.
//
// Source: https://vercel.com/docs/build-output-api (read 2026-07-27).
package host
