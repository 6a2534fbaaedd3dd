package program

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/serve"
)

// Supervised is what jargo serve tells a program that it starts, as JSON in the first
// argument.
//
// Standard output and error are what pages print; standard input ends with jargo serve.
// Descriptors follow: the log, what gets the line that says where the site is, and Sockets.
type Supervised struct {
	Options serve.Options
	Sockets []string // as serve.Adopt takes them
	Output  string   // the output directory
	ID      string   // output.Output.ID of the output that the program is of
	Pages   string   // the default directory of regenerated pages
}

// The descriptors.
const (
	logFD = 3 + iota
	readyFD
	firstSocketFD
)

// runSupervised is a program that jargo serve has started.
func runSupervised(s engine.Site, drivers serve.Drivers) int {
	if err := supervised(s, drivers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func supervised(s engine.Site, drivers serve.Drivers) error {
	var told Supervised
	if len(os.Args) != 2 || json.Unmarshal([]byte(os.Args[1]), &told) != nil {
		return errors.New("this program is a part of jargo serve: start that")
	}
	serve.CloseOnExec(logFD, firstSocketFD-logFD+len(told.Sockets))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until jargo serve has ended
		stop()
	}()
	var files []*os.File
	for i, name := range told.Sockets {
		files = append(files, os.NewFile(uintptr(firstSocketFD+i), name))
	}
	sockets, err := serve.Adopt(told.Sockets, files)
	if err != nil {
		return err
	}
	ready, log := os.NewFile(readyFD, "ready"), os.NewFile(logFD, "log")
	return serveSite(ctx, s, told.Options, sockets, ready, log, &source{
		drivers: drivers, pages: told.Pages,
		dir:    os.Getenv(function.DirVariable),
		follow: told.Output,
		open:   func(o host.Options) (*host.Deployment, error) { return host.Open(told.Output, o) },
		isOf: func(out *output.Output) bool {
			id, err := out.ID()
			return err == nil && id == told.ID
		},
	})
}
