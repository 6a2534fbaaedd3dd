// Package output is the Build Output API, version 3: the types of its files,
// a reader and a writer. Names are the format's own. It knows nothing of pages
// or of how an output was made.
//
// Source: https://vercel.com/docs/build-output-api (read 2026-07-27).
package output

// Version is the only version of the format there is.
const Version = 3
