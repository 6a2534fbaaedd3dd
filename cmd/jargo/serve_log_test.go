package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestServeLogStopped serves with a log that nobody reads: requests do not wait for it. When
// it is read, each line is whole, and those that are missing are counted.
func TestServeLogStopped(t *testing.T) {
	t.Parallel()
	project := t.TempDir()
	write(t, filepath.Join(project, "pages", "page.html"), "<h1>Home</h1>")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd := jargoCommand(t, "serve", "--addr", "127.0.0.1:0", "--log", "json", project)
	cmd.Stderr = writer
	s := startServer(t, cmd)
	writer.Close()

	const requests = 1500 // of which a megabyte of the log waits, and 64 kB are in the pipe
	long := "/" + strings.Repeat("x", 1000)
	for range requests {
		if a := s.get(long); a.status != 404 {
			t.Fatalf("%d", a.status)
		}
	}
	logged, missing := 0, 0
	ended := make(chan error)
	go func() {
		lines := bufio.NewScanner(reader)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var line struct {
				Msg   string
				Lines int
			}
			if !strings.HasPrefix(lines.Text(), "{") {
				continue // of the build
			}
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				ended <- err
				return
			}
			if missing += line.Lines; line.Msg == "request" {
				logged++
			}
		}
		ended <- lines.Err()
	}()
	// What has been dropped is said once there is room.
	for range 2 {
		s.get("/")
	}
	s.stop()
	if err := <-ended; err != nil {
		t.Fatalf("a line is not whole: %v", err)
	}
	if logged+missing != requests+2 || missing == 0 {
		t.Errorf("of %d requests %d are in the log and %d are missing", requests+2, logged, missing)
	}
}
