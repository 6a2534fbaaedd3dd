package output

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
	// BypassFor lists conditions; a request that meets one is answered by the
	// function and does not touch the entry.
	BypassFor []Condition `json:"experimentalBypassFor,omitempty"`

	// FallbackType is the content type of a fallback written in object form.
	FallbackType string `json:"-"`
}

// ExpirationSeconds returns Expiration as a number of seconds; ok is false
// when the entry never expires.
func (c *PrerenderConfig) ExpirationSeconds() (seconds int, ok bool) {
	switch v := c.Expiration.(type) {
	case int:
		return v, true
	case float64:
		return int(v), true
	}
	return 0, false
}
