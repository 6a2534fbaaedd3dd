package compiler

// mistakes is the table. The place of each is to be read off in the templates.
var mistakes = []mistake{
	// Names at the root.
	{
		name: "field",
		page: `<h1>{{.Titel}}</h1>`,
		want: `
pages/about/page.html:1:7: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
`,
	},
	{
		name: "field without a near name",
		page: "<p>\n  {{ .Description }}\n</p>",
		want: `
pages/about/page.html:2:6: .Description: Data of /about returns about.Page, which has no Description (pages/about/page.go:9)
    it has Count, Newest, Post, Posts, Title
`,
	},
	{
		name:   "field in a layout",
		page:   `{{.Title}}`,
		layout: "<html>\n<head>\n<meta name=\"author\" content=\"{{.Author}}\">\n</head>\n{{template \"content\" .}}\n</html>",
		want: `
pages/layout.html:3:32: .Author: Data of /about returns about.Page, which has no Author (pages/about/page.go:9)
    templates see only names that begin with a capital letter: rename author in Go
`,
	},
	{
		name: "field, of a pointer that Data returns",
		page: `{{.Titel}}`,
		code: "type Page struct{ Title string }\nfunc Data() *Page { return nil }",
		want: `
pages/about/page.html:1:3: .Titel: Data of /about returns *about.Page, which has no Titel (pages/about/page.go:3)
    did you mean .Title?
`,
	},
	{
		name: "field of data that is a slice",
		page: `{{.Title}}`,
		code: "type Post struct{ Title string }\nfunc Data() []Post { return nil }",
		want: `
pages/about/page.html:1:3: .Title: Data of /about returns []about.Post, which has no Title (pages/about/page.go:3)
    use {{range}}, or {{index}} for one of its elements
`,
	},
	{
		name: "field of data that is a string",
		page: `{{.Title}}`,
		code: "func Data() string { return \"\" }",
		want: `
pages/about/page.html:1:3: .Title: Data of /about returns string, which has no Title (pages/about/page.go:2)
    it has no fields: leave .Title out
`,
	},
	{
		name: "field of data without exported fields",
		page: `{{.Title}}`,
		code: "type Page struct{ title string }",
		want: `
pages/about/page.html:1:3: .Title: Data of /about returns about.Page, which has no Title (pages/about/page.go:3)
    templates see only names that begin with a capital letter: rename title in Go
`,
	},
	{
		name: "unexported field",
		page: `{{.author}}`,
		want: `
pages/about/page.html:1:3: .author: Data of /about returns about.Page, which has no author (pages/about/page.go:9)
    templates see only names that begin with a capital letter: rename author in Go
`,
	},
	{
		name: "unexported field of another name",
		page: `{{.Author}}`,
		want: `
pages/about/page.html:1:3: .Author: Data of /about returns about.Page, which has no Author (pages/about/page.go:9)
    templates see only names that begin with a capital letter: rename author in Go
`,
	},
	{
		name: "unexported method",
		page: `{{.link}}`,
		code: "type Page struct{ Title string }\nfunc (Page) link() string { return \"\" }",
		want: `
pages/about/page.html:1:3: .link: Data of /about returns about.Page, which has no link (pages/about/page.go:4)
    templates see only names that begin with a capital letter: rename link in Go
`,
	},
	{
		name: "wrong case",
		page: `{{.title}}`,
		want: `
pages/about/page.html:1:3: .title: Data of /about returns about.Page, which has no title (pages/about/page.go:9)
    did you mean .Title?
`,
	},

	// Names at other dots, and of variables.
	{
		name: "field in a partial with another dot",
		page: `<ul>{{range .Posts}}{{template "card" .}}{{end}}</ul>`,
		card: "<li>\n\t{{.Titel}}\n</li>",
		want: `
pages/_card.html:2:4: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "field in a partial with two dots",
		page: `{{template "card" .Post}}{{template "card" .Post.By}}`,
		card: `<p>{{.Nmae}}</p>`,
		want: `
pages/_card.html:1:6: .Nmae: about.Post has no Nmae
    it has Body, By, ByYear, Draft, Excerpt, Hook, Is, Meta and more
`,
	},
	{
		name: "field in a partial that is executed twice",
		page: `{{template "card" .Post}}{{template "card" .Newest}}`,
		card: `<p>{{.Titel}}</p>`,
		want: `
pages/_card.html:1:6: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "dot passed as a variable",
		page: `{{$p := .Post}}{{template "card" $p}}`,
		card: `{{.Titel}}`,
		want: `
pages/_card.html:1:3: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "dot passed as an element",
		page: `{{template "card" (index .Posts 0)}}`,
		card: `{{.Titel}}`,
		want: `
pages/_card.html:1:3: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "dot is all data",
		page: `{{template "card" .}}`,
		card: `{{.Titel}}`,
		want: `
pages/_card.html:1:3: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
`,
	},
	{
		name:   "page with the dot that its layout gives it",
		page:   `{{.Titel}} {{$.Count}}`,
		layout: `<html>{{template "content" .Post}}</html>`,
		want: `
pages/about/page.html:1:3: .Titel: about.Post has no Titel
    did you mean .Title?
pages/about/page.html:1:15: .Count: about.Post has no Count
    it has Body, By, ByYear, Draft, Excerpt, Hook, Is, Meta and more
`,
	},
	{
		name: "field in with",
		page: `{{with .Post}}{{.Titel}}{{end}}`,
		want: `
pages/about/page.html:1:17: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "field in the else of with",
		page: `{{with .Newest}}{{.Title}}{{else}}{{.Body}}{{end}}`,
		want: `
pages/about/page.html:1:37: .Body: Data of /about returns about.Page, which has no Body (pages/about/page.go:9)
    it has Count, Newest, Post, Posts, Title
`,
	},
	{
		name: "field in else with",
		page: `{{with .Newest}}{{.Title}}{{else with .Post}}{{.Bdoy}}{{end}}`,
		want: `
pages/about/page.html:1:48: .Bdoy: about.Post has no Bdoy
    did you mean .Body?
`,
	},
	{
		name: "field in range",
		page: `{{range .Posts}}{{.Titel}}{{end}}`,
		want: `
pages/about/page.html:1:19: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "field in the else of range",
		page: `{{range .Posts}}{{.Title}}{{else}}{{.Body}}{{end}}`,
		want: `
pages/about/page.html:1:37: .Body: Data of /about returns about.Page, which has no Body (pages/about/page.go:9)
    it has Count, Newest, Post, Posts, Title
`,
	},
	{
		name: "field in if and else",
		page: "{{if .Cuont}}\n{{.Titel}}\n{{else if .Titles}}\n{{.Tilte}}\n{{else}}\n{{.Psot}}\n{{end}}",
		want: `
pages/about/page.html:1:6: .Cuont: Data of /about returns about.Page, which has no Cuont (pages/about/page.go:9)
    did you mean .Count?
pages/about/page.html:2:3: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:3:11: .Titles: Data of /about returns about.Page, which has no Titles (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:4:3: .Tilte: Data of /about returns about.Page, which has no Tilte (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:6:3: .Psot: Data of /about returns about.Page, which has no Psot (pages/about/page.go:9)
    did you mean .Post?
`,
	},
	{
		name: "field in a block",
		page: `{{block "side" .Post}}{{.Titel}}{{end}}`,
		want: `
pages/about/page.html:1:25: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "field in a definition",
		page: `{{define "side"}}{{.Titel}}{{end}}{{template "side" .Post}}`,
		want: `
pages/about/page.html:1:20: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "field of a definition without dot",
		page: `{{define "side"}}{{.Titel}}{{end}}{{template "side"}}`,
	},
	{
		name: "field of a variable",
		page: `{{$post := .Post}}{{$post.Titel}}`,
		want: `
pages/about/page.html:1:26: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "field of the data in a range",
		page: `{{range .Posts}}{{$.Titel}}{{end}}`,
		want: `
pages/about/page.html:1:20: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
`,
	},
	{
		name: "field of a variable of range",
		page: `{{range $i, $post := .Posts}}{{$i}} {{$post.Titel}} {{$i.Titel}}{{end}}`,
		want: `
pages/about/page.html:1:44: .Titel: about.Post has no Titel
    did you mean .Title?
pages/about/page.html:1:57: .Titel: int has no Titel
    it has no fields: leave .Titel out
`,
	},
	{
		name: "field at the end of a chain",
		page: `{{.Newest.By.Nmae}}`,
		want: `
pages/about/page.html:1:13: .Nmae: *about.User has no Nmae
    did you mean .Name?
`,
	},
	{
		name: "field in the middle of a chain",
		page: `{{.Newest.Yb.Name}}`,
		want: `
pages/about/page.html:1:10: .Yb: *about.Post has no Yb
    did you mean .By?
`,
	},
	{
		name: "field at the start of a chain",
		page: `{{.Nwest.By.Name}}`,
		want: `
pages/about/page.html:1:3: .Nwest: Data of /about returns about.Page, which has no Nwest (pages/about/page.go:9)
    did you mean .Newest?
`,
	},
	{
		name: "field in a chain of a variable",
		page: `{{$p := .Newest}}{{$p.By.Nmae}}`,
		want: `
pages/about/page.html:1:25: .Nmae: *about.User has no Nmae
    did you mean .Name?
`,
	},
	{
		name: "field of a pipeline in parentheses",
		page: `{{(index .Posts 0).By.Nmae}}`,
		want: `
pages/about/page.html:1:22: .Nmae: *about.User has no Nmae
    did you mean .Name?
`,
	},
	{
		name: "field of an argument",
		page: `{{upper .Post.Titel}} {{printf "%s" $.Post.Titel}}`,
		want: `
pages/about/page.html:1:14: .Titel: about.Post has no Titel
    did you mean .Title?
pages/about/page.html:1:43: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "field of a string",
		page: `{{.Title.Name}}`,
		want: `
pages/about/page.html:1:9: .Name: string has no Name
    it has no fields: leave .Name out
`,
	},
	{
		name: "field of a slice",
		page: `{{.Posts.Title}}`,
		want: `
pages/about/page.html:1:9: .Title: []about.Post has no Title
    use {{range}}, or {{index}} for one of its elements
`,
	},
	{
		name: "field of a map with numbers",
		page: `{{.Post.ByYear.Title}}`,
		want: `
pages/about/page.html:1:15: .Title: map[int][]about.Post has no Title
    use {{index}}: its keys are no strings
`,
	},
	{
		name: "field of a result",
		page: `{{.Post.Related 3 | len}} {{range .Post.Related 3}}{{.Titel}}{{end}}`,
		want: `
pages/about/page.html:1:54: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "field of time",
		page: `{{.Post.Since.Yaer}}`,
		want: `
pages/about/page.html:1:14: .Yaer: time.Time has no Yaer
    did you mean .Year?
`,
	},
	{
		name: "method of the pointer",
		page: `{{.Link}}`,
		code: "type Page struct{ Title string }\nfunc (p *Page) Link() string { return \"\" }",
		want: `
pages/about/page.html:1:3: .Link: Data of /about returns about.Page, which has no Link (pages/about/page.go:4)
    it is a method of *about.Page: let Data return a pointer
`,
	},
	{
		name: "method of the pointer on an element of a map",
		page: `{{range .}}{{.Greeting}}{{end}}`,
		code: "type User struct{}\nfunc (u *User) Greeting() string { return \"\" }\nfunc Data() map[string]User { return nil }",
		want: `
pages/about/page.html:1:14: .Greeting: about.User has no Greeting
    it is a method of *about.User: a pointer is needed here
`,
	},
	{
		name: "two embedded fields of one name",
		page: `{{.Name}}`,
		code: "type A struct{ Name string }\ntype B struct{ Name string }\ntype Page struct { A; B }",
		want: `
pages/about/page.html:1:3: .Name: Data of /about returns about.Page, which has no Name (pages/about/page.go:5)
    several of the embedded types have it: name the one that you mean before it
`,
	},

	// Arguments.
	{
		name: "method without its argument",
		page: `{{.Post.Excerpt}}`,
		want: `
pages/about/page.html:1:8: Excerpt takes one argument, and gets 0
    it is Excerpt(words int) string
`,
	},
	{
		name: "method with too many arguments",
		page: `{{.Post.Excerpt 1 2}}`,
		want: `
pages/about/page.html:1:8: Excerpt takes one argument, and gets 2
    it is Excerpt(words int) string
`,
	},
	{
		name: "variadic method",
		page: `{{.Post.Related}}`,
		want: `
pages/about/page.html:1:8: Related takes one argument at least, and gets 0
    it is Related(n int, tags ...string) []about.Post
`,
	},
	{
		name: "variadic argument of a wrong type",
		page: `{{.Post.Related 1 "go" 2}}`,
		want: `
pages/about/page.html:1:24: 2 is no string
    it goes to a parameter of type string
`,
	},
	{
		name: "literal of a wrong type",
		page: `{{.Post.Excerpt "ten"}} {{upper 1}} {{.Post.Is 1}} {{upper true}} {{.Post.Excerpt 1.5}} {{.Post.Scaled "x"}}`,
		want: `
pages/about/page.html:1:17: "ten" is no int
    it goes to a parameter of type int
pages/about/page.html:1:33: 1 is no string
    it goes to a parameter of type string
pages/about/page.html:1:48: 1 is no bool
    it goes to a parameter of type bool
pages/about/page.html:1:60: true is no string
    it goes to a parameter of type string
pages/about/page.html:1:83: 1.5 is no integer
    it goes to a parameter of type int
pages/about/page.html:1:104: "x" is no float64
    it goes to a parameter of type float64
`,
	},
	{
		name: "numbers of a wrong size",
		page: `{{.Post.Small 1 -1}}`,
		want: `
pages/about/page.html:1:17: -1 is no unsigned integer
    it goes to a parameter of type uint
`,
	},
	{
		name: "value of a wrong type",
		page: `{{.Post.Excerpt .Title}} {{upper .Count}}`,
		want: `
pages/about/page.html:1:17: .Title is of type string, but int is wanted
    pass another value, or change the type of the parameter
pages/about/page.html:1:34: .Count is of type int, but string is wanted
    make a string of it with printf
`,
	},
	{
		name: "chain of a wrong type",
		page: `{{add 1 .Newest.By.Name}} {{$p := .Newest}}{{add 1 $p.By.Name}} {{add 1 (index .Posts 0).Title}}`,
		want: `
pages/about/page.html:1:9: .Newest.By.Name is of type string, but int is wanted
    pass another value, or change the type of the parameter
pages/about/page.html:1:54: $p.By.Name is of type string, but int is wanted
    pass another value, or change the type of the parameter
pages/about/page.html:1:89: (index .Posts 0).Title is of type string, but int is wanted
    pass another value, or change the type of the parameter
`,
	},
	{
		name: "value of a wrong type from a pipeline",
		page: `{{.Count | upper}} {{1 | .Post.On}} {{.Count | printf "%d" | add 1}}`,
		want: `
pages/about/page.html:1:12: what is piped into upper is of type int, but string is wanted
    make a string of it with printf
pages/about/page.html:1:31: what is piped into On is of type int, but time.Time is wanted
    pass another value, or change the type of the parameter
pages/about/page.html:1:62: what is piped into add is of type string, but int is wanted
    pass another value, or change the type of the parameter
`,
	},
	{
		name: "interface that a type does not implement",
		page: `{{.Post.Signed .Count}} {{.Post.Signed "x"}}`,
		want: `
pages/about/page.html:1:16: .Count is of type int, but fmt.Stringer is wanted
    pass another value, or change the type of the parameter
pages/about/page.html:1:40: "x" is no fmt.Stringer
    it goes to a parameter of type fmt.Stringer
`,
	},
	{
		name: "value for a pointer",
		page: `{{greet .Post.By}} {{range .Posts}}{{greet .}}{{end}}`,
		want: `
pages/about/page.html:1:44: . is of type about.Post, but *about.User is wanted
    pass another value, or change the type of the parameter
`,
	},
	{
		name: "nil as an argument",
		page: `{{upper nil}} {{greet nil}}`,
		want: `
pages/about/page.html:1:9: nil cannot be a string
    pass a value
`,
	},
	{
		name: "field with arguments",
		page: `{{.Title 1}} {{.Count | .Post.Title}}`,
		want: `
pages/about/page.html:1:3: .Title has arguments, but it is a field of about.Page
    remove the arguments, or make it a method
pages/about/page.html:1:30: .Title has arguments, but it is a field of about.Post
    remove the arguments, or make it a method
`,
	},
	{
		name: "field that is a function",
		page: `{{.Post.Hook "x"}} {{call .Post.Hook "x"}}`,
		want: `
pages/about/page.html:1:8: .Hook has arguments, but it is a field of about.Post
    use call: {{call .Hook …}}
`,
	},
	{
		name: "element of a map with arguments",
		page: `{{.Post.Meta.color 1}}`,
		want: `
pages/about/page.html:1:13: .color has arguments, but it is an element of a map
    remove the arguments
`,
	},
	{
		name: "arguments of what is no function",
		page: `{{1 | .Title}} {{. 1}} {{"x" 1}} {{$x := 1}}{{$x 2}} {{3 | $x}} {{(.Title) 1}}`,
		want: `
pages/about/page.html:1:7: .Title has arguments, but it is a field of about.Page
    remove the arguments, or make it a method
pages/about/page.html:1:18: . is no function: it can't have arguments
    call a function or a method, or remove the arguments
pages/about/page.html:1:26: "x" is no function: it can't have arguments
    call a function or a method, or remove the arguments
pages/about/page.html:1:47: $x is no function: it can't have arguments
    call a function or a method, or remove the arguments
pages/about/page.html:1:60: $x is no function: it can't have arguments
    call a function or a method, or remove the arguments
pages/about/page.html:1:68: .Title is no function: it can't have arguments
    call a function or a method, or remove the arguments
`,
	},
	{
		name: "arguments of a wrong call are looked at",
		page: `{{.Post.Excerpt .Cuont 2}}`,
		want: `
pages/about/page.html:1:8: Excerpt takes one argument, and gets 2
    it is Excerpt(words int) string
pages/about/page.html:1:17: .Cuont: Data of /about returns about.Page, which has no Cuont (pages/about/page.go:9)
    did you mean .Count?
`,
	},
	{
		name: "method in a chain without its argument",
		page: `{{(.Post.Excerpt).Title}} {{.Post.Excerpt.Title}}`,
		want: `
pages/about/page.html:1:9: Excerpt takes one argument, and gets 0
    it is Excerpt(words int) string
pages/about/page.html:1:18: .Title: string has no Title
    it has no fields: leave .Title out
pages/about/page.html:1:34: Excerpt takes one argument, and gets 0
    it is Excerpt(words int) string
pages/about/page.html:1:42: .Title: string has no Title
    it has no fields: leave .Title out
`,
	},
	{
		name: "method without results",
		page: `{{.Post.Publish}}`,
		want: `
pages/about/page.html:1:8: Publish returns nothing
    return one value, or a value and an error
`,
	},
	{
		name: "methods with too many results",
		page: `{{.Post.Three}} {{.Post.Size}}`,
		want: `
pages/about/page.html:1:8: Three returns 3 values
    return one value, or a value and an error
pages/about/page.html:1:24: Size returns two values, of which the second is no error
    return one value, or a value and an error
`,
	},

	{
		name: "elements of maps of wrong types",
		page: `{{add 1 .Post.Meta.n}} {{eq 1 .Post.Meta.n}} {{index .Posts .Post.Meta.n}} {{index .Post.ByYear .Post.Meta.n}} {{upper .Post.Meta.n}} {{eq .Post.Meta.n "x"}} {{lt .Post.Meta.n "x"}}`,
		want: `
pages/about/page.html:1:9: .Post.Meta.n is of type string, but int is wanted
    pass another value, or change the type of the parameter
pages/about/page.html:1:31: eq can't compare 1 (int) with .Post.Meta.n (string)
    compare values of one kind
pages/about/page.html:1:61: can't index a list with .Post.Meta.n, which is of type string
    use a number
pages/about/page.html:1:97: .Post.Meta.n is of type string, but the keys are of type int
`,
	},

	// Statements.
	{
		name: "range over a struct",
		page: `{{range .Post}}{{.Title}}{{end}}`,
		want: `
pages/about/page.html:1:9: range can't iterate over .Post, which is of type about.Post
    range over a slice, an array, a map, a number, a channel or an iterator
`,
	},
	{
		name: "range over a string and a bool",
		page: `{{range .Title}}{{.}}{{end}} {{range $.Post.Draft}}{{.}}{{end}} {{range 1.5}}{{end}}`,
		want: `
pages/about/page.html:1:9: range can't iterate over .Title, which is of type string
    range over a slice, an array, a map, a number, a channel or an iterator
pages/about/page.html:1:38: range can't iterate over $.Post.Draft, which is of type bool
    range over a slice, an array, a map, a number, a channel or an iterator
pages/about/page.html:1:73: range can't iterate over 1.5, which is of type float64
    range over a slice, an array, a map, a number, a channel or an iterator
`,
	},
	{
		name: "range over a number with two variables",
		page: `{{range $i, $x := .Count}}{{$i}}{{end}}`,
		want: `
pages/about/page.html:1:19: range over .Count, a number, has one variable at most
    take one variable: {{range $i := …}}
`,
	},
	{
		name: "range over functions",
		page: `{{range .Post.Hook}}{{.Titel}}{{end}} {{range $k, $v := .Seq}}{{$v}}{{end}} {{range .Seq}}{{.Titel}}{{end}} {{range $k, $v := .Seq2}}{{$v.Titel}}{{end}}`,
		code: "type Post struct { Title string; Hook func(string) string }\ntype Page struct { Post Post; Seq iter.Seq[Post]; Seq2 iter.Seq2[int, Post] }",
		want: `
pages/about/page.html:1:9: range can't iterate over .Post.Hook, which is of type func(string) string
pages/about/page.html:1:57: range over .Seq, which gives one value at a time, has one variable at most
    take one variable: {{range $x := …}}
pages/about/page.html:1:93: .Titel: about.Post has no Titel
    did you mean .Title?
pages/about/page.html:1:138: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},
	{
		name: "range over a channel that is only sent to",
		page: `{{range .C}}{{end}}`,
		code: "type Page struct { C chan<- string }",
		want: `
pages/about/page.html:1:9: range over .C, from which nothing can be received: it is of type chan<- string
`,
	},

	// Functions of templates.
	{
		name: "unknown function",
		page: `{{uper .Title}}`,
		want: `
pages/about/page.html:1:3: there is no function uper
    did you mean upper? Else add it to what Funcs returns, in a package of this directory or above
`,
	},
	{
		name: "unknown function in a pipeline",
		page: `{{.Title | markdown | printf "%s"}}`,
		want: `
pages/about/page.html:1:12: there is no function markdown
    add it to what Funcs returns, in a package of this directory or above
`,
	},
	{
		name: "unknown function as an argument",
		page: `{{printf "%d" (lenn .Posts)}} {{if nott .Title}}{{end}}`,
		want: `
pages/about/page.html:1:16: there is no function lenn
    did you mean len? Else add it to what Funcs returns, in a package of this directory or above
pages/about/page.html:1:36: there is no function nott
    did you mean not? Else add it to what Funcs returns, in a package of this directory or above
`,
	},
	{
		name: "function with a wrong number of arguments",
		page: `{{add 1}} {{add 1 2 3}} {{upper}}`,
		want: `
pages/about/page.html:1:3: add takes 2 arguments, and gets 1
    it is add(a int, b int) int
pages/about/page.html:1:13: add takes 2 arguments, and gets 3
    it is add(a int, b int) int
pages/about/page.html:1:27: upper takes one argument, and gets 0
    it is upper(s string) string
`,
	},
	{
		name: "function with bad results",
		page: `{{two}} {{none}}`,
		code: "type Page struct{}\nfunc two() (int, string) { return 0, \"\" }\nfunc none() {}",
		want: `
pages/about/page.html:1:3: two returns two values, of which the second is no error
    return one value, or a value and an error
pages/about/page.html:1:11: none returns nothing
    return one value, or a value and an error
`,
	},
	{
		name: "eq of different kinds",
		page: `{{if eq .Count "1"}}{{end}} {{eq .Title 1}} {{eq .Post.Draft "true"}} {{ne .Count 1.0}} {{eq .Title .Post}}`,
		want: `
pages/about/page.html:1:16: eq can't compare .Count (int) with "1" (string)
    compare values of one kind
pages/about/page.html:1:41: eq can't compare .Title (string) with 1 (int)
    compare values of one kind
pages/about/page.html:1:62: eq can't compare .Post.Draft (bool) with "true" (string)
    compare values of one kind
pages/about/page.html:1:83: ne can't compare .Count (int) with 1.0 (float64)
    compare values of one kind
pages/about/page.html:1:101: eq can't compare .Title (string) with .Post (about.Post)
    compare values of one kind
`,
	},
	{
		name: "eq of several",
		page: `{{eq .Title "a" "b" 3}}`,
		want: `
pages/about/page.html:1:21: eq can't compare .Title (string) with 3 (int)
    compare values of one kind
`,
	},
	{
		name: "eq of what cannot be compared",
		page: `{{eq .Post .Post}} {{eq .Posts .Posts}} {{eq .Posts .Post.Meta}} {{eq .Post.Hook .Post.Hook}}`,
		want: `
pages/about/page.html:1:12: eq can't compare .Post: values of type about.Post are not comparable
pages/about/page.html:1:53: eq can't compare .Posts ([]about.Post) with .Post.Meta (map[string]string)
    compare values of one kind
`,
	},
	{
		name: "eq of one, ne of three, lt of one",
		page: `{{eq .Title}} {{ne .Title "a" "b"}} {{lt 1}}`,
		want: `
pages/about/page.html:1:3: eq takes 2 arguments at least, and gets 1
pages/about/page.html:1:17: ne takes 2 arguments, and gets 3
pages/about/page.html:1:39: lt takes 2 arguments, and gets 1
`,
	},
	{
		name: "lt of different kinds",
		page: `{{lt .Count "1"}} {{gt .Count 1.5}}`,
		want: `
pages/about/page.html:1:13: lt can't compare .Count (int) with "1" (string)
    compare values of one kind
pages/about/page.html:1:31: gt can't compare .Count (int) with 1.5 (float64)
    compare values of one kind
`,
	},
	{
		name: "lt of bools, structs and nil",
		page: `{{lt .Post.Draft true}} {{ge .Post.Since .Post.Since}} {{lt .Count nil}}`,
		want: `
pages/about/page.html:1:6: lt can't compare .Post.Draft, which is of type bool
    it compares numbers and strings
pages/about/page.html:1:30: ge can't compare .Post.Since, which is of type time.Time
    it compares numbers and strings
pages/about/page.html:1:68: lt can't compare nil
`,
	},
	{
		name: "eq in a pipeline",
		page: `{{.Count | eq "1"}}`,
		want: `
pages/about/page.html:1:12: eq can't compare "1" (string) with what is piped into eq (int)
    compare values of one kind
`,
	},
	{
		name: "len of a number",
		page: `{{len .Count}} {{.Post | len}} {{len nil}} {{len}} {{len .Posts .Title}}`,
		want: `
pages/about/page.html:1:7: len of .Count, which is of type int
    len is of strings, slices, arrays, maps and channels
pages/about/page.html:1:26: len of what is piped into len, which is of type about.Post
    len is of strings, slices, arrays, maps and channels
pages/about/page.html:1:38: len of nil
pages/about/page.html:1:46: len takes one argument, and gets 0
pages/about/page.html:1:54: len takes one argument, and gets 2
`,
	},
	{
		name: "index of a struct",
		page: `{{index .Post "Title"}} {{index .Count 0}}`,
		want: `
pages/about/page.html:1:9: can't index .Post, which is of type about.Post
    index is of slices, arrays, strings and maps
pages/about/page.html:1:33: can't index .Count, which is of type int
    index is of slices, arrays, strings and maps
`,
	},
	{
		name: "index of a slice with a string",
		page: `{{index .Posts "first"}} {{index .Posts nil}} {{index .Posts 1.5}} {{index .Title "a"}}`,
		want: `
pages/about/page.html:1:16: can't index a list with "first", which is of type string
    use a number
pages/about/page.html:1:41: can't index a list with nil
pages/about/page.html:1:62: can't index a list with 1.5, which is of type float64
    use a number
pages/about/page.html:1:83: can't index a list with "a", which is of type string
    use a number
`,
	},
	{
		name: "index of a map with a wrong key",
		page: `{{index .Post.Meta 1}} {{index .Post.ByYear "2024"}} {{index .Post.ByYear 2024 "x"}} {{index .Post.Meta nil}}`,
		want: `
pages/about/page.html:1:20: 1 is of type int, but the keys are of type string
pages/about/page.html:1:45: "2024" is of type string, but the keys are of type int
pages/about/page.html:1:80: can't index a list with "x", which is of type string
    use a number
pages/about/page.html:1:105: nil cannot be a key: they are of type string
`,
	},
	{
		name: "index goes on too far",
		page: `{{index .Posts 0 1}} {{(index .Post.ByYear 2024 0).Titel}} {{index nil 1}}`,
		want: `
pages/about/page.html:1:18: can't index element 0, which is of type about.Post
    index is of slices, arrays, strings and maps
pages/about/page.html:1:51: .Titel: about.Post has no Titel
    did you mean .Title?
pages/about/page.html:1:68: index of nil
`,
	},
	{
		name: "slice of a map",
		page: `{{slice .Post.Meta 1}} {{slice .Count 1}} {{slice .Posts "a"}} {{slice .Title 1 2 3}} {{slice .Posts 1 2 3 4}} {{slice nil}}`,
		want: `
pages/about/page.html:1:9: can't slice .Post.Meta, which is of type map[string]string
    slice is of strings, slices and arrays
pages/about/page.html:1:32: can't slice .Count, which is of type int
    slice is of strings, slices and arrays
pages/about/page.html:1:58: can't index a list with "a", which is of type string
    use a number
pages/about/page.html:1:83: slice of a string takes two numbers at most
    leave it out
pages/about/page.html:1:89: slice takes 1 to 4 arguments, and gets 5
pages/about/page.html:1:120: slice of nil
`,
	},
	{
		name: "call of what is no function",
		page: `{{call .Title}} {{call .Post.Hook}} {{call .Post.Hook 1}} {{call nil}} {{(call .Post.Hook "x").Titel}}`,
		want: `
pages/about/page.html:1:8: .Title is no function: it is of type string
pages/about/page.html:1:24: .Post.Hook takes one argument, and gets 0
    it is a func(string) string
pages/about/page.html:1:55: 1 is of type int, but string is wanted
    make a string of it with printf
pages/about/page.html:1:66: call of nil
pages/about/page.html:1:95: .Titel: string has no Titel
    it has no fields: leave .Titel out
`,
	},
	{
		name: "printf without a format",
		page: `{{printf}} {{printf 1 .Title}} {{printf .Count}} {{.Count | printf}}`,
		want: `
pages/about/page.html:1:3: printf takes one argument at least, and gets 0
    it is printf(format string, a ...any) string
pages/about/page.html:1:21: 1 is no string
    it goes to a parameter of type string
pages/about/page.html:1:41: .Count is of type int, but string is wanted
    make a string of it with printf
pages/about/page.html:1:61: what is piped into printf is of type int, but string is wanted
    make a string of it with printf
`,
	},
	{
		name: "and, or, not without arguments",
		page: `{{and}} {{or}} {{not}} {{not 1 2}}`,
		want: `
pages/about/page.html:1:3: and takes one argument at least, and gets 0
pages/about/page.html:1:11: or takes one argument at least, and gets 0
pages/about/page.html:1:18: not takes one argument, and gets 0
pages/about/page.html:1:26: not takes one argument, and gets 2
`,
	},
	{
		name: "field behind and, or",
		page: `{{(or .Newest .Newest).Titel}} {{and .Titel .Bdoy}} {{if and .Title (or .Cuont 1)}}{{end}}`,
		want: `
pages/about/page.html:1:23: .Titel: *about.Post has no Titel
    did you mean .Title?
pages/about/page.html:1:38: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:1:45: .Bdoy: Data of /about returns about.Page, which has no Bdoy (pages/about/page.go:9)
    it has Count, Newest, Post, Posts, Title
pages/about/page.html:1:73: .Cuont: Data of /about returns about.Page, which has no Cuont (pages/about/page.go:9)
    did you mean .Count?
`,
	},
	{
		name: "escapers with fields",
		page: `{{.Titel | html}} {{html .Titel}} {{js .Bdoy}} {{print .Cuont}} {{urlquery .Tilte}}`,
		want: `
pages/about/page.html:1:3: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:1:26: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:1:40: .Bdoy: Data of /about returns about.Page, which has no Bdoy (pages/about/page.go:9)
    it has Count, Newest, Post, Posts, Title
pages/about/page.html:1:56: .Cuont: Data of /about returns about.Page, which has no Cuont (pages/about/page.go:9)
    did you mean .Count?
pages/about/page.html:1:76: .Tilte: Data of /about returns about.Page, which has no Tilte (pages/about/page.go:9)
    did you mean .Title?
`,
	},

	// Constants and nil.
	{
		name: "nil as a command",
		page: `{{nil}} {{$x := nil}} {{if nil}}{{end}} {{(nil).Title}} {{range nil}}{{end}} {{with nil}}{{end}}`,
		want: `
pages/about/page.html:1:3: nil is not a command
    use it as an argument only: {{eq .X nil}}
pages/about/page.html:1:17: nil is not a command
    use it as an argument only: {{eq .X nil}}
pages/about/page.html:1:28: nil is not a command
    use it as an argument only: {{eq .X nil}}
pages/about/page.html:1:44: nil is not a command
    use it as an argument only: {{eq .X nil}}
pages/about/page.html:1:65: nil is not a command
    use it as an argument only: {{eq .X nil}}
pages/about/page.html:1:85: nil is not a command
    use it as an argument only: {{eq .X nil}}
`,
	},
	{
		name: "number that is too large",
		page: `{{9223372036854775808}} {{printf "%d" 18446744073709551615}} {{.Post.Excerpt 9223372036854775808}}`,
		want: `
pages/about/page.html:1:3: 9223372036854775808 overflows int
    pass it from Go, in a type that can hold it
pages/about/page.html:1:39: 18446744073709551615 overflows int
    pass it from Go, in a type that can hold it
pages/about/page.html:1:78: 9223372036854775808 overflows int
    pass it from Go, in a type that can hold it
`,
	},

	// Templates.
	{
		name: "template that is missing",
		page: "<main>\n  {{template \"crad\" .Post}}\n</main>",
		card: `{{.Title}}`,
		want: `
pages/about/page.html:2:14: there is no template "crad"
    did you mean "card"? Else add _crad.html in the page's directory or above, or {{define "crad"}}
`,
	},
	{
		name: "template without a near name",
		page: `{{template "nav" .}}`,
		want: `
pages/about/page.html:1:12: there is no template "nav"
    add _nav.html in the page's directory or above, or {{define "nav"}}
`,
	},
	{
		name: "template that is missing, twice in a partial",
		page: `{{template "card" .}}{{template "card" .}}{{.Titel}}`,
		card: `{{template "avatar" .Pots}}`,
		want: `
pages/_card.html:1:12: there is no template "avatar"
    add _avatar.html in the page's directory or above, or {{define "avatar"}}
pages/_card.html:1:21: .Pots: Data of /about returns about.Page, which has no Pots (pages/about/page.go:9)
    did you mean .Post?
pages/about/page.html:1:45: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
`,
	},
	{
		name: "name of a file for a template",
		page: `{{template "_card.html" .}}`,
		card: `card`,
		want: `
pages/about/page.html:1:12: there is no template "_card.html"
    did you mean "card"? Else add _card.html in the page's directory or above, or {{define "_card.html"}}
`,
	},
	{
		name: "content outside of a layout",
		page: `<p>{{template "content" .}}</p>`,
		want: `
pages/about/page.html:1:15: template "content" is for layouts, and this file is none
    move it into a layout, or give the template another name
`,
	},
	{
		name: "content in a partial",
		page: `{{template "card" .}}`,
		card: `{{template "content" .}}`,
		want: `
pages/_card.html:1:12: template "content" is for layouts, and this file is none
    move it into a layout, or give the template another name
`,
	},
	{
		name: "template executes itself",
		page: `{{define "tree"}}{{.Titel}}{{range .Related 1}}{{template "tree" .}}{{end}}{{end}}{{template "tree" .Post}}`,
		want: `
pages/about/page.html:1:20: .Titel: about.Post has no Titel
    did you mean .Title?
`,
	},

	// Text.
	{
		name: "text prints a function and a channel",
		xml:  `<a>{{.Post.Hook}}</a> {{.Post.Notify}} {{printf "%v" .Post.Hook}}`,
		want: `
pages/about/page.xml:1:6: can't print .Post.Hook of type func(string) string
    call the function, or range over the channel
pages/about/page.xml:1:25: can't print .Post.Notify of type chan string
    call the function, or range over the channel
`,
	},
	{
		name: "text with a misspelt field",
		xml:  "<?xml version=\"1.0\"?>\n<a b={{.Titel}}>",
		want: `
pages/about/page.xml:2:8: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
`,
	},

	// Contexts of HTML.
	{
		name: "value in an ambiguous part of a URL",
		page: `<a href="{{if .Title}}/?q={{else}}/{{end}}{{.Title}}">x</a>`,
		want: `
pages/about/page.html:1:45: {{.Title}} is in a part of a URL that depends on the branches before it
    put the whole URL into one value, or let the branches before it end in the same part of the URL
`,
	},
	{
		name: "branches that end differently",
		page: "<p>\n<a {{if .Title}}href=\"{{else}}title='{{end}}\">x</a>",
		want: `
pages/about/page.html:2:9: the branches of {{if}} end in different contexts
    let all ways end at the same kind of place: in or outside of the same tag, quotes or script
`,
	},
	{
		name: "branch that opens a script",
		page: `{{with .Title}}<script>{{end}}x</script>`,
		want: `
pages/about/page.html:1:8: the branches of {{with}} end in different contexts
    let all ways end at the same kind of place: in or outside of the same tag, quotes or script
`,
	},
	{
		name: "attribute that is not closed",
		page: "<p>\n<a href=\"/>x</a>\n",
		want: `
pages/about/page.html:2:1: a quote in this tag is not closed
    add " where the attribute ends
`,
	},
	{
		name: "script that is not closed",
		page: "<script>1</script>\n<p><script>\nvar x = {{.Title}};\n",
		want: `
pages/about/page.html:2:4: this script is not closed
    add </script> where it ends
`,
	},
	{
		name:   "script that is not closed, in a partial in a layout",
		page:   "<p>{{template \"card\" .}}",
		card:   "<b>ü</b> <script>x = '<b>'",
		layout: "<html>{{template \"content\" .}}</html>",
		want: `
pages/_card.html:1:11: this script is not closed
    add </script> where it ends
`,
	},
	{
		name: "attribute in a range with break",
		page: "{{range .Posts}}{{if .Draft}}{{break}}{{end}}<a href=/?q={{.Title}}>{{end}}",
		want: `
pages/about/page.html:1:9: "=" in unquoted attr: "/?q="
    write the tag with quotes around its attributes
`,
	},
	{
		name: "attribute in a branch in a template",
		page: "{{define \"link\"}}<p>\n{{with .By}}<a href=/?q={{.Name}}>{{end}}{{end}}{{template \"link\" .Post}}",
		want: `
pages/about/page.html:2:24: "=" in unquoted attr: "/?q="
    write the tag with quotes around its attributes
`,
	},
	{
		name: "quote that is not closed in a script tag",
		page: "<p>ü\n<p><script src=\"/x.js>\n</script>",
		want: `
pages/about/page.html:2:4: a quote in this tag is not closed
    add " where the attribute ends
`,
	},
	{
		name: "tag that is not closed",
		page: "<p>x</p>\n<input name={{.Title}}",
		want: `
pages/about/page.html:2:1: this tag is not closed
    add > where it ends
`,
	},
	{
		name: "comment that is not closed",
		page: "<p>x</p>\n<!-- {{.Title}}",
		want: `
pages/about/page.html:2:1: this comment is not closed
    add --> where it ends
`,
	},
	{
		name: "style that is not closed in one statement",
		page: "<p>x</p>{{if .Title}}<style>{{else}}<style>{{end}}a {}",
		want: `
pages/about/page.html:1:22: this style is not closed
    add </style> where it ends
`,
	},
	{
		name: "predefined escaper in the middle",
		page: `{{.Title | html | upper}}`,
		want: `
pages/about/page.html:1:12: html can't be used here
    leave it out: values are escaped by where they stand
`,
	},
	{
		name: "predefined escaper in an unquoted attribute",
		page: `<a title={{.Title | html}}>`,
		want: `
pages/about/page.html:1:21: html can't be used here
    leave it out: values are escaped by where they stand
`,
	},
	{
		name: "range that ends in another context",
		page: `<script>{{range .Posts}}"{{end}}"</script>`,
		want: `
pages/about/page.html:1:17: the body of {{range}} ends in another context than it begins in
    let the body of range end at the same kind of place as it begins
`,
	},
	{
		name: "range that opens a tag",
		page: "<ul>{{range .Posts}}\n<li {{end}}></ul>",
		want: `
pages/about/page.html:1:13: the body of {{range}} ends in another context than it begins in
    let the body of range end at the same kind of place as it begins
`,
	},
	{
		name: "equals sign in an unquoted attribute",
		page: `<a href=/?q={{.Title}}>`,
		want: `
pages/about/page.html:1:12: "=" in unquoted attr: "/?q="
    write the tag with quotes around its attributes
`,
	},
	{
		name: "character set of a regular expression",
		page: `<script>var x = /[{{.Title}}]/;</script>`,
		want: `
pages/about/page.html:1:18: unfinished JS regexp charset: "["
    close the bracket of the regular expression's character set before the value
`,
	},
	{
		name: "escape at the end of text",
		page: `<a title="x" onclick="'\{{.Title}}'">`,
		want: `
pages/about/page.html:1:24: unfinished escape sequence in JS string: "\\"
    finish the escape sequence before the value
`,
	},
	{
		name: "slash behind branches",
		page: `<script>{{if .Title}}x = 1{{else}}x = {{end}} / 2 /;</script>`,
		want: `
pages/about/page.html:1:47: '/' could start a division or regexp: "/ 2 /;"
    put what the branches give into parentheses, or move the / into them
`,
	},
	{
		name: "context and fields",
		page: "{{.Titel}}<script>{{.Post.Hook}}\n{{range .Post}}{{end}}",
		want: `
pages/about/page.html:1:3: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:1:11: this script is not closed
    add </script> where it ends
pages/about/page.html:2:9: range can't iterate over .Post, which is of type about.Post
    range over a slice, an array, a map, a number, a channel or an iterator
`,
	},

	// Places.
	{
		name: "several mistakes on one page",
		page: "<h1>{{.Titel}}</h1>\n{{range .Posts}}<a href=\"{{.Lnik}}\">{{upper .Stars}}</a>{{else}}{{.Cuont}}{{end}}\n{{lenn .Posts}}",
		want: `
pages/about/page.html:1:7: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:2:28: .Lnik: about.Post has no Lnik
    it has Body, By, ByYear, Draft, Excerpt, Hook, Is, Meta and more
pages/about/page.html:2:45: .Stars is of type uint8, but string is wanted
    make a string of it with printf
pages/about/page.html:2:67: .Cuont: Data of /about returns about.Page, which has no Cuont (pages/about/page.go:9)
    did you mean .Count?
pages/about/page.html:3:3: there is no function lenn
    did you mean len? Else add it to what Funcs returns, in a package of this directory or above
`,
	},
	{
		name: "letters of several bytes",
		page: "<p>ü</p>\n<p>日本 é {{.Titel}}</p>",
		want: `
pages/about/page.html:2:16: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
`,
	},
	{
		name: "CRLF",
		page: "<p>\n\n  {{.Titel}}</p>\n{{ upper\n  .Cuont }}",
		crlf: true,
		want: `
pages/about/page.html:3:5: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:5:3: .Cuont: Data of /about returns about.Page, which has no Cuont (pages/about/page.go:9)
    did you mean .Count?
`,
	},
	{
		name: "spaces, trimmed and comments",
		page: "<p>\n   {{- /* x */ -}}\n  {{- .Titel -}}   {{if .Cuont -}} x {{- end}}",
		want: `
pages/about/page.html:3:7: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:3:25: .Cuont: Data of /about returns about.Page, which has no Cuont (pages/about/page.go:9)
    did you mean .Count?
`,
	},
	{
		name: "several on one line of a long pipeline",
		page: `{{$x := printf "%s %s" .Titel (upper .Bdoy) | uper}}{{$x.Name}}`,
		want: `
pages/about/page.html:1:24: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:1:38: .Bdoy: Data of /about returns about.Page, which has no Bdoy (pages/about/page.go:9)
    it has Count, Newest, Post, Posts, Title
pages/about/page.html:1:47: there is no function uper
    did you mean upper? Else add it to what Funcs returns, in a package of this directory or above
`,
	},

	// Follow-ups of one mistake.
	{
		name: "what comes of a mistake is not reported",
		page: `{{$x := .Titel}}{{$x.Name}}{{len $x}}{{upper $x}}{{range $x}}{{.Y}}{{end}}{{if eq $x 1}}{{end}}{{index .Pots 0 "x"}}{{with .Pots}}{{.X}}{{end}}`,
		want: `
pages/about/page.html:1:9: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
pages/about/page.html:1:104: .Pots: Data of /about returns about.Page, which has no Pots (pages/about/page.go:9)
    did you mean .Post?
pages/about/page.html:1:124: .Pots: Data of /about returns about.Page, which has no Pots (pages/about/page.go:9)
    did you mean .Post?
`,
	},
	{
		name: "assigned to a variable of another type",
		page: `{{$x := 1}}{{if .Title}}{{$x = .Titel}}{{end}}{{$x.Name}}`,
		want: `
pages/about/page.html:1:32: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
`,
	},
	{
		name: "variable of two types",
		page: `{{$x := .Newest}}{{range .Posts}}{{$x = .}}{{end}}{{$x.Titel}}{{.Titel}}`,
		want: `
pages/about/page.html:1:65: .Titel: Data of /about returns about.Page, which has no Titel (pages/about/page.go:9)
    did you mean .Title?
`,
	},

	// What is no mistake.
	{
		name: "any",
		page: `{{.Title}} {{.A.B.C}} {{range .List}}{{.X}}{{end}} {{len .Any}} {{index .Any 1 "x"}} {{.Any.X 1 2}} {{eq .Any 1 "x"}} {{lt .Any 1}} {{.Any | upper}} {{if .Any}}{{end}} {{slice .Any 1}} {{call .Any 1}}`,
		code: "type Page struct { Title string; A any; List []any; Any any }\nfunc upper(s string) string { return s }",
	},
	{
		name: "map of any",
		page: `{{.title}} {{.a.b.c}} {{with .list}}{{.x}}{{end}} {{index . "x" "y"}} {{range $k, $v := .}}{{upper $k}}{{$v.x}}{{end}}`,
		code: "func Data() map[string]any { return nil }\nfunc upper(s string) string { return s }",
	},
	{
		name: "data of an interface",
		page: `{{.Name}} {{.More}} {{.Name | len}}`,
		code: "type Page interface { Name() string }",
	},
	{
		name: "error and Stringer",
		page: `{{.Err}} {{.Err.Error}} {{.Err.Code}} {{.S}} {{.S.String}} {{.S.X.Y}}`,
		code: "type Page struct { Err error; S fmt.Stringer }",
	},
	{
		name: "missing keys",
		page: `{{.Meta.color}} {{.Users.ann.Name}} {{index .Meta "x"}} {{if .Meta.draft}}{{end}} {{with .Users.bob}}{{.Name}}{{end}}`,
		code: "type User struct { Name string }\ntype Page struct { Meta map[string]string; Users map[string]*User }",
	},
	{
		name: "without Data",
		page: `<h1>{{.Title}}</h1>{{.A.B}}{{with .X}}{{.Y}}{{end}}{{range .Z}}{{.A}}{{end}}`,
		code: "-",
	},
	{
		name: "embedded",
		page: `{{.Name}} {{.Greeting}} {{.Base.Name}} {{.String}} {{.Year}}`,
		code: "type Base struct{ Name string }\nfunc (*Base) Greeting() string { return \"\" }\nfunc (Base) String() string { return \"\" }\ntype Page struct { *Base; time.Time }\nfunc (Page) String() string { return \"\" }",
	},
	{
		name: "generic types",
		page: `{{range .Posts.Items}}{{.Title}}{{end}} {{.Posts.First.Title}} {{.Opt.Value}}`,
		code: "type Post struct{ Title string }\ntype List[T any] struct{ Items []T }\nfunc (l List[T]) First() T { return l.Items[0] }\ntype Opt[T any] struct{ Value T }\ntype Page struct { Posts List[Post]; Opt *Opt[int] }",
	},
	{
		name: "field of a generic type",
		page: `{{range .Posts.Items}}{{.Titel}}{{end}} {{.Posts.Frist}}`,
		code: "type Post struct{ Title string }\ntype List[T any] struct{ Items []T }\nfunc (l List[T]) First() T { return l.Items[0] }\ntype Page struct { Posts List[Post] }",
		want: `
pages/about/page.html:1:25: .Titel: about.Post has no Titel
    did you mean .Title?
pages/about/page.html:1:49: .Frist: about.List[about.Post] has no Frist
    did you mean .First?
`,
	},
	{
		name: "aliases",
		page: `{{.Title}} {{upper .Title}} {{range .Tags}}{{.}}{{end}} {{index .Tags 0}} {{len .Tags}} {{eq .Title "x"}}`,
		code: "type Text = string\ntype Tags = []Text\ntype page struct { Title Text; Tags Tags }\ntype Page = page\nfunc upper(s string) string { return s }",
	},
	{
		name: "named types",
		page: `{{eq .Kind "x"}} {{lt .N 3}} {{range .N}}{{.}}{{end}} {{len .Kind}} {{index .By "x"}} {{range .Tags}}{{.}}{{end}} {{.Kind.Label}}`,
		code: "type Kind string\nfunc (Kind) Label() string { return \"\" }\ntype N int\ntype Tags []string\ntype Page struct { Kind Kind; N N; Tags Tags; By map[string]int }",
	},
	{
		name: "branches that are not taken",
		page: `{{if false}}{{.Title}}{{else}}{{.Count}}{{end}}{{if true}}{{else}}{{.Post.Title}}{{end}}`,
	},
	{
		name: "methods of the pointer",
		page: `{{.Newest.By.Greeting}} {{range .Posts}}{{.By.Greeting}}{{.Excerpt 1}}{{end}} {{greet .Newest.By}} {{.Newest.Related 1 "a" "b" | len}} {{3 | .Post.Excerpt}}`,
	},
	{
		name: "method of the pointer on an element of a slice",
		page: `{{range .Users}}{{.Greeting}}{{end}} {{(index .Users 0).Greeting}} {{.P.U.Greeting}}`,
		code: "type User struct{}\nfunc (u *User) Greeting() string { return \"\" }\ntype P struct { U User }\ntype Page struct { Users []User; P *P }",
	},
	{
		name: "nil where it can be",
		page: `{{eq .Newest nil}} {{ne nil .Newest}} {{greet nil}} {{print nil}} {{eq .Count nil}} {{eq nil nil}}`,
	},
	{
		name: "integers of any sign and size",
		page: `{{eq .Count .Post.Stars}} {{lt .Post.Stars .Count}} {{.Post.Small 1 2}} {{index .Posts .Post.Stars}} {{index .Post.ByYear .Post.Stars}}`,
	},
	{
		name: "html prints all",
		page: `{{.Post.Hook}} {{.Post.Notify}} {{.Posts}} {{.}} <script>x = {{.Post}}</script>`,
	},
	{
		name: "template content in a layout",
		page: `{{define "content"}}{{.Title}}{{end}}{{template "content" .}}`,
	},
	{
		name: "template that is not executed",
		page: `{{define "x"}}{{.Nothing}}{{end}}{{.Title}}`,
	},
}
