package host

import "testing"

// TestDescriptorsSuffice adds up what may be open at once.
func TestDescriptorsSuffice(t *testing.T) {
	for _, limit := range []int{64, 256, 1024, 20_000, 1 << 20} {
		s := shareDescriptors(limit)
		visitors := s.connections
		functions := s.connections + s.renderings + s.idle // a visitor each, a rendering each, no one
		if open := visitors + functions + s.spools; open > limit*7/8 {
			t.Errorf("%d of %d descriptors may be open besides files and processes", open, limit)
		}
	}
}
