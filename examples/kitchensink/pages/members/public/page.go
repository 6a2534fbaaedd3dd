// Package public is a page for everybody, in a directory that is guarded.
package public

import "github.com/jargo-dev/jargo"

// Config says that the page is meant to be a file that Middleware does not guard.
func Config() jargo.Config { return jargo.Build{} }

// Render tells how to become one.
func Render() string { return "<h1>Members</h1>\n<p>Ask for the password.</p>\n" }
