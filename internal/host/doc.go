// Package host serves a Build Output directory, whichever framework made it,
// as the vendor's platform does: routing phases, static files, functions,
// regenerated pages and error pages. It knows nothing of how the output was
// made (docs/decisions/0003-build-output-is-the-only-artefact.md).
//
// A Deployment is one output, pinned for as long as it is served (pin.go). A Server
// serves one after another (server.go, follow.go), on no more connections than
// there are descriptors for (listener.go, descriptors.go).
//
// A request goes one way, and nothing calls back:
//
//	request.go     what may be routed, as the platform sees it
//	router/        the decision: which output answers, with which headers and query
//	handler.go     asks what the decision names for a response; a failure goes
//	               through the error phase once, and is hostpage.go then
//	file.go        a static file
//	function.go    a function, run by function/; spool.go reads the request's body
//	               before
//	page.go        a regenerated page, kept by prerender/
//	proxy.go       another server
//	response.go    the response that each of them returns
//	wire/          sends it: conditions, ranges, encodings, HEAD, the visitor's pace
//
// The exception is an upgrade: its response is a connection (wire.Upgrade), which
// is another protocol's from then on.
//
// # What the platform leaves open
//
// Where the documentation is silent, the host does this:
//
//   - Routes without caseSensitive do not match letter case;
//     Options.CaseSensitive changes that.
//   - A route of the first phase whose dest is not there is as if it had not
//     matched, but for its headers.
//   - Regular expressions are read as PCRE does; router/program.go has the
//     exceptions. A request for which they take longer than some 30 ms is
//     answered with 502.
//   - The request's query is added to a redirect; keys that the location has
//     keep its value.
//   - Without Options.Hosts, all hosts share what is kept of a page, and its
//     rendering sees the listen address; with it each has its own, and others are
//     answered with 404. A Host that is no name or address is answered with 400.
//   - A page with a fallback is rendered at its first request, even when it
//     never expires.
//   - A rendering that may be kept sees what the host says of itself, what routes
//     add, and what allowHeader lists: nothing that names or describes a visitor.
//     Without allowHeader the platform shows it the headers of whoever caused it.
//   - What allowHeader lists of the visitor's own headers makes no entries.
//   - A function that still is at a request when its maxDuration is over is
//     replaced, also when the visitor has left.
//   - A page that was rendered in the future, before the clock was set back, is an
//     old one.
//   - A page's Cache-Control does not change when it expires, and its cookies
//     are not kept.
//   - What middleware or an unknown runtime would answer is answered with 502.
//
// Source: https://vercel.com/docs/build-output-api (read 2026-07-27).
package host
