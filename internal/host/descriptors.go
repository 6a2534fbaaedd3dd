package host

// descriptorShare divides the process's file descriptors. The rest is for files of
// the output and the cache, and for the pipes and sockets of functions.
type descriptorShare struct {
	connections int // of visitors; each may have one to a function
	renderings  int // of pages; each has one to a function
	idle        int // connections to functions
	spools      int // requests whose body is in a file
}

// Bounds of the shares where the system has no limit.
const (
	maxConnections = 16 << 10
	maxRenderings  = 128
	maxIdle        = 1 << 10
	maxSpools      = 256
)

func shareDescriptors(limit int) descriptorShare {
	return descriptorShare{
		connections: max(8, min(limit/4, maxConnections)),
		renderings:  max(8, min(limit/8, maxRenderings)),
		idle:        max(4, min(limit/8, maxIdle)),
		spools:      max(2, min(limit/16, maxSpools)),
	}
}
