package build

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	if err := p.place(file); err != nil {
		return false, p.failure(err)
	}
	return true, nil
}

// check returns an error if the program cannot be where it is to be.
func (p *Program) check() error {
	dir := filepath.Dir(p.File)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return p.failure(fmt.Errorf("there is no directory %s", dir))
	}
	if info, err := os.Stat(p.File); err == nil && info.IsDir() {
		return p.failure(errors.New("it is a directory"))
	} else if err == nil && !info.Mode().IsRegular() {
		return p.failure(errors.New("what is there is no file"))
	}
	part, err := p.part()
	if err != nil {
		return p.failure(err)
	}
	return errors.Join(part.Close(), os.Remove(part.Name()))
}

func (p *Program) failure(err error) error {
	return fmt.Errorf("the program cannot be %s: %w", p.File, err)
}

// part makes a file beside the program, which takes its place when it is complete.
func (p *Program) part() (*os.File, error) {
	return os.CreateTemp(filepath.Dir(p.File), "."+filepath.Base(p.File)+"-")
}

// place copies the program of the cache: who has the copy may change it.
func (p *Program) place(cached string) error {
	from, err := os.Open(cached)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	part, err := p.part()
	if err != nil {
		return err
	}
	_, err = io.Copy(part, from)
	err = errors.Join(err, part.Chmod(info.Mode().Perm()), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), p.File)
	}
	if err != nil {
		os.Remove(part.Name())
	}
	return err
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
