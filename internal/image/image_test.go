package image

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/jargo-dev/jargo/internal/imagetest"
)

// compile compiles a program of testdata for Linux.
func compile(t *testing.T, program, arch string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), program)
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "./testdata/"+program)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

func newImage(t *testing.T, o Options) *Image {
	t.Helper()
	i, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i
}

// everything are options with all fields set that need no registry.
func everything(binary string) Options {
	return Options{
		Binary: binary, Name: "site", Args: []string{"--addr", ":3000"},
		Env:    []string{"A=1", "B=2"},
		Ports:  []int{3000, 9000},
		Labels: map[string]string{"org.opencontainers.image.title": "Site", "a": "b", "c": "d"},
		Health: []string{"/site", "--health"},
	}
}

func write(t *testing.T, i *Image, tag string) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := i.Write(&w, tag); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// TestSameBytes makes an image twice, of a binary that was written at different times.
func TestSameBytes(t *testing.T) {
	binary := compile(t, "nothing", runtime.GOARCH)
	first := newImage(t, everything(binary))
	data, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(again, data, 0o600); err != nil {
		t.Fatal(err)
	}
	second := newImage(t, everything(again))
	if !bytes.Equal(write(t, first, "site"), write(t, second, "site")) {
		t.Error("two images of one program differ")
	}
	one, err := first.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if two, err := second.Digest(); err != nil || one != two {
		t.Error(one, two, err)
	}
	o := everything(binary)
	o.Args = nil
	if other, err := newImage(t, o).Digest(); err != nil || other == one {
		t.Error("another image has the same digest", err)
	}
}

// TestConfig reads what an engine would, from a tar, by the library and by its own
// manifest.json.
func TestConfig(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		file := filepath.Join(t.TempDir(), "site.tar")
		if err := os.WriteFile(file, write(t, newImage(t, everything(compile(t, "nothing", arch))), "shop/site"), 0o600); err != nil {
			t.Fatal(err)
		}
		tag, err := name.NewTag("shop/site:latest")
		if err != nil {
			t.Fatal(err)
		}
		i, err := tarball.ImageFromPath(file, &tag)
		if err != nil {
			t.Fatal(err)
		}
		config, err := i.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(config.Config)
		if err != nil {
			t.Fatal(err)
		}
		const want = `{"Cmd":["--addr",":3000"],"Healthcheck":{"Test":["CMD","/site","--health"]},"Entrypoint":["/site"],` +
			`"Env":["PATH=/","HOME=/home/nonroot","A=1","B=2"],"Labels":{"a":"b","c":"d","org.opencontainers.image.title":"Site"},` +
			`"User":"65532:65532","WorkingDir":"/home/nonroot","ExposedPorts":{"3000/tcp":{},"9000/tcp":{}},"StopSignal":"SIGTERM"}`
		if string(got) != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
		if p := config.Platform().String(); p != "linux/"+arch {
			t.Error(p, arch)
		}
		if err := validate.Image(i); err != nil {
			t.Error(err)
		}
	}
}

// TestTags looks at the names by which engines know an image.
func TestTags(t *testing.T) {
	i := newImage(t, Options{Binary: compile(t, "nothing", runtime.GOARCH)})
	for _, test := range []struct{ tag, repoTags, ref, containerd string }{
		{"site", `["site:latest"]`, "latest", "docker.io/library/site:latest"},
		{"shop/site:v2", `["shop/site:v2"]`, "v2", "docker.io/shop/site:v2"},
		{"localhost:5000/site", `["localhost:5000/site:latest"]`, "latest", "localhost:5000/site:latest"},
		{"", `null`, "", ""},
	} {
		index, list, err := i.indexes(test.tag)
		if err != nil {
			t.Fatal(err)
		}
		var old []struct{ RepoTags json.RawMessage }
		var layout v1.IndexManifest
		if err := errors.Join(json.Unmarshal(list, &old), json.Unmarshal(index, &layout)); err != nil {
			t.Fatal(err)
		}
		if got := string(old[0].RepoTags); got != test.repoTags {
			t.Errorf("%q: RepoTags %s, want %s", test.tag, got, test.repoTags)
		}
		a := layout.Manifests[0].Annotations
		if a["org.opencontainers.image.ref.name"] != test.ref || a["io.containerd.image.name"] != test.containerd {
			t.Errorf("%q: %v", test.tag, a)
		}
	}
	if err := i.Write(io.Discard, "Not A Name"); err == nil {
		t.Error("no name of an image, but no error")
	}
}

