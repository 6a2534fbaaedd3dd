package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// readConfig reads config.json. A config.json that is not there or not JSON is
// reported and the rest of the output still read, so that all mistakes are
// seen at once.
func (r *reader) readConfig() error {
	data, err := os.ReadFile(filepath.Join(r.out.Dir, ConfigFile))
	if errors.Is(err, fs.ErrNotExist) {
		r.list.Add(r.pos(ConfigFile), "a Build Output directory holds at least config.json: {\"version\": 3}", "there is no config.json")
		return nil
	}
	if err != nil {
		return fmt.Errorf("read output: %w", err)
	}
	r.parseConfig(data)
	return nil
}

// parseConfig fills out.Config from the text of config.json.
func (r *reader) parseConfig(data []byte) {
	at := r.pos(ConfigFile)
	fields, err := objectFields(data)
	if err != nil {
		r.list.Add(jsonPos(at, data, err), "", "%s", jsonMessage(err))
		return
	}
	cfg := &r.out.Config
	var version any
	for _, f := range fields {
		var err error
		switch f.key {
		case "version":
			err = json.Unmarshal(f.raw, &version)
		case "routes":
			r.parseRoutes(data, f)
		case "overrides":
			err = json.Unmarshal(f.raw, &cfg.Overrides)
		case "wildcard":
			err = json.Unmarshal(f.raw, &cfg.Wildcard)
		case "crons":
			err = json.Unmarshal(f.raw, &cfg.Crons)
		case "framework":
			// It is for display only, so one that is not understood is ignored.
			if json.Unmarshal(f.raw, &cfg.Framework) != nil {
				cfg.Framework = nil
			}
		case "deploymentId":
			r.checkDeploymentID(data, f)
		}
		if err != nil {
			r.list.Add(offsetPos(at, data, f.offset), "", "%s: %s", f.key, jsonMessage(err))
		}
	}
	if version != float64(Version) {
		text, _ := json.Marshal(version)
		r.list.Add(at, "this host serves version 3 of the Build Output API", "version is %s, want 3", text)
		return
	}
	cfg.Version = Version
}

var deploymentID = regexp.MustCompile(`^[a-zA-Z0-9_-]{0,32}$`)

func (r *reader) checkDeploymentID(data []byte, f field) {
	var id string
	if err := json.Unmarshal(f.raw, &id); err != nil || !deploymentID.MatchString(id) {
		r.list.Add(offsetPos(r.pos(ConfigFile), data, f.offset), "use at most 32 letters, digits, _ and -", "deploymentId %s is not valid", f.raw)
	}
}

// field is a property of a JSON object.
type field struct {
	key    string
	raw    json.RawMessage
	offset int // of raw in the text
}

// objectFields splits a JSON object into its properties, in their order.
func objectFields(data []byte) ([]field, error) {
	if !json.Valid(data) {
		// The decoder below would stop at the first token that is wrong, and
		// not see what comes after the object.
		var v any
		return nil, json.Unmarshal(data, &v)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	var fields []field
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		f := field{key: key.(string)}
		if err := dec.Decode(&f.raw); err != nil {
			return nil, err
		}
		f.offset = int(dec.InputOffset()) - len(f.raw)
		fields = append(fields, f)
	}
	return fields, nil
}

// jsonMessage says what err found wrong in a JSON text, without Go's names.
func jsonMessage(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		if wrong.Field == "" {
			return fmt.Sprintf("want %s, not %s", jsonKind(wrong), article(wrong.Value))
		}
		return fmt.Sprintf("%s: want %s, not %s", wrong.Field, jsonKind(wrong), article(wrong.Value))
	}
	return "not valid JSON: " + strings.TrimPrefix(err.Error(), "json: ")
}

func jsonKind(err *json.UnmarshalTypeError) string {
	switch kind := err.Type.Kind().String(); kind {
	case "string":
		return "a string"
	case "bool":
		return "true or false"
	case "int":
		return "a whole number"
	case "slice":
		return "a list"
	default:
		return "an object"
	}
}

func article(kind string) string {
	switch {
	case kind == "bool":
		return "a boolean"
	case strings.HasPrefix(kind, "number "):
		return kind
	case kind == "array":
		return "a list"
	case kind == "object":
		return "an object"
	}
	return "a " + kind
}

// jsonPos is the place that err points at in the JSON text data of the file at.
func jsonPos(at diag.Pos, data []byte, err error) diag.Pos {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return offsetPos(at, data, int(syntax.Offset)-1)
	case errors.As(err, &wrong):
		return offsetPos(at, data, int(wrong.Offset)-1)
	}
	return at
}

// offsetPos is the place of a byte offset in the text data of the file at.
func offsetPos(at diag.Pos, data []byte, offset int) diag.Pos {
	lines := lineCounter{data: data}
	return lines.pos(at, offset)
}

// lineCounter finds the places of byte offsets in a text. It is asked for them
// in ascending order, so that it reads the text once.
type lineCounter struct {
	data  []byte
	done  int // what has been read
	lines int // before start
	start int // of the line that done is in
}

// pos is the place of an offset in the file at, whose text is data.
func (c *lineCounter) pos(at diag.Pos, offset int) diag.Pos {
	offset = min(max(offset, c.done), len(c.data))
	between := c.data[c.done:offset]
	if n := bytes.Count(between, []byte("\n")); n > 0 {
		c.lines += n
		c.start = c.done + bytes.LastIndexByte(between, '\n') + 1
	}
	c.done = offset
	at.Line, at.Col = c.lines+1, offset-c.start+1
	return at
}
