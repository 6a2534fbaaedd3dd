#!/usr/bin/env bash
# The one check of the project. It needs Go and, for what else is missing,
# Debian's apt-get; what is there already stays as it is.
#
#   ./test.sh
#
# Each check says nothing when it passes, but for the tests' own summary. All
# of them run; the exit status is 1 when one has failed.
set -uo pipefail
cd "$(dirname "$0")" || exit

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2

# install_missing installs the Debian packages of commands that are not there.
# The race detector needs a C compiler.
install_missing() {
	local missing=() command package
	while read -r command package; do
		command -v "$command" >/dev/null || missing+=("$package")
	done <<-END
		node nodejs
		npm npm
		python3 python3
		pip3 python3-pip
		cc gcc
		cc libc6-dev
	END
	[ ${#missing[@]} -gt 0 ] || return 0
	if ! command -v apt-get >/dev/null; then
		echo "install what Debian calls ${missing[*]}"
		return 1
	fi
	as_root apt-get update -q &&
		as_root apt-get install -q -y --no-install-recommends "${missing[@]}"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# install_vendor installs the vendor's packages that judge our output, unless
# the ones there are as new as the lock file.
install_vendor() {
	[ conformance/node_modules/.package-lock.json -nt conformance/package-lock.json ] ||
		npm ci --prefix conformance
}

formatted() {
	local files
	files=$(gofmt -l .) && [ -z "$files" ] && return
	echo "run: gofmt -w ${files//$'\n'/ }"
	return 1
}

# modules prints the directory of each module: ours, and those of sites and
# benchmarks that require what Jargo does not.
modules() {
	find . \( -name node_modules -o -name testdata \) -prune -o -name go.mod -exec dirname {} \; | sort
}

failed=()

# check NAME COMMAND... runs a command, and shows what it says if it fails.
check() {
	local name=$1 output
	shift
	output=$("$@" 2>&1) && return
	printf -- '--- %s\n%s\n' "$name" "$output"
	failed+=("$name")
}

if ! command -v go >/dev/null; then
	echo "install Go: https://go.dev/dl"
	exit 1
fi
check "install" install_missing
check "npm ci" install_vendor
check "gofmt" formatted
for dir in $(modules); do
	check "go mod tidy in $dir" go -C "$dir" mod tidy -diff
	check "go vet in $dir" go -C "$dir" vet ./...
	check "staticcheck in $dir" go -C "$dir" run "$staticcheck" ./...
done
# What it says of the Go release is news, not a failure.
go run ./tools/vulncheck || failed+=("vulncheck")
go test -race -timeout 5m ./... | grep -v '\[no test files\]$' || failed+=("go test")

if [ ${#failed[@]} -gt 0 ]; then
	printf 'failed: %s\n' "${failed[@]}"
	exit 1
fi
