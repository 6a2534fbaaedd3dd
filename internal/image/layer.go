package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// entry is a file of a layer, or a directory if the name ends in a slash.
type entry struct {
	name  string
	mode  int64
	owner int
	data  []byte
	file  string // has the content, instead of data
}

// surroundings are what a program expects of a system.
func (o Options) surroundings() []entry {
	list := []entry{
		{name: "/tmp/", mode: 0o1777},
		{name: "/home/", mode: 0o755},
		{name: home + "/", mode: 0o700, owner: user},
	}
	roots := o.Roots
	if o.Base == "" {
		list = append(list, entry{name: "/etc/", mode: 0o755},
			entry{name: "/etc/passwd", mode: 0o644, data: fmt.Appendf(nil, "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:%d:%[1]d:nonroot:%s:/sbin/nologin\n", user, home)},
			entry{name: "/etc/group", mode: 0o644, data: fmt.Appendf(nil, "root:x:0:\nnonroot:x:%d:\n", user)})
		if roots == nil {
			roots = mozilla()
		}
	}
	if roots != nil {
		if o.Base != "" {
			list = append(list, entry{name: "/etc/", mode: 0o755})
		}
		list = append(list, entry{name: "/etc/ssl/", mode: 0o755}, entry{name: "/etc/ssl/certs/", mode: 0o755},
			entry{name: "/etc/ssl/certs/ca-certificates.crt", mode: 0o644, data: roots})
	}
	return list
}

// mozilla is the list of authorities, in PEM. Those are left out whose newer
// certificates are not trusted, for PEM cannot say so.
func mozilla() []byte {
	var list bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&list, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // to memory
		}
	}
	return list.Bytes()
}

// layer is a layer in a file, compressed. It is partial.CompressedLayer.
type layer struct {
	file         string
	mediaType    types.MediaType
	digest, diff v1.Hash
	size         int64
}

// writeLayer writes a layer to a file: it is read more than once, and may be larger
// than what should be held in memory.
func writeLayer(path string, mediaType types.MediaType, entries []entry) (v1.Layer, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	digest, diff := sha256.New(), sha256.New()
	compressed := gzip.NewWriter(io.MultiWriter(file, digest))
	archive := tar.NewWriter(io.MultiWriter(compressed, diff))
	for _, e := range entries {
		if err := e.write(archive); err != nil {
			return nil, err
		}
	}
	for _, c := range []io.Closer{archive, compressed} {
		if err := c.Close(); err != nil {
			return nil, err
		}
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	l := &layer{file: path, mediaType: mediaType, digest: sum(digest), diff: sum(diff), size: info.Size()}
	return partial.CompressedToLayer(l)
}

func sum(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

func (e entry) write(to *tar.Writer) error {
	content, size := io.Reader(bytes.NewReader(e.data)), int64(len(e.data))
	if e.file != "" {
		file, err := os.Open(e.file)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		content, size = file, info.Size()
	}
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: e.name[1:], Size: size, Mode: e.mode,
		Uid: e.owner, Gid: e.owner, ModTime: time.Unix(0, 0),
	}
	if strings.HasSuffix(e.name, "/") {
		header.Typeflag = tar.TypeDir
	}
	if err := to.WriteHeader(header); err != nil {
		return err
	}
	_, err := io.Copy(to, content)
	return err
}

func (l *layer) Digest() (v1.Hash, error)            { return l.digest, nil }
func (l *layer) DiffID() (v1.Hash, error)            { return l.diff, nil }
func (l *layer) Compressed() (io.ReadCloser, error)  { return os.Open(l.file) }
func (l *layer) Size() (int64, error)                { return l.size, nil }
func (l *layer) MediaType() (types.MediaType, error) { return l.mediaType, nil }
