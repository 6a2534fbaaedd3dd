package output

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteJSON(t *testing.T) {
	key := `a"b\`
	v := struct {
		Zero  any                 `json:"zero"`
		Raw   json.RawMessage     `json:"raw"`
		Empty map[string]string   `json:"empty"`
		None  []int               `json:"none"`
		Alpha map[string]Override `json:"alpha"`
		Al    bool                `json:"al"`
	}{
		Zero:  []any{1.5, nil, "}]\",", map[string]any{"y": 1, "x": true}},
		Raw:   json.RawMessage(`{ "b": [ {"d": 1, "c": 12345678901234567890} ], "a": {} }`),
		Empty: map[string]string{},
		Alpha: map[string]Override{"b&<ü": {Path: &key, ContentType: "text/plain"}, "b": {}, key: {ContentType: "x"}},
	}
	const want = `{
  "al": false,
  "alpha": {
    "a\"b\\": {
      "contentType": "x"
    },
    "b": {},
    "b&<ü": {
      "contentType": "text/plain",
      "path": "a\"b\\"
    }
  },
  "empty": {},
  "none": null,
  "raw": {
    "a": {},
    "b": [
      {
        "c": 12345678901234567890,
        "d": 1
      }
    ]
  },
  "zero": [
    1.5,
    null,
    "}]\",",
    {
      "x": true,
      "y": 1
    }
  ]
}
`
	file := filepath.Join(t.TempDir(), "directory", "file.json")
	if err := WriteJSON(file, v); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}
