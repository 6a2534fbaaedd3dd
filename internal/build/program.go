package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jargo-dev/jargo/internal/golang"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/pack"
)

// Program says how the site is made one program with its host.
type Program struct {
	System, Arch string // as GOOS and GOARCH
	// Carry has the program carry the output. Else it serves a directory, and there is none
	// of a site without Go pages, or one whose Go cannot compile the host.
	Carry bool
	File  string // the program, which it replaces
}

// write compiles the program of a site whose output is in the directory stage, and reports
// whether there is one.
func (p *Program) write(ctx context.Context, l *loaded, stage string) (bool, error) {
	archive := ""
	if p.Carry {
		out, err := output.Read(stage)
		if err != nil {
			return false, err
		}
		archive = filepath.Join(l.cache.dir, "archive.zip")
		if err := pack.Write(archive, out); err != nil {
			return false, fmt.Errorf("pack the output: %w", err)
		}
		defer os.Remove(archive)
	}
	var file string
	var err error
	switch pages := l.goPages(); {
	case pages != nil:
		file, err = pages.Linked(ctx, p.System, p.Arch, archive)
	case p.Carry:
		file, err = golang.Standalone(ctx, filepath.Join(l.cache.dir, "standalone"), p.System, p.Arch, archive)
	default:
		return false, nil
	}
	if errors.Is(err, golang.ErrOldGo) && !p.Carry {
		return false, nil // its functions can still have processes
	}
	if err != nil {
		return false, err
	}
	part := p.File + ".part"
	os.Remove(part)
	if err := output.PlaceFile(file, part); err != nil {
		return false, err
	}
	return true, os.Rename(part, p.File)
}

// goPages is the front end of Go pages; nil if there are none.
func (l *loaded) goPages() *golang.Program {
	for _, f := range l.frontEnds {
		if program, ok := f.(*golang.Program); ok {
			return program
		}
	}
	return nil
}