// TestLayout checks the tar as a layout: each blob has the digest that its name says,
// and index.json leads to all of them.
func TestLayout(t *testing.T) {
	files := map[string][]byte{}
	var names []string
	for r := tar.NewReader(bytes.NewReader(write(t, newImage(t, everything(compile(t, "nothing", runtime.GOARCH))), "site"))); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = data
		if digest, ok := strings.CutPrefix(header.Name, "blobs/sha256/"); ok && digest != "" {
			names = append(names, header.Name)
			if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != digest {
				t.Errorf("%s has another digest", header.Name)
			}
		}
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(files["index.json"], &index); err != nil {
		t.Fatal(err)
	}
	var manifest v1.Manifest
	if err := json.Unmarshal(files[blobName(index.Manifests[0].Digest)], &manifest); err != nil {
		t.Fatal(err)
	}
	want := []string{blobName(index.Manifests[0].Digest), blobName(manifest.Config.Digest)}
	for _, l := range manifest.Layers {
		want = append(want, blobName(l.Digest))
	}
	if !slices.Equal(names, want) {
		t.Errorf("%q\nwant\n%q", names, want)
	}
	if got := string(files["oci-layout"]); got != `{"imageLayoutVersion":"1.0.0"}` {
		t.Error(got)
	}
	if manifest.MediaType != types.OCIManifestSchema1 || manifest.Config.MediaType != types.OCIConfigJSON || manifest.Layers[0].MediaType != types.OCILayer {
		t.Errorf("%+v", manifest)
	}
}

// TestMistakes is what a user does wrong.
func TestMistakes(t *testing.T) {
	binary := compile(t, "nothing", runtime.GOARCH)
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\necho no program\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	nothing := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(nothing, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		o    Options
		want string
	}{
		{Options{Binary: text}, text + " is not a program for Linux: bad magic number"},
		{Options{Binary: nothing}, nothing + " is not a program for Linux: EOF"},
		{Options{Binary: filepath.Join(t.TempDir(), "none")}, "no such file"},
		{Options{Binary: binary, Name: "a/b"}, `"a/b" is not the name of a file`},
		{Options{Binary: binary, Name: ".."}, `".." is not the name of a file`},
		{Options{Binary: binary, Base: "A B"}, "base: could not parse reference: A B"},
	} {
		i, err := New(t.Context(), test.o)
		if err == nil {
			i.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

// TestDynamic takes a program with a dynamic linker: it needs a base that has it.
func TestDynamic(t *testing.T) {
	binary, err := os.ReadFile(compile(t, "nothing", runtime.GOARCH))
	if err != nil {
		t.Fatal(err)
	}
	// The first program header is made to be that of an interpreter: at 0x40 in a
	// 64-bit file, where Go's linker puts it, PT_INTERP is 3.
	binary[0x40] = 3
	file := filepath.Join(t.TempDir(), "dynamic")
	if err := os.WriteFile(file, binary, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), Options{Binary: file}); err == nil || !strings.Contains(err.Error(), "is linked dynamically") {
		t.Error(err)
	}
	host := newRegistry(t)
	pushBase(t, host+"/base")
	newImage(t, Options{Binary: file, Base: host + "/base"})
}

// TestRoots parses the authorities that an empty image has.
func TestRoots(t *testing.T) {
	n := 0
	for rest := mozilla(); len(rest) > 0; n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			t.Fatal("no PEM")
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			t.Error(err)
		}
	}
	if n < 50 {
		t.Errorf("%d authorities", n)
	}
}

