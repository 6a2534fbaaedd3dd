package site

// Terms are what the authors of a page know its settings as: diagnostics about
// them speak the language of the page.
type Terms struct {
	Paths    string // what lists the values of parameters
	AddPaths string // how to add that

	// How to make a page one of a kind.
	MakeBuild, MakeFresh, MakeRegenerated string

	MakeExplicit string // how to say that a page is built, which it is without a word
	Wrapped      bool   // Middleware can wrap pages of the language

	Setting func(*Setting) string       // its name
	Every   func(seconds string) string // the setting of that interval
}
