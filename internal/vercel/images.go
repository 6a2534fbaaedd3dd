package vercel

import "encoding/json"

// images reads what the platform's image optimization may do. The output has it
// as it is written.
func (r *reader) images(to *json.RawMessage) func(string, node) {
	return func(what string, n node) {
		text := r.text(new(string), maxText)
		number := func(least, most int) func(string, node) { return r.number(new(int), least, most) }
		flag := r.boolean(new(*bool))
		list := func(most int, each func(string, node)) func(string, node) {
			return func(what string, n node) { r.list(what, n, most, each) }
		}
		object := func(known fields, required ...string) func(string, node) {
			return func(what string, n node) { r.object(what, n, known, required...) }
		}
		r.object(what, n, fields{
			"sizes":                  list(50, number(1, 10000)),
			"domains":                list(50, text),
			"qualities":              list(20, number(1, 100)),
			"formats":                list(4, r.choice(new(string), "image/avif", "image/webp", "image/jpeg", "image/png")),
			"minimumCacheTTL":        number(0, 315360000),
			"dangerouslyAllowSVG":    flag,
			"contentSecurityPolicy":  text,
			"contentDispositionType": r.choice(new(string), "inline", "attachment"),
			"localPatterns":          list(25, object(fields{"pathname": text, "search": text})),
			"remotePatterns": list(50, object(fields{
				"protocol": r.choice(new(string), "http", "https"), "hostname": text, "port": text, "pathname": text, "search": text,
			}, "hostname")),
		}, "sizes", "domains")
		*to, _ = json.Marshal(n.plain()) // it came from JSON
	}
}
