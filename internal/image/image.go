// Package image makes an OCI image of a program, without a container engine, and writes
// it to a file or pushes it to a registry.
package image

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Options say what is in an image. Equal Options with equal files make equal images,
// to the byte.
type Options struct {
	// Binary is the file of the program, for Linux. The image is for the program's
	// architecture.
	Binary string
	// Name is the program's in the image, "/" + Name; "" is that of Binary.
	Name string
	// Args follow the program's name, unless whoever runs the image gives others.
	Args []string
	// Base is the reference of an image that this one adds to, as
	// "debian:stable-slim"; "" is an empty one, in which a program has to be static.
	Base string
	// Env has "NAME=value", which replaces the base's value.
	Env []string
	// Ports are those of TCP that the program listens on.
	Ports []int
	// Labels are for whoever looks at the image. The keys of the OCI begin with
	// "org.opencontainers.image.".
	Labels map[string]string
	// Health is a command of the image that exits with 0 while the program is well;
	// none if it is empty.
	Health []string
	// Roots are the certificates of authorities that the program trusts, in PEM. nil
	// is Mozilla's list in an empty image, and what a base has.
	Roots []byte
}

// The user that the program runs as, whom the images of distroless have, too. The
// home is where caches are.
const (
	user = 65532
	home = "/home/nonroot"
)

// Image is an image that was made. Its layers are in files until it is closed.
type Image struct {
	image v1.Image
	dir   string
}

// New makes an image. The program runs as user and group 65532; it may write to /tmp and
// to its home directory, /home/nonroot. ctx ends requests for the base.
func New(ctx context.Context, o Options) (*Image, error) {
	arch, static, err := inspect(o.Binary)
	if err != nil {
		return nil, err
	}
	if o.Base == "" && !static {
		return nil, fmt.Errorf("%s is linked dynamically, and an empty image has no libraries\n    compile it with CGO_ENABLED=0, or give a base", o.Binary)
	}
	base, err := baseImage(ctx, o.Base, arch)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "jargo-image-")
	if err != nil {
		return nil, err
	}
	made := &Image{dir: dir}
	if made.image, err = o.add(base, arch, dir); err != nil {
		return nil, errors.Join(err, made.Close())
	}
	return made, nil
}

// Close removes what the image has in files.
func (i *Image) Close() error { return os.RemoveAll(i.dir) }

// Digest is the digest of the image's manifest: "sha256:" and hexadecimal digits.
func (i *Image) Digest() (string, error) {
	digest, err := i.image.Digest()
	return digest.String(), err
}

// Push uploads the image under a reference, as "registry.example/site:v2", and returns
// the reference that names its content. Who is asking is what docker login, or podman
// login, has noted.
func (i *Image) Push(ctx context.Context, reference string) (string, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return "", err
	}
	if err := remote.Write(ref, i.image, remotely(ctx)...); err != nil {
		return "", fmt.Errorf("push %s: %w", ref, err)
	}
	digest, err := i.image.Digest()
	if err != nil {
		return "", err
	}
	return ref.Context().Digest(digest.String()).Name(), nil
}

func remotely(ctx context.Context) []remote.Option {
	return []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithUserAgent("jargo")}
}

// inspect returns a program's architecture, in Go's words, and whether it needs no
// dynamic linker.
func inspect(binary string) (arch string, static bool, err error) {
	file, err := elf.Open(binary)
	if err != nil {
		if format := (*elf.FormatError)(nil); errors.As(err, &format) || errors.Is(err, io.EOF) {
			err = fmt.Errorf("%s is not a program for Linux: %w", binary, err)
		}
		return "", false, err
	}
	defer file.Close()
	switch file.Machine {
	case elf.EM_X86_64:
		arch = "amd64"
	case elf.EM_AARCH64:
		arch = "arm64"
	default:
		return "", false, fmt.Errorf("%s is for %v: images are made for amd64 and arm64", binary, file.Machine)
	}
	static = !slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
	return arch, static, nil
}

// based is an image, and what it says of the one that it adds to.
type based struct {
	v1.Image
	annotations map[string]string
}

