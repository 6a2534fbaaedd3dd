package renderer

import "time"

// SetPatience makes processes be waited for only so long in silence.
func (r *Renderer) SetPatience(d time.Duration) { r.pool.patience = d }
