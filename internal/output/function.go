package output

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// FunctionConfig is a function's .vc-config.json.
type FunctionConfig struct {
	Runtime                   string            `json:"runtime"`
	Handler                   string            `json:"handler"`
	RuntimeLanguage           string            `json:"runtimeLanguage,omitempty"`
	Architecture              string            `json:"architecture,omitempty"` // x86_64, arm64
	Memory                    int               `json:"memory,omitempty"`       // MB
	MaxDuration               int               `json:"maxDuration,omitempty"`  // seconds; "max" is read as MaxDurationCap
	Regions                   []string          `json:"regions,omitempty"`
	Environment               map[string]string `json:"environment,omitempty"`
	SupportsResponseStreaming bool              `json:"supportsResponseStreaming,omitempty"`

	// What follows is written by Node.js builders.
	LauncherType     string `json:"launcherType,omitempty"` // Nodejs
	ShouldAddHelpers bool   `json:"shouldAddHelpers,omitempty"`
	UseWebAPI        bool   `json:"useWebApi,omitempty"`
	AWSLambdaHandler string `json:"awsLambdaHandler,omitempty"` // file.export
	Entrypoint       string `json:"entrypoint,omitempty"`       // of an edge function
	// FilePathMap names files that were left in the repository: their path in
	// the function to the one there.
	FilePathMap map[string]string `json:"filePathMap,omitempty"`
}

// Repository returns the directory that the files of FilePathMap are relative
// to: the first above the function from which one leads to a file. The output
// does not say where the repository begins.
func (f *Function) Repository() (string, error) {
	dir, err := filepath.Abs(f.Dir)
	if err != nil {
		return "", err
	}
	names := slices.Sorted(maps.Keys(f.Config.FilePathMap))
	if len(names) == 0 {
		return dir, nil
	}
	name := f.Config.FilePathMap[names[0]]
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, filepath.FromSlash(name))); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("filePathMap: there is no %q in a directory above the output", name)
		}
	}
}

// MaxDurationCap is what a maxDuration of "max" means, in seconds.
const MaxDurationCap = 800

// PrerenderConfig is the <name>.prerender-config.json that makes a function a
// regenerated page.
type PrerenderConfig struct {
	// Expiration is the age in seconds at which an entry is rendered again;
	// false means never.
	Expiration any `json:"expiration"`
	// StaleExpiration is the age in seconds at which an entry is no longer
	// served while it is rendered again; 0 means there is none.
	StaleExpiration int               `json:"staleExpiration,omitempty"`
	Group           int               `json:"group,omitempty"` // members are rendered again together; 0 is no group
	BypassToken     string            `json:"bypassToken,omitempty"`
	Fallback        string            `json:"fallback,omitempty"`    // relative to the config file's directory
	AllowQuery      []string          `json:"allowQuery,omitzero"`   // nil: every query is an entry; empty: none is
	AllowHeader     []string          `json:"allowHeader,omitempty"` // request headers that make separate entries
	PassQuery       bool              `json:"passQuery,omitempty"`
	InitialHeaders  map[string]string `json:"initialHeaders,omitempty"`
	InitialStatus   int               `json:"initialStatus,omitempty"`
	ExposeErrBody   bool              `json:"exposeErrBody,omitempty"`
	// BypassFor lists conditions; a request that meets one goes to the
	// function and neither reads nor writes the entry.
	BypassFor []Condition `json:"experimentalBypassFor,omitempty"`

	// FallbackType is the content type of a fallback written in object form.
	FallbackType string `json:"-"`
}

// maxSeconds caps what is given in seconds: sixty years.
const maxSeconds = 60 * 365 * 24 * 60 * 60

// Seconds returns a duration that is given in seconds, however long.
func Seconds(n int) time.Duration {
	return time.Duration(min(n, maxSeconds)) * time.Second
}

// ExpirationSeconds returns Expiration as a number of seconds; ok is false
// when the entry never expires.
func (c *PrerenderConfig) ExpirationSeconds() (seconds int, ok bool) {
	switch v := c.Expiration.(type) {
	case int:
		return v, true
	case float64:
		return int(min(v, maxSeconds)), true
	}
	return 0, false
}