func baseImage(ctx context.Context, reference, arch string) (based, error) {
	if reference == "" {
		i := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
		return based{i, nil}, nil
	}
	ref, err := name.ParseReference(reference)
	if err != nil {
		return based{}, fmt.Errorf("base: %w", err)
	}
	i, err := remote.Image(ref, append(remotely(ctx), remote.WithPlatform(v1.Platform{OS: "linux", Architecture: arch}))...)
	if err != nil {
		return based{}, fmt.Errorf("base %s: %w", ref, err)
	}
	digest, err := i.Digest()
	if err != nil {
		return based{}, fmt.Errorf("base %s: %w", ref, err)
	}
	config, err := i.ConfigFile()
	if err != nil {
		return based{}, fmt.Errorf("base %s: %w", ref, err)
	}
	// An index of images was asked for this architecture; a single image is what it is.
	if config.OS != "linux" || config.Architecture != arch {
		return based{}, fmt.Errorf("base %s is for %s/%s, the program for linux/%s", ref, config.OS, config.Architecture, arch)
	}
	return based{i, map[string]string{
		"org.opencontainers.image.base.name":   ref.Name(),
		"org.opencontainers.image.base.digest": digest.String(),
	}}, nil
}

// add adds the program to a base. The layers are written below dir.
func (o Options) add(base based, arch, dir string) (v1.Image, error) {
	program := "/" + o.Name
	if o.Name == "" {
		program += filepath.Base(o.Binary)
	}
	if path.Clean(program) != program || strings.Count(program, "/") != 1 {
		return nil, fmt.Errorf("%q is not the name of a file", o.Name)
	}
	mediaType, err := base.MediaType()
	if err != nil {
		return nil, err
	}
	layerType := types.OCILayer
	if mediaType == types.DockerManifestSchema2 {
		layerType = types.DockerLayer
	}
	// What changes with the site is last: a registry has the rest already.
	i := base.Image
	for n, entries := range [][]entry{o.surroundings(), {{name: program, mode: 0o755, file: o.Binary}}} {
		layer, err := writeLayer(filepath.Join(dir, strconv.Itoa(n)), layerType, entries)
		if err != nil {
			return nil, err
		}
		if i, err = mutate.Append(i, mutate.Addendum{Layer: layer, History: v1.History{CreatedBy: "jargo", Created: epoch}}); err != nil {
			return nil, err
		}
	}
	config, err := i.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", arch, epoch
	o.configure(&config.Config, program)
	if i, err = mutate.ConfigFile(i, config); err != nil {
		return nil, err
	}
	if base.annotations != nil {
		i = mutate.Annotations(i, base.annotations).(v1.Image)
	}
	return i, nil
}

// epoch is when everything was made: a time would be another each time.
var epoch = v1.Time{Time: time.Unix(0, 0).UTC()}

func (o Options) configure(c *v1.Config, program string) {
	c.Entrypoint, c.Cmd = []string{program}, o.Args
	c.User = fmt.Sprintf("%d:%[1]d", user)
	c.WorkingDir = home
	c.StopSignal = "SIGTERM"
	env := append([]string{"HOME=" + home}, o.Env...)
	if o.Base == "" {
		env = append([]string{"PATH=/"}, env...)
	}
	for _, variable := range env {
		key, _, _ := strings.Cut(variable, "=")
		c.Env = slices.DeleteFunc(c.Env, func(old string) bool { return strings.HasPrefix(old, key+"=") })
		c.Env = append(c.Env, variable)
	}
	for _, port := range o.Ports {
		if c.ExposedPorts == nil {
			c.ExposedPorts = map[string]struct{}{}
		}
		c.ExposedPorts[strconv.Itoa(port)+"/tcp"] = struct{}{}
	}
	for key, value := range o.Labels {
		if c.Labels == nil {
			c.Labels = map[string]string{}
		}
		c.Labels[key] = value
	}
	c.Healthcheck = nil // the base's is of another program
	if len(o.Health) > 0 {
		c.Healthcheck = &v1.HealthConfig{Test: append([]string{"CMD"}, o.Health...)}
	}
}
