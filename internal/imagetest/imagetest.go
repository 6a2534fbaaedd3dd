// Package imagetest runs OCI images for tests, as a container engine does.
package imagetest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Config is what an image says of how its program is started.
type Config struct {
	User            string // uid:gid
	Env             []string
	Entrypoint, Cmd []string
	WorkingDir      string
	StopSignal      string
}

// manifest is an item of manifest.json.
type manifest struct {
	Config string
	Layers []string
}

// read returns the files of an image's tar, and what its manifest.json says.
func read(t testing.TB, image []byte) (map[string][]byte, manifest) {
	t.Helper()
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(image)); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	var list []manifest
	if err := json.Unmarshal(files["manifest.json"], &list); err != nil || len(list) != 1 {
		t.Fatalf("manifest.json: %v, %d images", err, len(list))
	}
	return files, list[0]
}

// ReadConfig returns the configuration of an image, which is a tar.
func ReadConfig(t testing.TB, image []byte) Config {
	t.Helper()
	files, m := read(t, image)
	var c struct{ Config Config }
	if err := json.Unmarshal(files[m.Config], &c); err != nil {
		t.Fatal(err)
	}
	return c.Config
}

// Layers returns the layers of an image, in order, as tars.
func Layers(t testing.TB, image []byte) [][]byte {
	t.Helper()
	files, m := read(t, image)
	var all [][]byte
	for _, name := range m.Layers {
		r, err := gzip.NewReader(bytes.NewReader(files[name]))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

// Unpack unpacks an image into a directory.
func Unpack(t testing.TB, image []byte, root string) {
	t.Helper()
	for _, layer := range Layers(t, image) {
		for r := tar.NewReader(bytes.NewReader(layer)); ; {
			header, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if err := unpackEntry(root, header, r); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func unpackEntry(root string, header *tar.Header, content io.Reader) error {
	path := filepath.Join(root, header.Name)
	if gone, ok := strings.CutPrefix(filepath.Base(path), ".wh."); ok {
		return os.RemoveAll(filepath.Join(filepath.Dir(path), gone))
	}
	if header.Typeflag == tar.TypeDir {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
	} else {
		data, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
	}
	if os.Getuid() == 0 {
		if err := os.Chown(path, header.Uid, header.Gid); err != nil {
			return err
		}
	}
	return os.Chmod(path, header.FileInfo().Mode())
}
