package host

// descriptorShare is how the files and connections that the process may have
// open are divided. What is left is for files of the output and the cache, and
// for the pipes and sockets of functions.
type descriptorShare struct {
	connections int // of visitors; and as many to functions, at work or idle
	spools      int // requests whose body is in a file
}

// Bounds of the shares where the system allows any number.
const (
	maxConnections = 16 << 10
	maxSpools      = 256
)

func shareDescriptors(limit int) descriptorShare {
	return descriptorShare{
		connections: max(8, min(limit/4, maxConnections)),
		spools:      max(2, min(limit/16, maxSpools)),
	}
}
