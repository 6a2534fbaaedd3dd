#!/usr/bin/env bash
# Measures Jargo against plain Go programs that do the same, and prints figures
# and ratios. On a machine that has other work, run it again: what counts is
# what comes back.
#
#   bench/run.sh
#   TMPDIR=/dev/shm bench/run.sh    without the disk
#
# It writes up to 1.5 GB below TMPDIR, which is empty again when it ends.
set -euo pipefail
cd "$(dirname "$0")"

# measure DIR NAME TIMES WHAT runs one benchmark and prints a line for each of
# its figures.
measure() {
	printf '%s\n' "$4"
	go -C "$1" test -run '^$' -bench "^$2\$" -benchtime "$3" . |
		awk '/^Benchmark/ { for (i = 3; i < NF; i += 2) if ($(i+1) != "ns/op") printf "%12s  %s\n", $i, $(i+1); ok = 1 }
			/^(---|FAIL|    )/ { print } END { exit !ok }'
}

measure . BenchmarkPages 5x \
	"10,000 pages of Markdown rendered and written: jargo / a plain program"
measure . BenchmarkStart 200x \
	"A function from exec to its first response: jargo / bare net/http"
measure . BenchmarkTemplate 5x \
	"Throughput of a table of 20 rows, by wrk, on one core: HTML that is compiled / executed by html/template / Go by hand"
measure . BenchmarkTemplateStart 200x \
	"A function of 50 pages of HTML from exec to its first response / of as many in Go; the size, and where html/template is linked"
measure ../engine BenchmarkFresh 500x \
	"Throughput of a fresh page: the engine / bare net/http"
measure . BenchmarkUnchanged 15x \
	"A site of 200 pages built again unchanged: jargo build / go build"
measure . BenchmarkSaveKitchenSink 10x \
	"A page of the kitchen sink, from its save to the response by jargo dev / by go build and a start; memory of jargo dev"
measure . BenchmarkSavePage 10x \
	"One of 200 pages saved: likewise"
measure . BenchmarkSaveLayout 10x \
	"What a function does that 200 pages call: likewise"
measure . BenchmarkSaveSignature 10x \
	"What that function takes: likewise"
measure . BenchmarkSaveEmbedded 10x \
	"A file that a Go page embeds, from its save to the response by jargo dev"
measure . BenchmarkSaveTemplate 10x \
	"The HTML of one of 200 pages: likewise"
measure . BenchmarkSaveTemplateLayout 10x \
	"Their layout: likewise"
measure . BenchmarkSaveTemplatePartial 10x \
	"A partial that all of them use: likewise"
measure . BenchmarkSavePython 10x \
	"A Python page, from its save to the response by jargo dev"
measure . BenchmarkSavePublic 10x \
	"A public file: likewise"
measure . BenchmarkSaveVercel 10x \
	"vercel.json: likewise"
measure . BenchmarkSaveOthers 10x \
	"The page of a small site: likewise, and by those of air, Hugo and Next that are installed"
measure . BenchmarkServeStatic 5x \
	"Throughput of a file of 10 KB, by wrk, servers on one core, and the slowest of 100 requests of 64 visitors: jargo serve / net/http with the same bytes, headers and log line; nginx and Varnish that are installed"
measure . BenchmarkServeFresh 5x \
	"Throughput of a fresh page of 2.3 KB, likewise: page and host in one process, and by a socket; the p99 of 64 visitors"
measure . BenchmarkServeMemory 1x \
	"Memory of the kitchen sink as one program, and as a host and its function"
measure . BenchmarkServeSoak 30x \
	"A minute of requests of all kinds at half load (300x: ten minutes): memory and descriptors"
measure . BenchmarkServeRegenerated 5x \
	"Throughput of a regenerated page of 10 KB that is stored: likewise"
measure ../internal/host BenchmarkStaticFile 2s \
	"Throughput of a static file of 10 KB: the host / bare net/http"
measure ../internal/host BenchmarkRegeneratedHit 2s \
	"Throughput of a regenerated page in the cache: the host / bare net/http"
measure ../internal/host BenchmarkWork 500x \
	"Work of a response of 10 KB in memory, without the system's: the host / a handler by hand"
measure ../internal/host BenchmarkLargeTable 2s \
	"Latency of a static file behind many routes: over behind 10 routes; time to load them"
measure ../internal/host BenchmarkFunction 2s \
	"Latency of a function behind the host: over the function asked directly"
measure . BenchmarkDistinct 1x \
	"A server's memory and disk after up to 100,000 different queries, paths and hosts"
python/run.sh
