package golang

import "github.com/jargo-dev/jargo/internal/site"

// terms are what authors of Go pages know the settings as.
var terms = site.Terms{
	Paths:           "Paths",
	AddPaths:        "add func Paths() []string to list the values",
	MakeBuild:       "make the page jargo.Build",
	MakeFresh:       "make the page jargo.Fresh",
	MakeRegenerated: "make the page jargo.Regenerated",
	MakeExplicit:    "func Config() jargo.Config { return jargo.Build{} }",
	Wrapped:         true,
	Setting:         func(s *site.Setting) string { return s.Go },
	Every: func(seconds string) string {
		if seconds == "1" {
			return "jargo.Regenerated{Every: time.Second}"
		}
		return "jargo.Regenerated{Every: " + seconds + " * time.Second}"
	},
}
