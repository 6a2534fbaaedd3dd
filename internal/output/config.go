package output

import "encoding/json"

// Config is config.json. Only Version is required. Read fills what a host
// needs; properties that only concern a deployment are not kept.
type Config struct {
	Version   int                 `json:"version"`
	Routes    []Route             `json:"routes,omitempty"`
	Overrides map[string]Override `json:"overrides,omitempty"`
	Wildcard  []Wildcard          `json:"wildcard,omitempty"`
	Framework *Framework          `json:"framework,omitempty"`
	Crons     []Cron              `json:"crons,omitempty"`
	Images    json.RawMessage     `json:"images,omitempty"` // of the platform's image optimization
}

// Override changes how one static file is served. Its key is the file's path
// below static/.
type Override struct {
	// Path replaces the file's output path: no slash at either end, "" is the
	// root. nil keeps it.
	Path *string `json:"path,omitempty"`
	// ContentType replaces the type inferred from the file's name.
	ContentType string `json:"contentType,omitempty"`
}

// Wildcard sets $wildcard to Value for requests whose host is Domain.
type Wildcard struct {
	Domain string `json:"domain"`
	Value  string `json:"value"`
}

// Framework names what made the output. It is for display.
type Framework struct {
	Slug    string `json:"slug,omitempty"`
	Version string `json:"version"`
}

// Cron is a path the platform requests on a schedule (five fields, UTC).
type Cron struct {
	Path     string `json:"path"`
	Schedule string `json:"schedule"`
}

// Phases of the routing table, the values of Route.Handle. Routes before the
// first marker belong to PhaseNull.
const (
	PhaseNull       = ""
	PhaseFilesystem = "filesystem"
	PhaseMiss       = "miss"
	PhaseRewrite    = "rewrite"
	PhaseResource   = "resource"
	PhaseHit        = "hit"
	PhaseError      = "error"
)

// Route is one entry of the routing table: a phase marker when Handle is set,
// else a source route.
type Route struct {
	Handle string `json:"handle,omitempty"`

	Src           string            `json:"src,omitempty"`
	Dest          string            `json:"dest,omitempty"`
	Status        int               `json:"status,omitempty"`
	Headers       map[string]string `json:"headers,omitempty"`
	Methods       []string          `json:"methods,omitempty"`
	Continue      bool              `json:"continue,omitempty"`
	Check         bool              `json:"check,omitempty"`
	CaseSensitive bool              `json:"caseSensitive,omitempty"`
	Important     bool              `json:"important,omitempty"`
	Override      bool              `json:"override,omitempty"`
	Has           []Condition       `json:"has,omitempty"`
	Missing       []Condition       `json:"missing,omitempty"`
	Transforms    []Transform       `json:"transforms,omitempty"`
	// Env names the environment variables that may be expanded in Dest and
	// Headers.
	Env    []string `json:"env,omitempty"`
	Locale *Locale  `json:"locale,omitempty"`
	// MiddlewarePath is the output path of the function that runs before the
	// request goes on.
	MiddlewarePath string    `json:"middlewarePath,omitempty"`
	Mitigate       *Mitigate `json:"mitigate,omitempty"`
}

// Locale redirects the visitor of the root to the page of their language.
type Locale struct {
	Redirect map[string]string `json:"redirect,omitempty"` // locale to path or URL
	Cookie   string            `json:"cookie,omitempty"`   // the cookie that overrules Accept-Language
}

// Mitigate is a firewall action.
type Mitigate struct {
	Action string `json:"action"` // challenge, deny
}

// Transform changes a request or a response when its route matches.
type Transform struct {
	Type   string           `json:"type"` // request.query, request.headers, request.path, response.headers
	Op     string           `json:"op"`   // set, append, delete
	Target *TransformTarget `json:"target,omitempty"`
	Args   any              `json:"args,omitempty"` // string or list of strings
	Env    []string         `json:"env,omitempty"`
}

// TransformTarget selects the names a transform works on.
type TransformTarget struct {
	Key any `json:"key"` // string, or an object of operators
}

// Condition is an item of a route's has or missing list.
type Condition struct {
	Type  string `json:"type"` // host, header, cookie, query
	Key   string `json:"key,omitempty"`
	Value any    `json:"value,omitempty"` // string (regular expression) or an object of operators
}
