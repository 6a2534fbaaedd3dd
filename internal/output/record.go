package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// RecordFile is not of the format: it lists the files that a build has put into
// functions, so that what these have written there while they were served is known. It
// is missing where there are no functions.
const RecordFile = "jargo-files.json"

// record is what a build has put into the functions of an output: a checksum of the
// content, or "" where that is of no matter, by names below the output's directory.
type record map[string]string

// WriteRecord writes the record of the output in dir, which is complete. changeable
// reports whether a file, named below dir, is one that a function might change: its
// content is recorded.
func WriteRecord(dir string, changeable func(name string) bool) error {
	r := record{}
	err := walkFunctions(dir, func(name, file string) (err error) {
		r[name] = ""
		if changeable(name) {
			r[name], err = checksum(file)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("record the files of functions: %w", err)
	}
	return WriteJSON(filepath.Join(dir, RecordFile), r)
}

// Written lists the files in the functions of an output that no build has put there,
// or that have changed since, sorted. Without a record, which builders other than
// Jargo's do not write, it lists none.
func Written(dir string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, RecordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("read %s: %w", RecordFile, err)
	}
	var written []string
	err = walkFunctions(dir, func(name, file string) error {
		was, put := r[name]
		if put && was == "" {
			return nil
		}
		is := ""
		if put {
			if is, err = checksum(file); errors.Is(err, fs.ErrNotExist) {
				return nil // the program has removed it meanwhile
			}
			if err != nil {
				return err
			}
		}
		if !put || is != was {
			written = append(written, name)
		}
		return nil
	})
	return written, err
}

// KeepWritten is a scratch.Keep: it reports whether functions of an output that was
// served from a scratch directory have written what is still there, or may have. A
// record that is not complete is that of an output which nobody has served.
func KeepWritten(dir string) bool {
	entries, _ := os.ReadDir(dir)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		if !e.IsDir() {
			return false
		}
		written, err := Written(filepath.Join(dir, e.Name()))
		var incomplete *json.SyntaxError
		return len(written) > 0 || err != nil && !errors.As(err, &incomplete)
	})
}

// walkFunctions calls visit for the files and links in the directories of the
// functions in dir, in which they run. What Python keeps beside modules to load them
// faster is nobody's data.
func walkFunctions(dir string, visit func(name, file string) error) error {
	return filepath.WalkDir(filepath.Join(dir, "functions"), func(file string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a file that the program has removed meanwhile
		case err != nil:
			return err
		case e.IsDir() && e.Name() == "__pycache__":
			return filepath.SkipDir
		case e.IsDir():
			return nil
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); !strings.Contains(name, FunctionSuffix+"/") {
			return nil
		}
		return visit(name, file)
	})
}

// checksum is that of a file's content. Whoever changes it has no reason to hide
// that; what is no file has another than every file.
func checksum(file string) (string, error) {
	if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() {
		return "none", err
	}
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	n, err := io.Copy(sum, f)
	return strconv.FormatInt(n, 10) + "-" + strconv.FormatUint(uint64(sum.Sum32()), 16), err
}
