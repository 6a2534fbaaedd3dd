// Package metrics counts durations, and writes what was counted in Prometheus' text
// format.
//
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (read 2026-11-30),
// version 0.0.4.
package metrics

import (
	"bufio"
	"io"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// ContentType is that of the text format.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// bounds are the upper bounds of a Histogram's buckets: from a page that is in memory to
// a function that is about to be given up.
var bounds = [...]time.Duration{
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond,
	250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond,
	5 * time.Second, 10 * time.Second, 30 * time.Second, 60 * time.Second,
}

// Histogram counts durations. The zero value has none; it is safe for concurrent use.
type Histogram struct {
	buckets [len(bounds) + 1]atomic.Int64 // each without those below it; the last is for the rest
	sum     atomic.Int64                  // in nanoseconds
}

// Observe counts d. A negative duration, as of a clock that was set back, counts as none.
func (h *Histogram) Observe(d time.Duration) {
	d = max(d, 0)
	h.buckets[sort.Search(len(bounds), func(i int) bool { return d <= bounds[i] })].Add(1)
	h.sum.Add(int64(d))
}

// Writer writes families of metrics: each by a call of Family, then those of its samples.
type Writer struct {
	out  *bufio.Writer
	name string // of the family
}

// NewWriter returns a Writer to w. Flush it.
func NewWriter(w io.Writer) *Writer { return &Writer{out: bufio.NewWriter(w)} }

// Kind is the type of a family.
type Kind string

// The kinds.
const (
	Counter       Kind = "counter"
	Gauge         Kind = "gauge"
	HistogramKind Kind = "histogram"
)

// Family begins a family. help is one line about it.
func (w *Writer) Family(name string, kind Kind, help string) {
	w.name = name
	w.write("# HELP ", name, " ", helpEscaper.Replace(help), "\n# TYPE ", name, " ", string(kind), "\n")
}

// Sample writes a value of the family under labels: name, value, name, value …
func (w *Writer) Sample(value float64, labels ...string) { w.sample("", value, labels) }

// Histogram writes the samples of h. Of durations that are counted meanwhile it may miss
// parts, but its buckets and their count agree.
func (w *Writer) Histogram(h *Histogram, labels ...string) {
	labels = append(labels[:len(labels):len(labels)], "le", "")
	below := int64(0)
	for i := range h.buckets {
		below += h.buckets[i].Load()
		le := "+Inf"
		if i < len(bounds) {
			le = number(bounds[i].Seconds())
		}
		labels[len(labels)-1] = le
		w.sample("_bucket", float64(below), labels)
	}
	labels = labels[:len(labels)-2]
	w.sample("_sum", time.Duration(h.sum.Load()).Seconds(), labels)
	w.sample("_count", float64(below), labels)
}

// Flush writes what is still to be written. Its error is the first that occurred.
func (w *Writer) Flush() error { return w.out.Flush() }

func (w *Writer) sample(suffix string, value float64, labels []string) {
	w.write(w.name, suffix)
	for i := 0; i+1 < len(labels); i += 2 {
		separator := ","
		if i == 0 {
			separator = "{"
		}
		w.write(separator, labels[i], `="`, labelEscaper.Replace(labels[i+1]), `"`)
	}
	if len(labels) > 0 {
		w.write("}")
	}
	w.write(" ", number(value), "\n")
}

// write leaves errors to Flush, which has the first.
func (w *Writer) write(parts ...string) {
	for _, part := range parts {
		_, _ = w.out.WriteString(part)
	}
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

var (
	helpEscaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)
