package site

import (
	"encoding/json"
	"slices"
	"testing"
)

// TestSettings reads each setting as Python pages have it, and writes it to the
// output.
func TestSettings(t *testing.T) {
	for _, tt := range []struct{ key, value, function, prerender string }{
		{"every", "5", "", `{"expiration":5}`},
		{"every", "60.0", "", `{"expiration":60}`},
		{"query", `["q","a"]`, "", `{"allowQuery":["q","a"]}`},
		{"max_duration", "10", `{"maxDuration":10}`, ""},
		{"memory", "512", `{"memory":512}`, ""},
		{"regions", `["iad1","fra1"]`, `{"regions":["iad1","fra1"]}`, ""},
		{"python", `"python3.12"`, `{"runtime":"python3.12"}`, ""},
		{"fallback", "false", "", ""},
	} {
		s := setting(t, tt.key)
		p := &Page{}
		p.Kind = Regenerated
		if err := s.Read(p, []byte(tt.value)); err != nil {
			t.Errorf("%s: %s: %v", tt.key, tt.value, err)
		}
		for field, want := range map[string]string{s.Function: tt.function, s.Prerender: tt.prerender} {
			if field == "" {
				continue
			}
			config := map[string]any{}
			p.Put(&config, func(other *Setting) string {
				if other == s {
					return field
				}
				return ""
			})
			if got, err := json.Marshal(config); err != nil || string(got) != want {
				t.Errorf("%s: %s becomes %s, %v, want %s", tt.key, tt.value, got, err, want)
			}
		}
		if p.NoFallback != (tt.key == "fallback") {
			t.Errorf("%s: NoFallback is %v", tt.key, p.NoFallback)
		}
	}
}

// TestSettingsOfOtherTypes has values that no setting has.
func TestSettingsOfOtherTypes(t *testing.T) {
	for key, values := range map[string][]string{
		"every": {`"5"`, "1e300", "true"}, "max_duration": {"1.5", "99999999999"}, "memory": {`"1"`, "1.5"},
		"query": {`"q"`, "[1]"}, "regions": {`"iad1"`}, "fallback": {`"no"`, "0"}, "python": {"3.12"},
	} {
		for _, value := range values {
			if setting(t, key).Read(&Page{}, []byte(value)) == nil {
				t.Errorf("%s can be %s", key, value)
			}
		}
	}
}

// TestPutElsewhere checks that a setting that the output has no field for does
// not vanish.
func TestPutElsewhere(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a config without the field took it")
		}
	}()
	p := &Page{}
	p.Kind = Fresh
	p.Put(&struct{}{}, func(s *Setting) string { return s.Function })
}

// setting is the one that Python pages call key.
func setting(t *testing.T, key string) *Setting {
	t.Helper()
	i := slices.IndexFunc(Settings, func(s *Setting) bool { return s.Python == key })
	if i < 0 {
		t.Fatalf("there is no setting %s", key)
	}
	return Settings[i]
}
