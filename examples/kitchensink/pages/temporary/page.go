// Package temporary writes where Open in pages/ has made room.
package temporary

import (
	"fmt"
	"os"

	"github.com/jargo-dev/jargo"
)

// Config makes it a function.
func Config() jargo.Config { return jargo.Fresh{} }

// Data names a new file.
func Data() (string, error) {
	f, err := os.CreateTemp("", "note-")
	if err != nil {
		return "", err
	}
	defer f.Close()
	_, err = f.WriteString("It does not last.\n")
	return f.Name(), err
}

// Render shows the name.
func Render(name string) string { return fmt.Sprintf("<p>Written: %s</p>\n", name) }
