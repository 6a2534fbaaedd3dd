package build

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// tokenVariable is the environment variable with the site's bypass token: who has it
// sees drafts, and has pages rendered again.
const tokenVariable = "JARGO_BYPASS_TOKEN"

// minToken is the least number of characters that the platform takes.
const minToken = 32

// bypassToken is that of the environment, or else one of the project's own. A site
// has none without regenerated pages, for which alone it is.
//
// Why it is done so: docs/decisions/0010-the-bypass-token.md.
func (l *loaded) bypassToken(diags *diag.List) (string, error) {
	token := os.Getenv(tokenVariable)
	if wrong := checkToken(token); token != "" && wrong != "" {
		diags.Add(diag.Pos{File: tokenVariable}, "openssl rand -hex 32 prints a good one; without any, the project gets one of its own",
			"%s", wrong)
		return "", nil
	}
	if !slices.ContainsFunc(l.site.Pages, func(p *site.Page) bool { return p.OwnKind() == site.Regenerated }) {
		return "", nil
	}
	if token != "" {
		return token, nil
	}
	return keptToken(filepath.Join(l.cache.dir, "bypass-token"))
}

// checkToken says what is wrong with a token, and never what it is.
func checkToken(token string) (wrong string) {
	if len(token) < minToken {
		return fmt.Sprintf("the bypass token is shorter than %d characters", minToken)
	}
	// It is the value of a cookie and of a header.
	if strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`",;\`, c) }) {
		return "the bypass token has a character that a cookie cannot have"
	}
	return ""
}

// keptToken is the token in a file of the project's cache. The first build makes it,
// so that the next have the same.
func keptToken(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err == nil && checkToken(string(data)) == "" {
		return string(data), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the bypass token: %w", err)
	}
	var random [minToken]byte
	rand.Read(random[:])
	token := hex.EncodeToString(random[:])
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		return "", fmt.Errorf("keep the bypass token: %w", err)
	}
	return token, nil
}
