// Command server tells what is around it, as a program in an image sees it.
package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"os/user"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ln, err := net.Listen("tcp", os.Args[2])
	if err != nil {
		panic(err)
	}
	fmt.Println(ln.Addr())
	server := &http.Server{Handler: http.HandlerFunc(tell)}
	go func() { _ = server.Serve(ln) }()
	<-ctx.Done()
	if err := server.Shutdown(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println("ended")
}

func tell(w http.ResponseWriter, _ *http.Request) {
	u, err := user.Current()
	said := map[string]any{"error": err}
	if u != nil {
		said["user"] = []string{u.Uid, u.Gid, u.Username, u.HomeDir}
	}
	wd, _ := os.Getwd()
	said["wd"] = wd
	said["A"] = os.Getenv("A")
	for name, path := range map[string]string{"tmp": "/tmp/x", "home": "/home/nonroot/.cache", "root": "/x"} {
		said[name] = os.Mkdir(path, 0o700) == nil
	}
	roots, err := x509.SystemCertPool()
	said["roots"] = err == nil && !roots.Equal(x509.NewCertPool())
	_ = json.NewEncoder(w).Encode(said)
}
