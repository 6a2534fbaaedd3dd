package prerender

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// magic begins every entry. Its number is the version of the format.
const magic = "jargo page 2\n"

// head is the first part of an entry: a line of JSON between magic and the body.
// The entry ends with the SHA-256 of all that.
type head struct {
	Page    string
	Status  int
	Header  http.Header
	Created time.Time
	ETag    string
	Length  int
	Scheme  string `json:",omitempty"`
	Host    string `json:",omitempty"`
	Path    string `json:",omitempty"`
}

var errBroken = errors.New("the entry is corrupt")

// decode reads what encode has written for key.
func decode(data []byte, key Key) (*Entry, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok || len(rest) < sha256.Size {
		return nil, errBroken
	}
	text, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if want := sha256.Sum256(text); !bytes.Equal(sum, want[:]) {
		return nil, errBroken
	}
	line, body, ok := bytes.Cut(text[len(magic):], []byte("\n"))
	var m head
	if !ok || json.Unmarshal(line, &m) != nil || m.Page != key.Page || m.Length != len(body) {
		return nil, errBroken
	}
	return &Entry{Status: m.Status, Header: m.Header, Body: body, Created: m.Created, ETag: m.ETag, Scheme: m.Scheme, Host: m.Host, Path: m.Path}, nil
}

// encode returns an entry as it is stored outside of the memory.
func encode(e *Entry, key Key) ([]byte, error) {
	line, err := json.Marshal(head{key.Page, e.Status, e.Header, e.Created, e.ETag, len(e.Body), e.Scheme, e.Host, e.Path})
	if err != nil {
		return nil, err
	}
	data := make([]byte, 0, len(magic)+len(line)+1+len(e.Body)+sha256.Size)
	data = append(data, magic...)
	data = append(data, line...)
	data = append(data, '\n')
	data = append(data, e.Body...)
	sum := sha256.Sum256(data)
	return append(data, sum[:]...), nil
}

func (m *head) info(key Key) Info {
	return Info{Key: key, Scheme: m.Scheme, Host: m.Host, Path: m.Path, Status: m.Status, Type: m.Header.Get("Content-Type"), Size: int64(m.Length), Created: m.Created}
}

// readHead reads the first part of an entry. Whether the rest is whole is not known.
func readHead(r *bufio.Reader) (m head, err error) {
	if start, err := r.Peek(len(magic)); err != nil || string(start) != magic {
		return m, errBroken
	}
	r.Discard(len(magic))
	line, err := r.ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &m) != nil {
		return m, errBroken
	}
	return m, nil
}
