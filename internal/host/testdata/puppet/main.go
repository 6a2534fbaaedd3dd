// Puppet is a function for tests: it speaks the IPC protocol and does with each
// request what the test at PUPPET_URL answers to the same request. The header
// X-Puppet of that response makes it misbehave.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
)

var (
	ipc   net.Conn
	ipcMu sync.Mutex
)

func send(message any) {
	data, err := json.Marshal(message)
	check(err)
	ipcMu.Lock()
	defer ipcMu.Unlock()
	_, err = ipc.Write(append(data, 0))
	check(err)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "puppet:", err)
		os.Exit(1)
	}
}

type object map[string]any

func main() {
	order := start()
	var err error
	ipc, err = net.Dial("unix", os.Getenv("VERCEL_IPC_PATH"))
	check(err)
	switch order {
	case "exit":
		os.Exit(3)
	case "killed":
		check(syscall.Kill(os.Getpid(), syscall.SIGKILL))
	case "silent":
		select {}
	case "with-child": // which has the puppet's pipes too
		child := exec.Command("sleep", "600")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		check(child.Start())
	case "give-up":
		send(object{"type": "unrecoverable-error", "payload": object{"exitCode": 4, "message": "no database"}})
		os.Exit(4)
	case "garbage":
		ipc.Write([]byte("GET / HTTP/1.1\r\n\r\n\x00"))
		select {}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	send(object{"type": "server-started", "payload": object{"initDuration": 1, "httpPort": ln.Addr().(*net.TCPAddr).Port}})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	if order == "stubborn" {
		signal.Ignore(syscall.SIGTERM)
	}
	server := &http.Server{Handler: http.HandlerFunc(handle)}
	go server.Serve(ln)
	<-stop
	os.Exit(0)
}

// start asks the test how to begin.
func start() string {
	resp, err := http.Get(os.Getenv("PUPPET_URL") + "/puppet-start")
	check(err)
	defer resp.Body.Close()
	return resp.Header.Get("X-Puppet")
}

func handle(w http.ResponseWriter, r *http.Request) {
	defer send(object{"type": "end", "payload": object{"context": object{"invocationId": r.Header.Get("X-Vercel-Internal-Invocation-Id"), "requestId": 1}}})
	if r.URL.RawQuery == "bench" {
		_, port, _ := net.SplitHostPort(r.Context().Value(http.LocalAddrContextKey).(net.Addr).String())
		w.Header().Set("X-Port", port)
		io.WriteString(w, "hello")
		return
	}
	if r.Header.Get("Upgrade") == "echo" {
		upgrade(w)
		return
	}
	ctx := r.Context()
	if r.URL.RawQuery == "hang" {
		ctx = context.Background()
	}
	out, err := http.NewRequestWithContext(ctx, r.Method, os.Getenv("PUPPET_URL")+r.URL.RequestURI(), r.Body)
	check(err)
	out.Header, out.Host = r.Header.Clone(), r.Host
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return // the test hung up, or the visitor
	}
	defer resp.Body.Close()
	if r.URL.RawQuery == "hang" {
		select {}
	}
	switch resp.Header.Get("X-Puppet") {
	case "exit":
		os.Exit(3)
	case "hang-up":
		panic(http.ErrAbortHandler)
	case "switch":
		conn, _, err := http.NewResponseController(w).Hijack()
		check(err)
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		return
	case "log":
		of := object{"invocationId": r.Header.Get("X-Vercel-Internal-Invocation-Id"), "requestId": 1}
		send(object{"type": "log", "payload": object{"context": of, "message": "aGVsbG8K", "stream": "stdout"}})
		send(object{"type": "log", "payload": object{"message": "careful", "level": "warn"}})
		record := base64.StdEncoding.EncodeToString([]byte(`{"level":"INFO","msg":"sold","items":3}` + "\n"))
		send(object{"type": "log", "payload": object{"context": of, "message": record, "level": "info"}})
	case "print":
		fmt.Println("printed")
		fmt.Println(`{"level":"error","msg":"too late","by":7}`)
	case "garbage":
		ipc.Write([]byte("nonsense\x00"))
	}
	for name, values := range resp.Header {
		if name != "Date" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(resp.StatusCode)
	buf := make([]byte, 4096)
	for {
		n, err := resp.Body.Read(buf)
		w.Write(buf[:n])
		http.NewResponseController(w).Flush()
		if err == io.EOF {
			break
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	if resp.Trailer.Get("X-Puppet") == "exit" {
		os.Exit(3)
	}
}

// upgrade switches protocols and says back each line it is told.
func upgrade(w http.ResponseWriter) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	check(err)
	defer conn.Close()
	fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	rw.Flush()
	lines := bufio.NewScanner(rw)
	for lines.Scan() {
		fmt.Fprintf(conn, "you said %s\n", lines.Text())
	}
}
