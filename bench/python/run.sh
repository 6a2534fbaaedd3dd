#!/bin/sh
# Measures a build of 1,000 Python build pages against plain Python doing the
# same work: a fresh python3 for each page (of 50, times 20), and one loop over
# all of them in one process on one core. Prints the best of five, and ratios.
#
#     bench/python/run.sh [PAGES]
set -eu
cd "$(dirname "$0")/../.."
pages=${1:-1000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/jargo" ./cmd/jargo
exec python3 bench/python/bench.py "$dir" "$pages"
