package python

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// compiled is the bytecode of the function's program: to compile that is most of what a
// function does before it imports a page. It is made while nobody waits.
type compiled struct {
	mu     sync.Mutex
	by     interpreter
	dir    string // with it
	name   string // in a function; "" until it is made
	file   string
	cancel context.CancelFunc // ends the making
	done   chan struct{}
}

// prepare begins to make the bytecode for an interpreter, unless that has been done.
func (c *compiled) prepare(by interpreter) {
	if c.by == by {
		return
	}
	c.close()
	dir, err := os.MkdirTemp("", "jargo-")
	if err != nil {
		return // it is not needed
	}
	var ctx context.Context
	ctx, c.cancel = context.WithCancel(context.Background())
	c.by, c.dir, c.done = by, dir, make(chan struct{})
	go func() {
		defer close(c.done)
		c.make(ctx, by, dir)
	}()
}

// make makes the bytecode. It is valid wherever the program is, and whenever it was
// written: PEP 552 calls that unchecked.
func (c *compiled) make(ctx context.Context, by interpreter, dir string) {
	const program = `
import importlib.util, py_compile, sys
py_compile.compile(sys.argv[1], sys.argv[2], doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
print(importlib.util.cache_from_source(sys.argv[3]))`
	source, made := filepath.Join(dir, handlerFile), filepath.Join(dir, "compiled")
	if writeProgram(source, "function") != nil {
		return
	}
	out, err := command(ctx, by.file, "-I", "-S", "-c", program, source, made, handlerFile).Output()
	name := filepath.ToSlash(strings.TrimSpace(string(out)))
	if err != nil || !filepath.IsLocal(name) { // as with PYTHONPYCACHEPREFIX
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.name, c.file = name, made
}

// add adds the bytecode to the files of a function that an interpreter runs, if it is made.
func (c *compiled) add(by interpreter, files map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.name != "" && c.by == by {
		files[c.name] = c.file
	}
}

// close removes the bytecode.
func (c *compiled) close() {
	if c.dir == "" {
		return
	}
	c.cancel()
	<-c.done
	_ = os.RemoveAll(c.dir)
	c.by, c.dir, c.name = interpreter{}, "", ""
}
