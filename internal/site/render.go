package site

import "net/http"

// Job asks a front end to render one path of a page into a file.
type Job struct {
	Page *Page
	Path string // one of Page.Paths
	File string // absolute; the front end makes the directories it needs
	In   *WorkDir
}

// WorkDir is a directory with the files of the project that a function has: pages
// which that function renders later are rendered ahead there. Where there is none, they
// are in the project.
type WorkDir struct {
	Dir string // absolute, without symbolic links
	// Missing says what to do about a file that a page did not find, as the page has
	// named it.
	Missing func(p *Page, name string) (fix string)
}

// Response is the outcome of a Job. Its body is in the job's file.
type Response struct {
	Status int
	Header http.Header // always with a Content-Type
	Size   int64       // bytes
}

// Stopped is the error of a build that was ended while pages were at work.
type Stopped struct {
	While string // "rendering /a, /b and 3 more"
	Cause error
}

// Error implements error.
func (s *Stopped) Error() string { return "stopped while " + s.While }

// Unwrap returns the cause.
func (s *Stopped) Unwrap() error { return s.Cause }

// Function is what the function of a front end's pages is made of. Names are
// those of a function's config in the output format.
type Function struct {
	Runtime   string
	Handler   string
	Language  string // "" when the runtime says it
	Streaming bool
	// Environment is for its processes, beside that of the host.
	Environment map[string]string
	Files       map[string]string // its own: absolute files by their slash-separated names in the function

	// AsksForAssets reports whether its pages may ask for the URLs of public files.
	AsksForAssets func() (bool, error)
}
