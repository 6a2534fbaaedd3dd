package site

// Words are what the authors of a page know its settings as: diagnostics about
// them speak the language of the page.
type Words struct {
	Paths    string // what lists the values of parameters
	AddPaths string // how to add that

	// How to make a page one of a kind.
	MakeBuild, MakeFresh, MakeRegenerated string

	Every func(seconds string) string // the setting of that interval

	NoFallback, Query, MaxDuration, Memory string
}

// goWords are the words of pages that bring none.
var goWords = Words{
	Paths:           "Paths",
	AddPaths:        "add func Paths() []string to list the values",
	MakeBuild:       "make the page jargo.Build",
	MakeFresh:       "make the page jargo.Fresh",
	MakeRegenerated: "make the page jargo.Regenerated",
	Every: func(seconds string) string {
		if seconds == "1" {
			return "jargo.Regenerated{Every: time.Second}"
		}
		return "jargo.Regenerated{Every: " + seconds + " * time.Second}"
	},
	NoFallback:  "NoFallback",
	Query:       "Query",
	MaxDuration: "MaxDuration",
	Memory:      "Memory",
}

func (p *Page) words() *Words {
	if p.Words == nil {
		return &goWords
	}
	return p.Words
}

// MakeFresh is how the author of p makes it a fresh page, in the words of a fix.
func (p *Page) MakeFresh() string { return p.words().MakeFresh }
