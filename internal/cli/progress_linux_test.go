package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal opens a terminal that is so many columns wide, and the file to
// read what it shows.
func openTerminal(t *testing.T, columns uint16) (terminal, shown *os.File) {
	t.Helper()
	shown, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shown.Close() })
	fd := int(shown.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return terminal, shown
}

func TestProgressOnTerminal(t *testing.T) {
	terminal, shown := openTerminal(t, 14)
	p := newProgress(terminal)
	p.started = time.Now().Add(-10 * time.Second)
	p.update(100, 1000)
	p.finish()
	terminal.Close()
	got, _ := io.ReadAll(shown) // which ends with an error: the terminal is closed
	if want := "rendering 100\r" + strings.Repeat(" ", 13) + "\r"; string(got) != want {
		t.Errorf("the terminal gets %q, want %q", got, want)
	}
}
