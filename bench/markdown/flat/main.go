// Command flat is the plain program that the measured site is compared with: it
// writes the same articles flat into one directory.
//
//	flat DIR WORKERS
//
// It prints how long that took, in nanoseconds.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/bench/markdown/article"
)

func main() {
	log.SetFlags(0)
	dir := os.Args[1]
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	started := time.Now()
	slugs := make(chan string, n)
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			for slug := range slugs {
				if err := write(dir, slug); err != nil {
					log.Fatal(err)
				}
			}
		})
	}
	for _, slug := range article.Slugs() {
		slugs <- slug
	}
	close(slugs)
	workers.Wait()
	fmt.Println(time.Since(started).Nanoseconds())
}

func write(dir, slug string) error {
	html, err := article.Render(article.Markdown(slug))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, slug+".html"), html, 0o644)
}
