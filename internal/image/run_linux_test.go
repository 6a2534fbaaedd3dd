package image

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestRun runs an image as an engine does: with its files for a root directory, and as its
// user.
func TestRun(t *testing.T) {
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("this needs root")
		}
		t.Skip("another root directory takes root")
	}
	o := everything(compile(t, "server", runtime.GOARCH))
	o.Args[1] = "127.0.0.1:0"
	i := newImage(t, o)
	root := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	unpack(t, write(t, i, ""), root)
	config, err := i.image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	uid, gid, _ := strings.Cut(config.Config.User, ":")
	u, errU := strconv.Atoi(uid)
	g, errG := strconv.Atoi(gid)
	if errU != nil || errG != nil {
		t.Fatal(errU, errG)
	}
	argv := append(config.Config.Entrypoint, config.Config.Cmd...)
	cmd := &exec.Cmd{
		Path: argv[0], Args: argv, Env: config.Config.Env, Dir: config.Config.WorkingDir, Stderr: t.Output(),
		SysProcAttr: &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: uint32(u), Gid: uint32(g)}},
	}
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
