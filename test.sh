#!/usr/bin/env bash
# The one check of the project. It needs Go and, for what else is missing,
# Debian's apt-get; what is there already stays as it is.
#
#   ./test.sh          all of it, as in CI
#   ./test.sh quick    vet, and the tests without the long ones: while you work
#   ./test.sh golden   rewrites the golden files; read the difference
#   ./test.sh bench    figures and ratios to plain programs; no check
#
# Each check says nothing when it passes, but for the tests' own summary. All
# of them run; the exit status is 1 when one has failed.
set -uo pipefail
cd "$(dirname "$0")" || exit

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2

# concurrent are the packages that do several things at once in our own process.
# Only their tests run with the race detector: of the others, the work is done by
# the processes that they start, or by one goroutine.
concurrent=(
	./engine
	./internal/asynclog
	./internal/dev
	./internal/dev/browser
	./internal/host
	./internal/host/function
	./internal/host/lru
	./internal/host/prerender
	./internal/host/throttle
	./internal/renderer
)

# frontend is such a package, of which most tests wait for compilers: these do several
# things at once.
frontend=./internal/golang
frontend_concurrent='^Test(Live|Plan|Recall|Templates)'

# busy are the packages whose tests do not wait: they run pip and npm.
busy=(./conformance ./internal/python)

mac_chrome='/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

# install_missing installs the Debian packages of commands that are not there.
# The race detector needs a C compiler. Chromium has several names, and Chrome will
# do as well.
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
		redis-server redis-server
	END
	[ "$(uname)" != Linux ] || command -v systemd-analyze >/dev/null || missing+=(systemd)
	[ -n "$(type -P chromium chromium-browser google-chrome "$mac_chrome")" ] || missing+=(chromium)
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

# install_vendor installs the vendor's packages that judge our output, or run our
# build, unless the ones there are as new as the lock file.
install_vendor() {
	local dir
	for dir in conformance conformance/cli; do
		[ $dir/node_modules/.package-lock.json -nt $dir/package-lock.json ] ||
			npm ci --prefix $dir --prefer-offline || return
	done
}

# use_python puts the Python that python3 runs first on PATH. What is there may be
# a shell script that looks for it, as pyenv's, and the tests start hundreds, also of
# python3.12 and the like.
use_python() {
	local python found
	python=$(python3 -c 'import sys; print(sys.executable)') || return 0
	found=$(dirname "$(command -v python3)")
	[ "${python%/*}" != "$found" ] || return 0
	case $found in */shims) PATH=$(tr ':' '\n' <<<"$PATH" | grep -vx "$found" | paste -sd:) ;; esac
	PATH=${python%/*}:$PATH
}

formatted() {
	local files
	files=$(find . -name node_modules -prune -o -name '*.go' -exec gofmt -l {} +) && [ -z "$files" ] && return
	echo "run: gofmt -w ${files//$'\n'/ }"
	return 1
}

# modules prints the directory of each module: ours, and those of sites and
# benchmarks that require what Jargo does not.
modules() {
	find . \( -name node_modules -o -name testdata \) -prune -o -name go.mod -exec dirname {} \; | sort
}

# check NAME COMMAND... runs a command, and shows what it says if it fails.
check() {
	local name=$1 output
	shift
	output=$("$@" 2>&1) && return
	printf -- '--- %s\n%s\n' "$name" "$output"
	echo "$name" >>"$work/failed"
}

# check_source is all that runs no test.
check_source() {
	local dir
	check "gofmt" formatted
	for dir in $(modules); do
		check "go mod tidy in $dir" go -C "$dir" mod tidy -diff
		check "go vet in $dir" go -C "$dir" vet ./...
		# It allocates much and keeps little: collecting less often makes it faster.
		check "staticcheck in $dir" env GOGC=400 go -C "$dir" run "$staticcheck" ./...
	done
	check "go build for Windows" env GOOS=windows go build ./...
	# What it says of the Go release is news, not a failure.
	go run ./tools/vulncheck || echo "vulncheck" >>"$work/failed"
}

# tests NAME FLAG... PACKAGE... runs tests, which go vet sees to by itself. Four
# of a package run at once, for they wait for the processes that they start. The
# compiler and the linker collect their garbage less often, the tests as ever.
tests() {
	local name=$1
	shift
	{ GOGC=400 go test -exec 'env -u GOGC' -vet=off -timeout 20m -parallel 4 "$@" || echo "$name" >>"$work/failed"; } | grep -v '\[no test files\]$'
}

# temporary makes a directory for what is written and deleted: in memory, where
# the system has 4 GB for that.
temporary() {
	local free
	free=$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)
	if [ -z "${TMPDIR-}" ] && [ "${free:-0}" -gt 4000000 ]; then
		mktemp -d /dev/shm/jargo.XXXX
	else
		mktemp -d
	fi
}

# sequential prints the other packages.
sequential() {
	go list ./... | grep -vxFf <(go list "${concurrent[@]}" $frontend "${busy[@]}")
}

if ! command -v go >/dev/null; then
	echo "install Go: https://go.dev/dl"
	exit 1
fi
case ${1:-all} in
quick)
	use_python
	go vet ./... && go test -vet=off -short -parallel 4 ./... | grep -v '\[no test files\]$'
	exit
	;;
golden)
	go test ./internal/build ./internal/golang ./cmd/jargo ./conformance -update
	exit
	;;
bench) exec bench/run.sh ;;
all) ;;
*)
	sed -n 's/^#   //p' "$0"
	exit 2
	;;
esac

work=$(temporary)
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work
check "install" install_missing
check "npm ci" install_vendor
use_python
# A process that is under the race detector waits at its end for what may still
# be reported. A second is too long where tests start hundreds of them.
export GORACE=atexit_sleep_ms=10
# Tests that wait for processes leave time to what does not. More of either at a
# time would only hinder each other.
rest=()
while read -r package; do rest+=("$package"); done < <(sequential)
tests "go test" -p 1 "${rest[@]}" &
{
	tests "go test -race" -race -p 1 "${concurrent[@]}"
	tests "go test -race $frontend" -race -run "$frontend_concurrent" $frontend
	tests "go test $frontend" -skip "$frontend_concurrent" $frontend
} &
check_source
tests "go test ${busy[*]}" -p 1 "${busy[@]}"
for dir in $(modules | grep -vx .); do
	(cd "$dir" && tests "go test in $dir" -p 1 ./...)
done
wait

if [ -s "$work/failed" ]; then
	sed 's/^/failed: /' "$work/failed"
	exit 1
fi
