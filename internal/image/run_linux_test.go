package image

import (
	"bufio"
	"io"
	"net/http"
	"runtime"
	"syscall"
	"testing"

	"github.com/jargo-dev/jargo/internal/imagetest"
)

// TestRun runs an image as an engine does: with its files for a root directory, and as its
// user.
func TestRun(t *testing.T) {
	o := everything(compile(t, "server", runtime.GOARCH))
	o.Args[1] = "127.0.0.1:0"
	i := newImage(t, o)
	cmd := imagetest.Command(t, write(t, i, ""))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatal("it did not start")
	}
	resp, err := http.Get("http://" + lines.Text())
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"A":"1","error":null,"home":true,"root":false,"roots":true,"tmp":true,"user":["65532","65532","nonroot","/home/nonroot"],"wd":"/home/nonroot"}` + "\n"
	if string(said) != want {
		t.Errorf("%s\nwant\n%s", said, want)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || lines.Text() != "ended" {
		t.Errorf("%q", lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
