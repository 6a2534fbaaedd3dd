// Package broken fails: the visitor sees the 500 page, the log has the cause.
package broken

import (
	"errors"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Fresh{} }

// Data fails.
func Data() (string, error) { return "", errors.New("the database is on fire") }

// Render is not called.
func Render(s string) string { return s }
