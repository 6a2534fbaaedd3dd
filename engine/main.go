package engine

import "os"

// Main runs a compiled site: the renderer of a build when [BuildDir] is set,
// else the function, which serves requests. It does not return.
//
// The function listens on 127.0.0.1. With VERCEL_IPC_PATH set it speaks the
// platform's protocol, on VERCEL_DEV_PORT or any free port. Otherwise it is a
// plain server on VERCEL_DEV_PORT, PORT or 3000, and prints its address.
func Main(s Site) {
	if dir := os.Getenv(BuildDir); dir != "" {
		os.Unsetenv(BuildDir) // not for programs that pages start
		os.Exit(runBuild(s, dir))
	}
	os.Exit(runFunction(s))
}
