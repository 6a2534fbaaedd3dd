// Package events tells a page of new entries, by server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
package events

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"example.com/guestbook/site"
)

// Handler sends the entries after the one that the visitor has seen last, and then
// each as it is written, until the visitor leaves or the function is about to end.
func Handler(w http.ResponseWriter, r *http.Request) error {
	if !site.Methods(w, r, "GET") {
		return nil
	}
	seen := cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after"), "0")
	last, err := strconv.ParseInt(seen, 10, 64)
	if err != nil {
		http.Error(w, "This is the number of no entry.", http.StatusBadRequest)
		return nil
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	for {
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		entries, err := site.Book.Wait(r.Context(), last)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			data, err := json.Marshal(e)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "id: %d\ndata: %s\n\n", e.ID, data)
			last = e.ID
		}
	}
}
