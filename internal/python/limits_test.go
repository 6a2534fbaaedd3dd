package python

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

const limitsSite = `
-- pages/size.py --
def data(request): return f"{request.method} {len(request.body)}"
def render(text): return text
def config(): return {"fresh": {}}
`

// rawAnswer is what comes back on a connection of its own, and whether that is
// closed afterwards.
type rawAnswer struct {
	status  int
	body    string
	goesOn  bool // 100 Continue came before
	hangsUp bool
}

// raw sends a request as it is, with a body that comes when the head has been
// answered, or right away.
func (r *running) raw(head string, body io.Reader, awaitAnswer bool) rawAnswer {
	r.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, head); err != nil {
		r.t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	var a rawAnswer
	if awaitAnswer {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			r.t.Fatal(err)
		}
		if a.goesOn = resp.StatusCode == http.StatusContinue; !a.goesOn {
			return r.finish(a, in, resp)
		}
	}
	if body != nil {
		_, _ = io.Copy(conn, body) // the other side may have had enough of it
	}
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		r.t.Fatalf("%.80q: %v", head, err)
	}
	return r.finish(a, in, resp)
}

func (r *running) finish(a rawAnswer, in *bufio.Reader, resp *http.Response) rawAnswer {
	r.t.Helper()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	a.status, a.body = resp.StatusCode, string(data)
	if resp.Close {
		_, err = in.ReadByte()
		a.hangsUp = errors.Is(err, io.EOF)
	}
	return a
}

// TestBodyLimits sends bodies that are too long or nonsense, each on a
// connection of its own, which is closed after the answer.
func TestBodyLimits(t *testing.T) {
	r := startFunction(t, functionDir(t, limitsSite), "")
	const most = 4_500_000
	head := func(headers ...string) string {
		return "POST /size HTTP/1.1\r\nHost: x\r\nX-Vercel-Internal-Invocation-Id: i\r\n" + strings.Join(append(headers, "", ""), "\r\n")
	}
	zeros := func(n int64) io.Reader { return io.LimitReader(zero{}, n) }
	chunked := "Transfer-Encoding: chunked"
	chunks := func(text string) io.Reader { return strings.NewReader(text) }
	inChunks := func(n int64) io.Reader {
		return io.MultiReader(strings.NewReader(fmt.Sprintf("%x\r\n", n)), zeros(n), strings.NewReader("\r\n0\r\n\r\n"))
	}
	tests := []struct {
		name   string
		head   string
		body   io.Reader
		status int
	}{
		{"the longest", head(fmt.Sprint("Content-Length: ", most)), zeros(most), 200},
		{"one byte more", head(fmt.Sprint("Content-Length: ", most+1)), nil, 413},
		{"more that comes", head("Content-Length: 600000000"), zeros(20 << 20), 413},
		{"a length that is no number of this world", head("Content-Length: 1" + strings.Repeat("0", 5000)), nil, 413},
		{"leading zeros", head("Content-Length: 0000000000000000000003"), chunks("abc"), 200},
		{"negative", head("Content-Length: -1"), nil, 400},
		{"with a sign", head("Content-Length: +1"), nil, 400},
		{"with an underscore", head("Content-Length: 1_0"), nil, 400},
		{"in other digits", head("Content-Length: \u0663"), nil, 400},
		{"empty", head("Content-Length: "), nil, 400},
		{"a list", head("Content-Length: 1, 1"), nil, 400},
		{"twice", head("Content-Length: 1", "Content-Length: 2"), nil, 400},
		{"a length and chunks", head("Content-Length: 5", chunked), nil, 400},
		{"another coding", head("Transfer-Encoding: gzip"), nil, 501},
		{"two codings", head("Transfer-Encoding: gzip, chunked"), nil, 501},
		{"chunks", head(chunked), chunks("3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: x\r\n\r\n"), 200},
		{"the longest chunk", head(chunked), inChunks(most), 200},
		{"a longer chunk", head(chunked), inChunks(most + 1), 413},
		{"chunks without end", head(chunked), chunks(strings.Repeat("3e8\r\n"+strings.Repeat("x", 1000)+"\r\n", 20_000)), 413},
		{"the largest chunk", head(chunked), chunks("ffffffffffffffff\r\n"), 413},
		{"a larger one", head(chunked), chunks("fffffffffffffffff\r\n"), 400},
		{"a negative chunk", head(chunked), chunks("-1\r\n"), 400},
		{"a chunk with a sign", head(chunked), chunks("+1\r\n"), 400},
		{"a prefix", head(chunked), chunks("0x1\r\na\r\n"), 400},
		{"a chunk with an underscore", head(chunked), chunks("1_0\r\n"), 400},
		{"no size", head(chunked), chunks("\r\n"), 400},
		{"a chunk that goes on", head(chunked), chunks("1\r\nab\r\n0\r\n\r\n"), 400},
		{"a line without end", head(chunked), chunks("1;" + strings.Repeat("x", 1<<20)), 400},
		{"trailers without end", head(chunked), chunks("0\r\n" + strings.Repeat("X: "+strings.Repeat("x", 1000)+"\r\n", 2000)), 431},
	}
	for _, tt := range tests {
		a := r.raw(tt.head, tt.body, false)
		if a.status != tt.status || a.hangsUp != (tt.status != 200) {
			t.Errorf("%s: %+v, want status %d", tt.name, a, tt.status)
		}
		if m := <-r.messages; m.Type != "end" || m.Payload.Context.InvocationID != "i" {
			t.Errorf("%s: message %+v", tt.name, m)
		}
	}
	if got := r.do("POST", "/size", "abc"); got != "200 POST 3" {
		t.Errorf("afterwards: %s", got)
	}
}

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestExpect has requests that wait for a word before they send their body.
func TestExpect(t *testing.T) {
	r := startFunction(t, functionDir(t, limitsSite), "")
	head := func(length int) string {
		return fmt.Sprintf("POST /size HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", length)
	}
	if a := r.raw(head(3), strings.NewReader("abc"), true); !a.goesOn || a.status != 200 || a.body != "POST 3" {
		t.Errorf("a short body: %+v", a)
	}
	if a := r.raw(head(600_000_000), nil, true); a.goesOn || a.status != 413 || !a.hangsUp {
		t.Errorf("a long body: %+v", a)
	}
}

// TestHeadLimits sends heads that are too long.
func TestHeadLimits(t *testing.T) {
	r := startFunction(t, functionDir(t, limitsSite), "")
	lines := func(n, size int) string { return strings.Repeat("X: "+strings.Repeat("x", size)+"\r\n", n) }
	for _, tt := range []struct {
		name, head string
		status     int
	}{
		{"as many headers as are taken", "GET /size HTTP/1.1\r\n" + lines(99, 100) + "\r\n", 200},
		{"too many", "GET /size HTTP/1.1\r\n" + lines(200, 1) + "\r\n", 431},
		{"a long one", "GET /size HTTP/1.1\r\n" + lines(1, 70_000) + "\r\n", 431},
		{"many long ones", "GET /size HTTP/1.1\r\n" + lines(90, 60_000) + "\r\n", 431},
		{"a long path", "GET /" + strings.Repeat("x", 70_000) + " HTTP/1.1\r\n\r\n", 414},
		{"no request", "what\r\n\r\n", 400},
	} {
		if a := r.raw(tt.head, nil, false); a.status != tt.status || a.hangsUp != (tt.status != 200) {
			t.Errorf("%s: %+v, want status %d", tt.name, a, tt.status)
		}
	}
}
