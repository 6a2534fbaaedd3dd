package dev

import (
	"path/filepath"
	"slices"
	"strings"
)

// ignoredNames are of directories and files that no page is made of: of version control,
// editors and tools, and what these keep beside a project.
var ignoredNames = []string{
	".git", ".hg", ".svn", ".jj", ".vercel", ".idea", ".vscode", ".DS_Store",
	"node_modules", "__pycache__", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache",
	"4913", // with which vim tries whether it can write into a directory
}

// temporary begins or ends the names of files that editors have while a file is open, or
// until it has its own name.
var temporary = struct{ prefixes, suffixes []string }{
	[]string{".#", "#", ".goutputstream-", ".jargo-"},
	[]string{"~", ".swp", ".swo", ".swx", ".tmp", ".bak", ".orig", "___jb_tmp___", "___jb_old___"},
}

// data ends the names of files that pages themselves write when they are asked. To take
// that for a change would reload the page, which writes again.
var data = []string{".log", ".db", ".sqlite", ".sqlite3", "-journal", "-wal", "-shm"}

// ignored reports whether a file or directory of that name, relative to the project, has
// no say in what the site is. Nothing is asked of .gitignore: a site may well be
// made of what a tool has generated.
func ignored(name string) bool {
	base := filepath.Base(name)
	has := func(list []string, f func(string, string) bool) bool {
		return slices.ContainsFunc(list, func(part string) bool { return f(base, part) })
	}
	if slices.Contains(ignoredNames, base) || has(temporary.prefixes, strings.HasPrefix) || has(temporary.suffixes, strings.HasSuffix) {
		return true
	}
	if within(name, "public") {
		return false
	}
	return strings.HasSuffix(base, "_test.go") || has(data, strings.HasSuffix)
}
