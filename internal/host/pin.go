package host

import (
	"context"
	"os"
	"path/filepath"

	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/scratch"
)

// Open returns a Deployment of the output directory dir as it is now: the
// Deployment is not affected if dir is replaced later. Until it is closed it has
// hard links to the files in a directory of its own beside dir; where hard links are
// not possible, the output is served in place.
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
			d.Close(context.Background()) // it may be a mix of two outputs
		}
	}
}

// Take returns a Deployment of the output directory name in a scratch directory, which
// is the Deployment's own from then on and goes with it. Nothing else may change it.
func Take(dir *scratch.Dir, name string, opts Options) (*Deployment, error) {
	out, err := output.Read(filepath.Join(dir.Path, name))
	if err != nil {
		return nil, err
	}
	d, err := New(out, opts)
	if err != nil {
		return nil, err
	}
	d.pinned = dir
	return d, nil
}

func openOnce(dir string, opts Options) (*Deployment, error) {
	out, err := output.Read(dir)
	if err != nil {
		return nil, err
	}
	own, pinned, err := pin(out)
	if err != nil && opts.Log != nil {
		opts.Log.Info("the output is served in place and must not change meanwhile", "reason", err)
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
	dir, err := scratch.New(filepath.Dir(root), output.KeepWritten)
	if err != nil {
		return nil, nil, err
	}
	own, err := out.Clone(filepath.Join(dir.Path, filepath.Base(root)))
	if err != nil {
		dir.Remove()
		return nil, nil, err
	}
	return own, dir, nil
}

// identity tells an output directory from its replacement.
type identity struct{ dir, config fileIdentity }

// fileIdentity identifies the state of a file; the zero value is no file.
type fileIdentity struct {
	file     any // comparable: device and inode
	modified int64
	size     int64
}

func identify(dir string) identity {
	id := identity{dir: identifyFile(dir), config: identifyFile(filepath.Join(dir, "config.json"))}
	id.dir.modified, id.dir.size = 0, 0 // irrelevant while it is the same directory
	return id
}

func identifyFile(name string) fileIdentity {
	info, err := os.Stat(name)
	if err != nil {
		return fileIdentity{}
	}
	return fileIdentity{fileNumber(info), info.ModTime().UnixNano(), info.Size()}
}
