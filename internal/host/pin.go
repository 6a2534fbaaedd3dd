package host

import (
	"context"
	"os"
	"path/filepath"

	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/scratch"
)

// Open returns a Deployment of the output directory dir as it is now: whatever
// is put in its place later, the Deployment goes on with what it began with. It
// has hard links to it in a directory of its own beside dir, until it is closed;
// where there can be none, the output is served where it is.
func Open(dir string, opts Options) (*Deployment, error) {
	for {
		was := identify(dir)
		d, err := openOnce(dir, opts)
		switch {
		case was == identify(dir):
			if d != nil {
				d.identity = was
			}
			return d, err
		case d != nil:
			d.Close(context.Background()) // it may have some of either
		}
	}
}

func openOnce(dir string, opts Options) (*Deployment, error) {
	out, err := output.Read(dir)
	if err != nil {
		return nil, err
	}
	own, pinned, err := pin(out)
	if err != nil && opts.Log != nil {
		opts.Log.Info("the output is served where it is, it must not change meanwhile", "reason", err)
	}
	if err == nil {
		out = own
	}
	d, err := New(out, opts)
	if err != nil {
		if pinned != nil {
			pinned.Remove()
		}
		return nil, err
	}
	d.pinned = pinned
	return d, nil
}

// pin clones an output into a scratch directory beside it.
func pin(out *output.Output) (*output.Output, *scratch.Dir, error) {
	root, err := filepath.EvalSymlinks(out.Dir)
	if err != nil {
		return nil, nil, err
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, nil, err
	}
	dir, err := scratch.New(filepath.Dir(root))
	if err != nil {
		return nil, nil, err
	}
	own, err := out.Clone(filepath.Join(dir.Path, "output"))
	if err != nil {
		dir.Remove()
		return nil, nil, err
	}
	return own, dir, nil
}

// identity tells an output directory from one that was put in its place.
type identity struct{ dir, config fileIdentity }

// fileIdentity is that of a file at one time; the zero value is no file.
type fileIdentity struct {
	file     any // comparable: what the system calls the file
	modified int64
	size     int64
}

func identify(dir string) identity {
	id := identity{dir: identifyFile(dir), config: identifyFile(filepath.Join(dir, "config.json"))}
	id.dir.modified, id.dir.size = 0, 0 // of no matter while it is the same directory
	return id
}

func identifyFile(name string) fileIdentity {
	info, err := os.Stat(name)
	if err != nil {
		return fileIdentity{}
	}
	return fileIdentity{fileNumber(info), info.ModTime().UnixNano(), info.Size()}
}
