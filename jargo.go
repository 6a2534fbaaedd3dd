// Package jargo is what a page of a Jargo site may import. A page is a Go
// package in a directory below pages/ that exports Render, or Handler; the
// smallest one imports nothing:
//
//	package about // pages/about/page.go serves /about
//
//	func Render() string { return "Hi! I'm a little page." }
//
// # Exports of a page
//
//	Config   func() jargo.Config: when the page is rendered. None means Build{}.
//	Paths    func() []string, or with an error: the values that fill the
//	         parameters of the page's route, "hello" or "2026/hello".
//	Data     what Render gets: no parameter or *http.Request; T, or (T, error).
//	Render   the page: no parameter or T, an io.Writer before it if wanted; a
//	         body, then an [Info] if wanted, then an error if wanted. With an
//	         io.Writer there is no body.
//	Handler  func(http.ResponseWriter, *http.Request), also with an error, or a
//	         variable that is an http.Handler, instead of Data and Render: any
//	         method, always fresh.
//
// A body is a string, []byte, html/template.HTML, io.WriterTo or io.Reader, or
// anything with a method Render(context.Context, io.Writer) error or
// Render(io.Writer) error. Every other export is the page's own.
//
// # Templates
//
// A directory with a file page.html is a page whose Render is that template, of package
// [html/template]; its dot is what Data returns. There need not be a package beside it: then
// it is a build page. Data of such a page may also return an [Info], before the error: the
// status and the headers, which a [Redirect] keeps. With page.xml, page.txt and page.json
// the template is one of package [text/template], which escapes nothing, and the
// Content-Type that of the file.
//
// Those below take part in the page, for each extension by themselves:
//
//	layout.html   of the page's directory and those above: around the page, outer
//	              around inner. {{template "content" .}} is where the inner one stands,
//	              and dot is the page's. One that holds nothing else ends those above.
//	_name.html    likewise: the template "name".
//	Funcs         func() template.FuncMap, in any package below pages/: functions for
//	              the templates of its directory and below.
//
// Of templates with one name that nearest to the page is taken: a {{define}} of the page
// before a {{block}} of its layout, an inner directory's before an outer one's. All templates
// have the functions asset and routes, as [Asset] and [Routes], and now, as [time.Now].
//
// Templates are checked against the type of Data when the site is built. They become Go code
// that makes the bytes that html/template would; what cannot be compiled that executes: what
// is known only with the data, as a field of what an any holds, and functions of a Funcs that
// does more than return a map.
//
// # Middleware
//
//	Middleware  func(http.Handler) http.Handler, in any package below pages/, page
//	            or not: wraps the fresh pages and Handlers of its directory and
//	            below, the outer directories first.
//
// It is plain [net/http]: it may respond itself, change the request's context and
// replace the ResponseWriter, which keeps its abilities, as to flush, if it has a
// method Unwrap, as [net/http.ResponseController] says. It sees the parameters of the
// route, and the response to an error of the page with its status; a panic of its own
// is a 500 page. It is called once for each page in a process, after Open.
//
// A response that sets no Cache-Control gets "public, max-age=0, must-revalidate" from
// the host: nobody shows it again without asking, but a cache may keep it. Where only one
// visitor may have it, a Middleware sets "private, no-store".
//
// It cannot guard what visitors share: public files, build and regenerated pages. Such
// a page in its directory or below is a mistake unless Config says that it is
// meant: jargo.Build{} where there was none. So is a fresh Python page, which Middleware
// does not wrap. The 404 and the 500 page are for everybody anyway: they may be of any
// kind, and a fresh one is wrapped where it is asked for at its own path, but not again
// where it is the response to another page's error.
//
// # The site's own start and end
//
//	Open     func(context.Context) (io.Closer, error), in the package of pages/
//	         itself, page or not: opens what the site needs, as a database.
//
// Open is called once in each process, before any Config, Paths, Data or Handler,
// and what it returns is closed after the last request; it may be nil. The context
// is cancelled when the process is asked to end, by SIGTERM on a server: a response
// that has no end, as of events, should end then, for running requests have until the
// platform's patience is over: jargo serve waits 30 seconds for them, then five for
// its functions. A function whose Open fails does not start, and the log says why.
//
// A site is built by processes of its pages, one or several, which open and close like
// any other; an Open that fails is a mistake in the site. [Building] tells a build
// from a function.
//
// # Kinds of page
//
// Config returns one of three values. [Build] is rendered once, by jargo build,
// and served as a file. [Fresh] is rendered for each request. [Regenerated] is
// rendered when it is older than its interval, and served from a cache until
// then. The function that renders a page is the same everywhere.
//
// # Parameters
//
// A directory whose name ends in _ is a parameter of the route, one that ends
// in __ takes one or more segments: pages/blog/slug_ is /blog/{slug} and
// pages/docs/path__ is /docs/{path...}. Data reads them with
// [net/http.Request.PathValue].
//
// # Content types
//
// A page that sets no Content-Type has that of a file with the name of its route:
// pages/feed.xml is XML, pages/data.json JSON and pages/robots.txt text, and
// without an extension, or with one that is not known, a page is HTML. Only a
// literal last segment counts: /{lang}/feed.xml is XML, and /files/{name} is HTML
// for every name, since a visitor chooses it. A Handler sets its own, as always in
// [net/http].
//
// # Working directory and environment
//
// In a function, the working directory is the function's own. It has no files of the
// project but those of Python pages and those that vercel.json includes, in a glob
// below the project, for the pages whose sources match another one:
//
//	{"functions": {"pages/blog/**": {"includeFiles": "content/**"}}}
//
// The first rule that matches a page decides. It can have excludeFiles, too, and
// maxDuration, memory and regions for pages that do not set them. vercel.json itself,
// .env files, .git and .vercel are in no function. What a Go page reads can also be
// embedded.
//
// While the site is built, the working directory is the project's root, but regenerated
// pages are rendered ahead in a directory that has the files of their function alone,
// by a process of their own: what the function will lack fails the build. Config and
// Paths are called in the project's root.
//
// On the platform a function cannot write into its directory, and nowhere does it
// last: data is kept elsewhere, at a path or an address from the environment. If a page
// has written there while jargo serve ran, jargo build says so, and replaces nothing.
//
// The environment is that of the process, over .env.local, over .env, both in the
// project's root: so it is in jargo dev, build, check, routes and serve, and in the
// functions that jargo serve runs, with VERCEL=1 and VERCEL_ENV=production there.
// These files are read when the command starts and never part of an output: on the
// platform, the environment is the project's settings.
//
// While the site is developed, by jargo dev, every page is rendered at each request,
// whatever its kind, which the response says in X-Jargo-Kind. A build page works in the
// project's root then, and sees the same request as when the site is built; other pages
// work in their function's directory. The environment's files are read again whenever
// something is saved.
//
// # Revalidation and drafts
//
// A Handler, or the Data of a fresh page, that has changed what a regenerated page
// shows has it rendered again with [Revalidate]. [Draft] lets a visitor see drafts: then
// Data of a regenerated page gets the visitor's request, and [InDraft] tells the page.
//
//	func Data(r *http.Request) ([]Post, error) { return posts(r.Context(), jargo.InDraft(r)) }
//
// Both are done with a secret, the site's bypass token. It is JARGO_BYPASS_TOKEN of the
// environment in which the site is built, at least 32 characters. Without it the first
// build of a project makes one, which later builds on the same machine keep.
//
// # Errors
//
// Data, Render and Handler may return [NotFound] or [Redirect]. For any other error,
// or a panic, the visitor sees the site's 500 page and the log has the cause. Cookies
// and other headers that a Handler has set before it returns an error are sent, but
// not those about the body it did not write and, unless it redirects, its caching. Of
// one that panics none are, and an error after the response has begun cuts it short.
//
// The pages at /404 and /500, pages/404 and pages/500, are shown for these
// statuses and always have them, whatever their Info says. A build page, which
// they are without Config, is stored in every function and cannot fail. A fresh one
// is shown for what pages of its own language fail to render, and for paths that
// the site does not have. The page at /404 may also be regenerated. A site without
// an error page has a plain page in its place.
//
// # Logs
//
// In a function, log/slog's default logger, and with it package log, sends records
// to the host, which keeps their time, level and fields. Given the request's context,
// as in slog.InfoContext(r.Context(), "sold", "items", 3), a record has the request's
// id. A logger that the site sets itself stays: lines of JSON with a message or a
// level are records, too, and other lines are their text. A panic is one record with
// its stack. When the site is built, all of it goes to standard error.
//
// # Concurrency
//
// Data, Render and Handler are called by several goroutines at once, also when
// the site is built, and for different paths of a page in any order. What they
// share must be safe for that. Config is called once in each process, Paths when the
// site is built.
//
// # Sizes
//
// A request's body can be 4.5 MB: a visitor who sends more gets status 413, and
// the page is not asked. A response is streamed: its first 64 kB are held back, so
// that an error before then becomes an error page, and there is no limit to the
// rest. A regenerated page, which is stored whole, can be 10 MB.
package jargo

