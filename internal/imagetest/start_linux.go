package imagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Command is the command line of an image's program, with its files for a root directory and
// as its user. args replace what follows its name, unless there are none. The test is
// skipped, but in CI, where it fails, if it may not do that.
func Command(t testing.TB, image []byte, args ...string) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("another root directory takes root")
		}
		t.Skip("another root directory takes root")
	}
	root := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	Unpack(t, image, root)
	config := ReadConfig(t, image)
	uid, gid, _ := strings.Cut(config.User, ":")
	u, errU := strconv.Atoi(uid)
	g, errG := strconv.Atoi(gid)
	if errU != nil || errG != nil {
		t.Fatal(errU, errG)
	}
	if len(args) == 0 {
		args = config.Cmd
	}
	argv := append(config.Entrypoint, args...)
	return &exec.Cmd{
		Path: argv[0], Args: argv, Env: config.Env, Dir: config.WorkingDir, Stderr: t.Output(),
		SysProcAttr: &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: uint32(u), Gid: uint32(g)}},
	}
}
