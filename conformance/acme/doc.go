// Package acme has tests of jargo serve --tls with an authority, Pebble, which Let's
// Encrypt has for that. It is a module of its own: it requires the authority.
package acme