import (
	"fmt"
	"net/http"
	"time"
)

// Config is the kind of a page: [Build], [Fresh] or [Regenerated]. No other
// type implements it.
type Config interface{ config() }

// Build is a page rendered once, at build time, and served as a static file. It
// is what a page without Config is. A page with parameters needs Paths, which
// lists all there are.
//
// Data may take the request: a GET of the page's path with its parameters. It
// carries nothing else, since there is no visitor yet.
type Build struct{}

// Fresh is a page rendered for each request, of any method. Data gets the
// visitor's request. A field left zero takes the platform's default.
type Fresh struct {
	// MaxDuration is how long one request may take, in whole seconds.
	MaxDuration time.Duration
	// Memory is the function's memory in megabytes, from 128 to 10240.
	Memory int
	// Regions are the identifiers of the regions the function runs in.
	Regions []string
}

// Regenerated is a page rendered at most once every interval and served from a
// cache in between. A visitor never waits for a page that has been rendered
// before: one that is too old is served once more while it is rendered again. A
// rendering that fails leaves the old page in place.
//
// Because all visitors share the result, Data's request carries nothing of a
// visitor: it is a GET of the page's path with its parameters and the query
// parameters named in Query. Only in a draft it is the visitor's; see [Draft].
//
// It is rendered at build time, too, so that the first visitor does not wait.
// With parameters, Paths lists what to render then; it is optional, and other
// values are rendered when they are first asked for.
type Regenerated struct {
	// Every is the interval: whole seconds, at least one.
	Every time.Duration
	// NoFallback leaves out the rendering at build time: the first visitor
	// waits for the page.
	NoFallback bool
	// Query names the query parameters that make separate pages. All others are
	// ignored and never reach the page. A page with Query is not rendered at
	// build time, for each query needs a rendering of its own.
	Query []string

	// MaxDuration, Memory and Regions are as in [Fresh].
	MaxDuration time.Duration
	Memory      int
	Regions     []string
}

