package metrics

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestWriter writes what is hard to write, and has Prometheus' own parser read it.
func TestWriter(t *testing.T) {
	var h Histogram
	for _, d := range []time.Duration{-time.Second, 0, 500 * time.Microsecond, 500*time.Microsecond + 1, time.Second, time.Minute, time.Hour} {
		h.Observe(d)
	}
	var text strings.Builder
	w := NewWriter(&text)
	const strange = "a\\b\"c\nd,é{}=\\n"
	w.Family("a_total", Counter, "Help with \\ and \n a line.")
	w.Sample(3, "x", strange, "y", "")
	w.Sample(1e21)
	w.Family("b_seconds", HistogramKind, "B.")
	w.Histogram(&h, "of", strange)
	w.Family("none", Gauge, "Without samples.")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text.String()))
	if err != nil {
		t.Fatalf("%v:\n%s", err, text.String())
	}
	a := families["a_total"]
	if a.GetHelp() != "Help with \\ and \n a line." || len(a.Metric) != 2 || a.Metric[0].Counter.GetValue() != 3 || a.Metric[1].Counter.GetValue() != 1e21 {
		t.Errorf("the counter is read as %v", a)
	}
	if l := a.Metric[0].Label; len(l) != 2 || l[0].GetName() != "x" || l[0].GetValue() != strange || l[1].GetValue() != "" {
		t.Errorf("its labels are read as %v", l)
	}
	b := families["b_seconds"].Metric[0]
	if b.Label[0].GetValue() != strange || len(b.Label) != 1 {
		t.Errorf("the histogram's labels are read as %v", b.Label)
	}
	if got := b.Histogram.GetSampleSum(); b.Histogram.GetSampleCount() != 7 || got < 3661 || got > 3661.1 {
		t.Errorf("the histogram has a sum of %v for %v durations", got, b.Histogram.GetSampleCount())
	}
	for le, want := range map[float64]uint64{0.0005: 3, 0.001: 4, 0.5: 4, 1: 5, 30: 5, 60: 6} {
		found := false
		for _, bucket := range b.Histogram.Bucket {
			if bucket.GetUpperBound() == le {
				found = true
				if got := bucket.GetCumulativeCount(); got != want {
					t.Errorf("up to %v s: %d durations, want %d", le, got, want)
				}
			}
		}
		if !found {
			t.Errorf("there is no bucket up to %v s", le)
		}
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestWriterFails(t *testing.T) {
	err := errors.New("gone")
	w := NewWriter(broken{err})
	w.Family("a", Gauge, strings.Repeat("x", 10_000))
	w.Sample(1)
	if got := w.Flush(); got != err {
		t.Errorf("the error is %v", got)
	}
}

func BenchmarkObserve(b *testing.B) {
	b.ReportAllocs()
	var h Histogram
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			h.Observe(3 * time.Millisecond)
		}
	})
}
