package program

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"unsafe"

	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/program/start"
)

// Meta is what an archive says of the output.
type Meta struct {
	ID    string            `json:"id"`    // output.Output.ID
	ETags map[string]string `json:"etags"` // of static files, by their name
}

// encodings are the directories of an archive with static files in a content encoding, by
// its name.
var encodings = map[string]string{"br": start.StaticDir + ".br", "zstd": start.StaticDir + ".zstd", "gzip": start.StaticDir + ".gzip"}

// readArchive returns the output in an archive that was unpacked into dir. Static files are
// where they are in the program.
func readArchive(archive, dir string) (*output.Output, error) {
	r, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(r, start.MetaFile)
	if err != nil {
		return nil, err
	}
	var meta Meta
	if err := json.Unmarshal(text, &meta); err != nil {
		return nil, fmt.Errorf("read %s: %w", start.MetaFile, err)
	}
	content := map[string][]byte{}
	for _, f := range r.File {
		at, err := f.DataOffset()
		if err != nil {
			return nil, err
		}
		data := archive[at : at+int64(f.CompressedSize64)]
		content[f.Name] = unsafe.Slice(unsafe.StringData(data), len(data)) // which nobody writes to
	}
	var files []*output.File
	for name, data := range content {
		name, ok := strings.CutPrefix(name, start.StaticDir+"/")
		if !ok {
			continue
		}
		f := &output.File{Name: name, Data: data, Size: int64(len(data)), ETag: meta.ETags[name], Encoded: map[string][]byte{}}
		for encoding, dir := range encodings {
			if data, ok := content[path.Join(dir, name)]; ok {
				f.Encoded[encoding] = data
			}
		}
		files = append(files, f)
	}
	return output.ReadWith(filepath.Join(dir, start.OutputDir), files, meta.ID)
}
