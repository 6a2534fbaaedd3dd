package members

import "github.com/jargo-dev/jargo"

// Config makes it a function: Middleware cannot guard a file.
func Config() jargo.Config { return jargo.Fresh{} }

// Render shows what only members see.
func Render() string { return "<h1>Welcome back</h1>\n" }
