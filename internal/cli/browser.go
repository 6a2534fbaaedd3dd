package cli

import (
	"os/exec"
	"runtime"
)

// openBrowser opens a URL in the user's browser, which outlives this process.
func openBrowser(url string) error {
	cmd := exec.Command("xdg-open", url)
	switch runtime.GOOS {
	case "darwin":
		cmd = exec.Command("open", url)
	case "windows":
		cmd = exec.Command("rundll32", "url.dll,FileProtocolHandler", url)
	}
	setGroup(cmd) // Ctrl-C is not meant for it
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() // else it stays as a zombie
	return nil
}