func newRegistry(t *testing.T) (host string) {
	t.Helper()
	s := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// pushBase pushes an image as a base may be, in the older form, with files that others
// replace or delete.
func pushBase(t *testing.T, reference string) v1.Hash {
	t.Helper()
	base := empty.Image
	for _, entries := range [][]entry{
		{{name: "/etc/", mode: 0o755}, {name: "/etc/issue", mode: 0o644, data: []byte("base")}, {name: "/etc/gone", mode: 0o644}},
		{{name: "/etc/.wh.gone", mode: 0o644}},
	} {
		l, err := writeLayer(filepath.Join(t.TempDir(), "layer"), types.DockerLayer, entries)
		if err != nil {
			t.Fatal(err)
		}
		if base, err = mutate.AppendLayers(base, l); err != nil {
			t.Fatal(err)
		}
	}
	config, err := base.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config = v1.Config{
		Env: []string{"PATH=/usr/bin", "A=base", "KEPT=yes"}, Cmd: []string{"sh"}, WorkingDir: "/srv",
		Labels: map[string]string{"a": "base", "base": "yes"}, ExposedPorts: map[string]struct{}{"80/tcp": {}},
		Healthcheck: &v1.HealthConfig{Test: []string{"CMD", "of", "base"}},
	}
	if base, err = mutate.ConfigFile(base, config); err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, base); err != nil {
		t.Fatal(err)
	}
	digest, err := base.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// TestBase adds to an image of a registry.
func TestBase(t *testing.T) {
	host := newRegistry(t)
	digest := pushBase(t, host+"/base:v1")
	o := everything(compile(t, "nothing", runtime.GOARCH))
	o.Base, o.Health = host+"/base:v1", nil
	i := newImage(t, o)
	config, err := i.image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(config.Config)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Cmd":["--addr",":3000"],"Entrypoint":["/site"],` +
		`"Env":["PATH=/usr/bin","KEPT=yes","HOME=/home/nonroot","A=1","B=2"],` +
		`"Labels":{"a":"b","base":"yes","c":"d","org.opencontainers.image.title":"Site"},` +
		`"User":"65532:65532","WorkingDir":"/home/nonroot","ExposedPorts":{"3000/tcp":{},"80/tcp":{},"9000/tcp":{}},"StopSignal":"SIGTERM"}`
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	manifest, err := i.image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if a := manifest.Annotations; a["org.opencontainers.image.base.name"] != host+"/base:v1" || a["org.opencontainers.image.base.digest"] != digest.String() {
		t.Error(a)
	}
	for _, l := range manifest.Layers {
		if l.MediaType != types.DockerLayer {
			t.Error("a layer of another form than the base: ", l.MediaType)
		}
	}
	root := t.TempDir()
	imagetest.Unpack(t, write(t, i, "site"), root)
	if data, err := os.ReadFile(filepath.Join(root, "etc/issue")); err != nil || string(data) != "base" {
		t.Errorf("%q %v", data, err)
	}
	for _, none := range []string{"etc/gone", "etc/passwd", "etc/ssl"} {
		if _, err := os.Lstat(filepath.Join(root, none)); err == nil {
			t.Error(none + " is in the image")
		}
	}
}

// TestBaseOfAnotherArchitecture takes a single image that is not for the program.
func TestBaseOfAnotherArchitecture(t *testing.T) {
	host := newRegistry(t)
	pushBase(t, host+"/base")
	other := map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH]
	_, err := New(t.Context(), Options{Binary: compile(t, "nothing", other), Base: host + "/base"})
	if want := "is for linux/" + runtime.GOARCH + ", the program for linux/" + other; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestPush pushes an image to a registry and pulls it.
func TestPush(t *testing.T) {
	host := newRegistry(t)
	i := newImage(t, everything(compile(t, "nothing", runtime.GOARCH)))
	digest, err := i.Digest()
	if err != nil {
		t.Fatal(err)
	}
	pushed, err := i.Push(t.Context(), host+"/shop/site:v2")
	if want := host + "/shop/site@" + digest; err != nil || pushed != want {
		t.Fatalf("%s %v, want %s", pushed, err, want)
	}
	for _, reference := range []string{host + "/shop/site:v2", pushed} {
		ref, err := name.ParseReference(reference)
		if err != nil {
			t.Fatal(err)
		}
		pulled, err := remote.Image(ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(pulled); err != nil {
			t.Error(err)
		}
	}
	if _, err := i.Push(t.Context(), "Not A Name"); err == nil {
		t.Error("no reference, but no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.Push(ctx, host+"/late"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
