package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Write writes the image as a tar, under a tag as "site" or "registry.example/site:v2",
// or under none if it is "". The tar is an OCI image layout
// (https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md), and has
// besides the manifest.json that engines read which know no layouts: docker load, podman
// load, ctr image import and skopeo take it.
func (i *Image) Write(w io.Writer, tag string) error {
	index, list, err := i.indexes(tag)
	if err != nil {
		return err
	}
	layers, err := i.image.Layers()
	if err != nil {
		return err
	}
	a := archive{tar: tar.NewWriter(w), blobs: map[string]bool{}}
	a.directory("blobs/")
	a.directory("blobs/sha256/")
	a.file("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	a.file("index.json", index)
	a.file("manifest.json", list)
	a.json(i.image.Digest, i.image.RawManifest)
	a.json(i.image.ConfigName, i.image.RawConfigFile)
	for _, layer := range layers {
		a.layer(layer)
	}
	if a.err != nil {
		return a.err
	}
	return a.tar.Close()
}

// indexes returns index.json, of the layout, and manifest.json.
func (i *Image) indexes(tag string) (index, list []byte, err error) {
	descriptor, err := partial.Descriptor(i.image)
	if err != nil {
		return nil, nil, err
	}
	config, err := i.image.ConfigFile()
	if err != nil {
		return nil, nil, err
	}
	manifest, err := i.image.Manifest()
	if err != nil {
		return nil, nil, err
	}
	descriptor.Platform = config.Platform()
	old := struct {
		Config   string
		RepoTags []string
		Layers   []string
	}{Config: blobName(manifest.Config.Digest)}
	for _, layer := range manifest.Layers {
		old.Layers = append(old.Layers, blobName(layer.Digest))
	}
	if tag != "" {
		ref, err := name.NewTag(tag)
		if err != nil {
			return nil, nil, err
		}
		// Engines read the first as the name's last part, containerd the second.
		descriptor.Annotations = map[string]string{
			"org.opencontainers.image.ref.name": ref.TagStr(),
			"io.containerd.image.name":          strings.Replace(ref.Name(), name.DefaultRegistry, "docker.io", 1),
		}
		old.RepoTags = []string{strings.TrimSuffix(tag, ":"+ref.TagStr()) + ":" + ref.TagStr()}
	}
	if index, err = json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{*descriptor}}); err != nil {
		return nil, nil, err
	}
	list, err = json.Marshal([]any{old})
	return index, list, err
}

func blobName(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }

// archive writes a tar. It does nothing after an error.
type archive struct {
	tar   *tar.Writer
	blobs map[string]bool
	err   error
}

func (a *archive) directory(name string) {
	a.write(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}, bytes.NewReader(nil))
}

func (a *archive) file(name string, data []byte) {
	a.write(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data))}, bytes.NewReader(data))
}

func (a *archive) write(header *tar.Header, content io.Reader) {
	if a.err != nil {
		return
	}
	header.ModTime = time.Unix(0, 0)
	if a.err = a.tar.WriteHeader(header); a.err == nil {
		_, a.err = io.Copy(a.tar, content)
	}
}

// json writes a blob that is in memory.
func (a *archive) json(digest func() (v1.Hash, error), data func() ([]byte, error)) {
	hash, err := digest()
	if a.failed(err) {
		return
	}
	raw, err := data()
	if a.failed(err) {
		return
	}
	a.file(blobName(hash), raw)
}

// layer writes a layer as it is in a registry. A base may have one twice.
func (a *archive) layer(layer v1.Layer) {
	digest, err := layer.Digest()
	if a.failed(err) || a.blobs[digest.Hex] {
		return
	}
	a.blobs[digest.Hex] = true
	size, err := layer.Size()
	if a.failed(err) {
		return
	}
	content, err := layer.Compressed()
	if a.failed(err) {
		return
	}
	defer content.Close()
	a.write(&tar.Header{Typeflag: tar.TypeReg, Name: blobName(digest), Mode: 0o644, Size: size}, content)
}

func (a *archive) failed(err error) bool {
	if a.err == nil {
		a.err = err
	}
	return a.err != nil
}
