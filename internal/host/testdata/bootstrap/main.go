// Bootstrap is a function of the provided.al2023 runtime for tests: it answers
// with the request it was given. The query makes it misbehave.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		resp, err := http.Get(base + "next")
		if err != nil {
			os.Exit(1)
		}
		var outer struct{ Action, Body string }
		err = json.NewDecoder(resp.Body).Decode(&outer)
		resp.Body.Close()
		if err != nil {
			panic(err)
		}
		id := resp.Header.Get("Lambda-Runtime-Aws-Request-Id")
		kind, answer := handle(outer.Body)
		resp, err = http.Post(base+id+"/"+kind, "application/json", bytes.NewReader(answer))
		if err != nil || resp.StatusCode != 202 {
			panic(fmt.Sprint(resp, err))
		}
		resp.Body.Close()
	}
}

type object map[string]any

func handle(text string) (kind string, answer []byte) {
	var event struct {
		Method, Host, Path, Encoding, Body string
		Headers                            map[string]any
	}
	if err := json.Unmarshal([]byte(text), &event); err != nil {
		panic(err)
	}
	body, _ := base64.StdEncoding.DecodeString(event.Body)
	u, _ := url.Parse(event.Path)
	result := object{"statusCode": 201, "headers": object{"content-type": "text/plain", "x-list": []string{"a", "b"}},
		"body": fmt.Sprintf("%s %s %s %s", event.Method, event.Path, body, event.Headers["x-custom"])}
	kind = "response"
	switch u.Query().Get("do") {
	case "binary":
		result["encoding"], result["body"] = "base64", base64.StdEncoding.EncodeToString([]byte{0, 1, 255})
	case "error":
		kind, result = "error", object{"errorMessage": "went wrong", "errorType": "Oops"}
	case "number":
		result["body"] = 5
	case "inform":
		result["statusCode"] = 103
	case "exit":
		os.Exit(3)
	case "wait": // until the test says so
		if resp, err := http.Get(u.Query().Get("for")); err == nil {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	case "hang":
		time.Sleep(time.Hour)
	case "garbage":
		return kind, []byte("nonsense")
	}
	answer, err := json.Marshal(result)
	if err != nil {
		panic(err)
	}
	return kind, answer
}
