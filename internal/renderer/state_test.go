package renderer

import "testing"

func TestStates(t *testing.T) {
	for _, tt := range []struct {
		before         state
		begun, culprit bool
		after          state
	}{
		{sent, false, false, waiting},
		{sent, true, false, suspect},
		{sent, true, true, done},
		{isolated, true, false, done},
		{isolated, false, false, done},
	} {
		if got := tt.before.ended(tt.begun, tt.culprit); got != tt.after {
			t.Errorf("%d (begun %v, culprit %v) becomes %d, want %d", tt.before, tt.begun, tt.culprit, got, tt.after)
		}
	}
}
