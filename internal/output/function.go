package output

// FunctionConfig is a function's .vc-config.json.
type FunctionConfig struct {
	Runtime                   string            `json:"runtime"`
	Handler                   string            `json:"handler"`
	RuntimeLanguage           string            `json:"runtimeLanguage,omitempty"`
	Architecture              string            `json:"architecture,omitempty"` // x86_64, arm64
	Memory                    int               `json:"memory,omitempty"`       // MB
	MaxDuration               int               `json:"maxDuration,omitempty"`  // seconds
	Regions                   []string          `json:"regions,omitempty"`
	Environment               map[string]string `json:"environment,omitempty"`
	SupportsResponseStreaming bool              `json:"supportsResponseStreaming,omitempty"`
}

// PrerenderConfig is the <name>.prerender-config.json that makes a function a
// regenerated page.
type PrerenderConfig struct {
	// Expiration is the age in seconds at which an entry is rendered again;
	// false means never.
	Expiration     any               `json:"expiration"`
	Group          int               `json:"group,omitempty"`
	BypassToken    string            `json:"bypassToken,omitempty"`
	Fallback       string            `json:"fallback,omitempty"`  // relative to the config file's directory
	AllowQuery     []string          `json:"allowQuery,omitzero"` // nil: every query is an entry; empty: none is
	PassQuery      bool              `json:"passQuery,omitempty"`
	InitialHeaders map[string]string `json:"initialHeaders,omitempty"`
	InitialStatus  int               `json:"initialStatus,omitempty"`
	ExposeErrBody  bool              `json:"exposeErrBody,omitempty"`
}
