// Command jargo compiles a site of pages into a Build Output directory and
// serves it.
package main

import (
	"os"

	"github.com/jargo-dev/jargo/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
