package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/image"
	"github.com/jargo-dev/jargo/internal/site"
)

// shipping is what jargo build makes of a site besides its output.
type shipping struct {
	binary string // file of the site as one program; "" for none
	image  string // file of an image with that program; "" for none
	push   string // reference that the image is uploaded to; "" for none
	base   string // reference of the image that it adds to; "" is an empty one
}

func (s *shipping) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.binary, "binary", "", "also make the site one executable `FILE`")
	f.StringVar(&s.image, "image", "", "also make the site an OCI image, as a tar `FILE`")
	f.StringVar(&s.push, "push", "", "also upload that image, to a registry: `registry/name:tag`")
	f.StringVar(&s.base, "base", "", "`image` that the site's adds to (default: an empty one)")
}

func (s *shipping) wantsImage() bool { return s.image != "" || s.push != "" }

// begin has the build make what is to be shipped. end removes what is only needed for it.
func (s *shipping) begin(o *build.Options) (end func(), err error) {
	end = func() {}
	if s.base != "" && !s.wantsImage() {
		return end, errors.New("--base is of an image: it needs --image or --push")
	}
	if s.binary == "" && !s.wantsImage() {
		return end, nil
	}
	o.Program = &build.Program{
		System: cmp.Or(os.Getenv("GOOS"), runtime.GOOS), Arch: cmp.Or(os.Getenv("GOARCH"), runtime.GOARCH),
		Carry: true, File: s.binary,
	}
	if s.wantsImage() && s.binary != "" && o.Program.System != "linux" {
		return end, errors.New("an image is for Linux, and so is its program: set GOOS=linux, or leave out --binary")
	}
	if s.binary == "" {
		o.Program.System = "linux"
		dir, err := os.MkdirTemp("", "jargo-image-")
		if err != nil {
			return end, err
		}
		o.Program.File = filepath.Join(dir, imageProgram)
		end = func() { os.RemoveAll(dir) }
	}
	return end, nil
}

// imageProgram is the program of an image.
const imageProgram = "site"

// imagePort is what it listens on.
const imagePort = 8080

// ship makes the image, and says what was made.
func (s *shipping) ship(ctx context.Context, out io.Writer, report *build.Report) error {
	if s.binary != "" {
		info, err := os.Stat(s.binary)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "the site as one program, %s: %s\n", formatBytes(info.Size()), s.binary)
	}
	if !s.wantsImage() {
		return nil
	}
	if s.base == "" && hasPython(report.Site) {
		return errors.New("pages of Python need python3, which an empty image has not\n    name an image that has it: --base python:3.13-slim")
	}
	made, err := image.New(ctx, image.Options{
		Binary: report.Program, Name: imageProgram, Base: s.base,
		Args: []string{"--addr", fmt.Sprint(":", imagePort), "--log", "json"}, Ports: []int{imagePort},
		Health: []string{"/" + imageProgram, "--health"},
	})
	if err != nil {
		return fmt.Errorf("make the image: %w", err)
	}
	defer made.Close()
	if s.image != "" {
		if err := writeImage(made, s.image); err != nil {
			return fmt.Errorf("write the image: %w", err)
		}
		digest, err := made.Digest()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "the site as an image, %s: %s\n", digest, s.image)
	}
	if s.push != "" {
		reference, err := made.Push(ctx, s.push)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "uploaded: %s\n", reference)
	}
	return nil
}

// writeImage writes an image to a file, which it replaces when all is written. It is
// called by the file's name.
func writeImage(made *image.Image, file string) (err error) {
	to, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-")
	if err != nil {
		return err
	}
	tag := strings.TrimSuffix(strings.ToLower(filepath.Base(file)), ".tar")
	err = errors.Join(made.Write(to, tag), to.Chmod(0o644), to.Close())
	if err == nil {
		err = os.Rename(to.Name(), file)
	}
	if err != nil {
		os.Remove(to.Name())
	}
	return err
}

// hasPython reports whether a function of the site runs on Python.
func hasPython(s *site.Site) bool {
	for _, p := range s.Pages {
		if p.Kind != site.Build && strings.HasSuffix(p.Source.File, ".py") {
			return true
		}
	}
	return false
}