func (Build) config()       {}
func (Fresh) config()       {}
func (Regenerated) config() {}

// Info is what Render may say about a response beside its body.
type Info struct {
	// StatusCode is from 200 to 599; 0 means 200. A build page has no other
	// status than 200, except the 404 and the 500 page.
	StatusCode int
	// Header is added to the response. A Content-Type that is not set here
	// comes from the page's route; Content-Length is computed.
	Header http.Header
}

// NotFound is the error a page returns for something that does not exist. The
// visitor sees the site's 404 page with status 404. It may be wrapped:
//
//	return post, fmt.Errorf("post %q: %w", slug, jargo.NotFound)
var NotFound error = notFound{}

// notFound and redirect are recognised by their methods, not by their types, so
// that the engine which runs a site need not be of the version the site imports.
type notFound struct{}

func (notFound) Error() string { return "page not found" }

// NotFoundPage marks the error; see the engine package.
func (notFound) NotFoundPage() {}

// Redirect returns the error with which a page sends the visitor to another
// URL. It may be wrapped. The code is 301, 302, 303, 307 or 308; 0 means 307
// (temporary redirect). Any other code, like an empty URL, makes the response a
// 500. A relative URL is resolved against the path of the page.
func Redirect(url string, code int) error {
	if code == 0 {
		code = http.StatusTemporaryRedirect
	}
	return redirect{url, code}
}

type redirect struct {
	url  string
	code int
}

func (r redirect) Error() string { return fmt.Sprintf("redirect to %q with status %d", r.url, r.code) }

// RedirectTo gives the engine the target and the status code.
func (r redirect) RedirectTo() (url string, code int) { return r.url, r.code }
