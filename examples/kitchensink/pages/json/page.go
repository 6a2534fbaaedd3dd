// Package json is a build page whose type is not HTML.
package json

import (
	"encoding/json"
	"net/http"

	"github.com/jargo-dev/jargo"
)

// Data is what the page says.
func Data() map[string]any {
	return map[string]any{"framework": "jargo", "kinds": []string{"build", "fresh", "regenerated"}}
}

// Render encodes it. The headers become routes of the output.
func Render(data map[string]any) ([]byte, jargo.Info, error) {
	body, err := json.Marshal(data)
	header := http.Header{
		"Content-Type":                {"application/json"},
		"Access-Control-Allow-Origin": {"*"},
	}
	return body, jargo.Info{Header: header}, err
}
