// Package echo answers any method with what it was sent.
package echo

import (
	"encoding/json"
	"io"
	"net/http"
)

const maxBody = 1 << 20 // bytes

// Handler writes the whole response.
func Handler(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	answer := map[string]string{"method": r.Method, "query": r.URL.RawQuery, "body": string(body)}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
}
