module example.com/components

go 1.26.0

require (
	github.com/a-h/templ v0.3.977
	maragu.dev/gomponents v1.2.0
)
