package function

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// event is the inner object of an invocation.
type event struct {
	Method   string         `json:"method"`
	Host     string         `json:"host"`
	Path     string         `json:"path"` // with the query
	Headers  map[string]any `json:"headers"`
	Encoding string         `json:"encoding"`
	Body     string         `json:"body"`
}

// encodeEvent returns the event for a request, and reads its body.
func encodeEvent(req *http.Request) ([]byte, error) {
	e := event{Method: req.Method, Host: req.Host, Path: req.URL.RequestURI(), Headers: map[string]any{"host": req.Host}, Encoding: "base64"}
	for name, values := range req.Header {
		if len(values) == 1 {
			e.Headers[strings.ToLower(name)] = values[0]
		} else {
			e.Headers[strings.ToLower(name)] = values
		}
	}
	if req.Body != nil {
		body, err := io.ReadAll(io.LimitReader(req.Body, MaxBody+1))
		if err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		if len(body) > MaxBody {
			return nil, ErrTooLarge
		}
		e.Body = base64.StdEncoding.EncodeToString(body)
	}
	inner, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]string{"Action": "Invoke", "body": string(inner)})
}

// decodeResult returns the response in an invocation's result.
func decodeResult(data []byte, req *http.Request) (*http.Response, error) {
	var r struct {
		StatusCode int             `json:"statusCode"`
		Headers    map[string]any  `json:"headers"`
		Encoding   string          `json:"encoding"`
		Body       json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, failed("the result is not valid JSON: %w", err)
	}
	if r.StatusCode < 200 || r.StatusCode > 599 {
		return nil, &Error{Code: CodeNoResponse, Err: fmt.Errorf("the result has status %d", r.StatusCode)}
	}
	var text string
	if len(r.Body) > 0 && json.Unmarshal(r.Body, &text) != nil {
		return nil, &Error{Code: CodeBodyNotString, Err: errors.New("the body of the result is not a string")}
	}
	body := []byte(text)
	if r.Encoding == "base64" {
		var err error
		if body, err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, failed("the body of the result is not base64: %w", err)
		}
	}
	header := http.Header{}
	for name, value := range r.Headers {
		switch value := value.(type) {
		case []any:
			for _, v := range value {
				header.Add(name, fmt.Sprint(v))
			}
		case nil:
		default:
			header.Add(name, fmt.Sprint(value))
		}
	}
	header.Del("Transfer-Encoding")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	return &http.Response{
		StatusCode: r.StatusCode, Status: strconv.Itoa(r.StatusCode) + " " + http.StatusText(r.StatusCode),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}
