package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jargo-dev/jargo/internal/imagetest"
)

// TestBuildImage makes images of a site, and runs one of them without a container engine:
// nothing but the site is in it.
func TestBuildImage(t *testing.T) {
	t.Parallel()
	site := testSite(t, "shop.txtar")
	images := [2][]byte{}
	digests := [2]string{}
	for i := range images {
		dir := t.TempDir()
		cmd := jargoCommand(t, "build", "--out", filepath.Join(dir, "output"), "--image", filepath.Join(dir, "shop.tar"), site)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		digests[i], _, _ = strings.Cut(strings.TrimPrefix(lines[len(lines)-1], "the site as an image, "), ": ")
		if images[i], err = os.ReadFile(filepath.Join(dir, "shop.tar")); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(digests[0], "sha256:") || digests[0] != digests[1] || string(images[0]) != string(images[1]) {
		t.Errorf("two images of a site are %q and differ", digests)
	}

	cmd := imagetest.Command(t, images[0], "--addr", "127.0.0.1:0", "--log", "json")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "Listening on ")
	if !ok || err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	for path, want := range map[string]string{"/": "<h1>Shop</h1>", "/fresh": "rendered for /fresh", "/price.txt": "ten"} {
		resp, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s %q, %v", path, resp.Status, body, err)
		}
	}

	// The health check of the image is the program, in the same root directory.
	check := func() error {
		health := exec.Cmd{Path: cmd.Path, Args: []string{cmd.Path, "--health"}, Env: cmd.Env, Dir: cmd.Dir, SysProcAttr: cmd.SysProcAttr}
		return health.Run()
	}
	if err := check(); err != nil {
		t.Errorf("it is not well: %v", err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
	if check() == nil {
		t.Error("it is well when it has ended")
	}
}
