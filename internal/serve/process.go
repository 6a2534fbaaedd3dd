package serve

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"runtime"
	runtimemetrics "runtime/metrics"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"time"

	"github.com/jargo-dev/jargo/internal/host/metrics"
)

// processMetrics are what the runtime knows of this process, by the names that
// Prometheus' own clients have for it where they have one.
var processMetrics = []struct {
	name, runtime string
	kind          metrics.Kind
	help          string
}{
	{"go_goroutines", "/sched/goroutines:goroutines", metrics.Gauge, "Goroutines of the host."},
	{"go_memstats_heap_inuse_bytes", "/memory/classes/heap/objects:bytes", metrics.Gauge, "Memory that the host's objects take."},
	{"go_memstats_sys_bytes", "/memory/classes/total:bytes", metrics.Gauge, "Memory that the host has from the system."},
	{"go_gc_cycles_total", "/gc/cycles/total:gc-cycles", metrics.Counter, "Garbage collections of the host."},
	{"go_sched_gomaxprocs_threads", "/sched/gomaxprocs:threads", metrics.Gauge, "Processors that the host may use at once."},
}

// started is when this process has begun, or almost.
var started = time.Now()

func writeProcess(w *metrics.Writer) {
	samples := make([]runtimemetrics.Sample, len(processMetrics))
	for i, m := range processMetrics {
		samples[i].Name = m.runtime
	}
	runtimemetrics.Read(samples)
	for i, m := range processMetrics {
		if samples[i].Value.Kind() != runtimemetrics.KindUint64 {
			continue // this version of Go does not know it
		}
		w.Family(m.name, m.kind, m.help)
		w.Sample(float64(samples[i].Value.Uint64()))
	}
	w.Family("go_info", metrics.Gauge, "The version of Go that the host was compiled with.")
	w.Sample(1, "version", runtime.Version())
	w.Family("process_start_time_seconds", metrics.Gauge, "When the host was started, in Unix time.")
	w.Sample(math.Round(float64(started.UnixMilli())) / 1000)
}

// The profiles are not those of net/http/pprof: that adds itself to
// http.DefaultServeMux, which the code of a site may serve to its visitors.

// profiles lists them.
func profiles(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, "profile?seconds=30\ntrace?seconds=1\n")
	for _, p := range pprof.Profiles() {
		fmt.Fprintf(w, "%s?debug=1\t%d\n", p.Name(), p.Count())
	}
}

// profile writes one, as go tool pprof and go tool trace read it.
func profile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	w.Header().Set("Content-Type", "application/octet-stream")
	switch name {
	case "profile":
		record(w, r, 30, pprof.StartCPUProfile, pprof.StopCPUProfile)
		return
	case "trace":
		record(w, r, 1, trace.Start, trace.Stop)
		return
	}
	p := pprof.Lookup(name)
	if p == nil {
		http.Error(w, "There is no such profile.", http.StatusNotFound)
		return
	}
	if name == "heap" && r.FormValue("gc") != "" {
		runtime.GC()
	}
	debug, _ := strconv.Atoi(r.FormValue("debug"))
	if debug > 0 {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	_ = p.WriteTo(w, debug) // whoever asked has left
}

// maxRecord is the longest time for which a profile is recorded, in seconds.
const maxRecord = 600

// record writes what is recorded for the seconds that r says.
func record(w http.ResponseWriter, r *http.Request, seconds float64, start func(io.Writer) error, stop func()) {
	if s, err := strconv.ParseFloat(r.FormValue("seconds"), 64); err == nil {
		seconds = s
	}
	if !(0 < seconds && seconds <= maxRecord) {
		http.Error(w, fmt.Sprintf("A profile may last up to %d seconds.", maxRecord), http.StatusBadRequest)
		return
	}
	if err := start(w); err != nil {
		http.Error(w, "It cannot be recorded: "+err.Error(), http.StatusConflict)
		return
	}
	defer stop()
	select {
	case <-time.After(time.Duration(seconds * float64(time.Second))):
	case <-r.Context().Done():
	}
}
