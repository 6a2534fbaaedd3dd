package function

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// reservePort returns a free port on the loopback for a process that is told which
// port to listen on. The kernel gives it to nobody else until it is released: it is
// held by a socket that is bound but does not listen. The process can still bind to it
// by number, since both sockets set SO_REUSEADDR.
func reservePort() (port string, release func(), err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, fmt.Errorf("reserve a port: %w", os.NewSyscallError("socket", err))
	}
	number, err := bindReusable(fd)
	if err != nil {
		syscall.Close(fd)
		return "", nil, fmt.Errorf("reserve a port: %w", err)
	}
	return strconv.Itoa(number), func() { syscall.Close(fd) }, nil
}

func bindReusable(fd int) (port int, err error) {
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, os.NewSyscallError("bind", err)
	}
	addr, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, os.NewSyscallError("getsockname", err)
	}
	return addr.(*syscall.SockaddrInet4).Port, nil
}
