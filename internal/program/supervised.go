package program

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/program/start"
	"github.com/jargo-dev/jargo/internal/serve"
)

// Descriptors of a program that jargo serve has started. Standard output and error are
// what pages print; standard input ends with jargo serve.
const (
	ListenerFD = 3 + iota
	LogFD
	ReadyFD // gets the line that says where the site is
)

// Supervised are the flags that jargo serve gives a program besides those of
// serve.Options.
type Supervised struct {
	Output string // the output directory
	Pages  string // host.Options.CacheDir
}

// AddFlags defines the flags.
func (s *Supervised) AddFlags(f *flag.FlagSet) {
	f.StringVar(&s.Output, "output", "", "output `directory`")
	f.StringVar(&s.Pages, "pages", "", "`directory` of regenerated pages")
}

// runSupervised is a program that jargo serve has started.
func runSupervised(s engine.Site) int {
	if err := supervised(s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func supervised(s engine.Site) error {
	var o serve.Options
	var own Supervised
	flags := flag.NewFlagSet(os.Args[0], flag.ContinueOnError)
	o.AddFlags(flags)
	own.AddFlags(flags)
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	if own.Output == "" {
		return fmt.Errorf("this program is a part of jargo serve: start that")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until jargo serve has ended
		stop()
	}()
	ln, err := net.FileListener(os.NewFile(ListenerFD, "listener"))
	if err != nil {
		return fmt.Errorf("take over the listener: %w", err)
	}
	log, ready := os.NewFile(LogFD, "log"), os.NewFile(ReadyFD, "ready")
	return serveSite(ctx, s, o, ln, ready, log, &source{
		dir:    os.Getenv(start.DirVariable),
		follow: own.Output,
		open: func(o host.Options) (*host.Deployment, error) {
			o.CacheDir = own.Pages
			return host.Open(own.Output, o)
		},
	})
}
