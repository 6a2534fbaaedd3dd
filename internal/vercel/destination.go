package vercel

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// captures are what a destination can use of a request: the parameters of the
// source and what conditions capture.
type captures struct {
	names  []string // that are named, in order
	values map[string]string
	count  int // of the source's parameters, named or not
	has    bool
}

// set says which text of a route has the value of a name. Of two with the same
// name the last counts.
func (c *captures) set(name, value string) {
	if !slices.Contains(c.names, name) {
		c.names = append(c.names, name)
	}
	if c.values == nil {
		c.values = map[string]string{}
	}
	c.values[name] = value
}

// addSource adds the parameters of a source.
func (c *captures) addSource(p pattern) {
	for _, name := range p.names() {
		if c.count++; name != "" {
			c.set(name, "$"+strconv.Itoa(c.count))
		}
	}
}

// addCondition adds what a condition captures: its named groups, and its own
// key or host where nothing else is compared.
func (c *captures) addCondition(names []string) {
	for _, name := range names {
		c.set(name, "$"+name)
		c.has = true
	}
}

var namedParameter = regexp.MustCompile(`:([A-Za-z0-9_]+)`)

// unknownIn is the first name in a text, which need not be a pattern, that has
// no value.
func (c *captures) unknownIn(text string) (string, bool) {
	for _, found := range namedParameter.FindAllStringSubmatch(text, -1) {
		if _, known := c.values[found[1]]; !known {
			return found[1], true
		}
	}
	return "", false
}

// destination is an address, in the parts that parameters can be in.
type destination struct {
	scheme string // "https://"; "" for a path
	host   string // lower case, with its port
	path   string
	query  []parameter
	hash   string // with its #
}

// parameter is one of a query.
type parameter struct {
	name   string
	values []string
}

var (
	scheme = regexp.MustCompile(`^[A-Za-z0-9.+-]+://`)
	// plainPath is a path, and a query, that is taken as it is written.
	plainPath = regexp.MustCompile(`^/[^#@\s\x{feff}]*$`)
	hostName  = regexp.MustCompile(`^[A-Za-z0-9_.:$\[\]-]+$`)
)

// parseDestination reads a destination, as Node's url.parse does.
func parseDestination(s string) (destination, error) {
	s = strings.TrimSpace(s)
	end := strings.IndexAny(s, "?#")
	if end < 0 {
		end = len(s)
	}
	s = strings.ReplaceAll(s[:end], `\`, "/") + s[end:]
	var d destination
	if d.scheme = scheme.FindString(s); d.scheme != "" {
		s = s[len(d.scheme):]
		end := strings.IndexAny(s, "/?#")
		if end < 0 {
			end = len(s)
		}
		d.host, s = s[:end], s[end:]
		if !hostName.MatchString(d.host) {
			return d, fmt.Errorf("has the host %q, which is not one", d.host)
		}
	} else if !strings.HasPrefix(s, "/") {
		return d, errors.New("is neither a path nor an address")
	}
	if d.scheme != "" || !plainPath.MatchString(s) || strings.HasPrefix(s, "///") {
		s = escapeUnsafe(s)
	}
	if before, hash, found := strings.Cut(s, "#"); found {
		s, d.hash = before, "#"+hash
	}
	s, query, _ := strings.Cut(s, "?")
	d.path, d.query = s, parseQuery(query)
	d.scheme = strings.ToLower(d.scheme)
	if slices.Contains([]string{"http://", "https://", "ftp://", "file://"}, d.scheme) && d.path == "" {
		d.path = "/"
	}
	return d, nil
}

// escapeUnsafe percent-encodes the characters that no URL has.
func escapeUnsafe(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte("\t\n\r \"'<>\\^`{|}", s[i]) >= 0 {
			fmt.Fprintf(&b, "%%%02X", s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func parseQuery(s string) []parameter {
	var query []parameter
	for field := range strings.SplitSeq(s, "&") {
		if field == "" {
			continue
		}
		name, value, _ := strings.Cut(field, "=")
		name, value = unescapeQuery(name), unescapeQuery(value)
		i := slices.IndexFunc(query, func(p parameter) bool { return p.name == name })
		if i < 0 {
			query = append(query, parameter{name: name})
			i = len(query) - 1
		}
		query[i].values = append(query[i].values, value)
	}
	return query
}

var escaped = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// unescapeQuery leaves alone what is not escaped right.
func unescapeQuery(s string) string {
	s = escaped.ReplaceAllStringFunc(strings.ReplaceAll(s, "+", " "), func(code string) string {
		n, _ := strconv.ParseUint(code[1:], 16, 8)
		return string([]byte{byte(n)})
	})
	return string([]rune(s)) // what is not UTF-8 becomes U+FFFD
}

// escapeQuery is JavaScript's encodeURIComponent, but that $ stays: it begins
// what a route puts in.
func escapeQuery(s string) string {
	s = url.QueryEscape(s)
	return strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%24", "$").Replace(s)
}

// check reports why the captures cannot be put into the destination.
func (d destination) check(c *captures) error {
	host, _ := d.hostAndPort()
	texts := []string{d.path, host}
	if d.host != strings.ToLower(d.host) {
		for _, name := range c.names {
			if name != strings.ToLower(name) && strings.Contains(d.host, ":"+name) {
				return fmt.Errorf("has the parameter :%s in its host, where capital letters become small ones", name)
			}
		}
	}
	for _, p := range d.query {
		for _, name := range c.names {
			if strings.Contains(p.name, ":"+name) {
				return fmt.Errorf("has the parameter :%s in the name of a query parameter", name)
			}
		}
		texts = append(texts, p.values...)
	}
	for _, text := range texts {
		p, err := parsePattern(text)
		if err != nil {
			continue // it is text
		}
		for _, name := range p.names() {
			if _, known := c.values[name]; name == "" {
				return errUnnamed
			} else if !known {
				return unknownParameter(name)
			}
		}
	}
	if filled := c.fill(host); strings.Contains(filled, ":") && !strings.HasPrefix(filled, "[") {
		return fmt.Errorf("has the host %q, which is not one", d.host)
	}
	return nil
}

// unknownParameter is a parameter that nothing captures.
type unknownParameter string

func (name unknownParameter) Error() string {
	return fmt.Sprintf("has the parameter :%s, which its source has not", string(name))
}

var errUnnamed = errors.New("has an expression without a name, which nothing can fill")

var port = regexp.MustCompile(`:[0-9]*$`)

// hostAndPort splits the host, in lower case.
func (d destination) hostAndPort() (host, number string) {
	host = strings.ToLower(d.host)
	number = port.FindString(host)
	return strings.TrimSuffix(host, number), number
}

// fill puts the captures in. A rewrite that uses none of them in its path, hash
// or host gets all in its query.
func (d destination) fill(c *captures, rewrite bool) string {
	host, number := d.hostAndPort()
	appended := rewrite && !c.usedIn(d.path, d.hash, host)
	query := slices.Clone(d.query)
	for i, p := range query {
		query[i].values = make([]string, len(p.values))
		for j, value := range p.values {
			query[i].values[j] = c.fill(value)
		}
	}
	if appended {
		for _, name := range c.names {
			if !slices.ContainsFunc(query, func(p parameter) bool { return p.name == name }) {
				query = append(query, parameter{name, []string{c.values[name]}})
			}
		}
	}
	filled := d.scheme + c.fill(host) + number + c.fill(d.path) + formatQuery(query) + c.fill(d.hash)
	return strings.ReplaceAll(filled, "%24", "$")
}

// usedIn reports whether patterns have one of the names. The vendor's own build
// looks no further than the first that is none.
func (c *captures) usedIn(texts ...string) bool {
	for _, text := range texts {
		p, err := parsePattern(text)
		if err != nil {
			return false
		}
		if slices.ContainsFunc(p.names(), func(name string) bool { return slices.Contains(c.names, name) }) {
			return true
		}
	}
	return false
}

// fill fills a text as a pattern if it is one.
func (c *captures) fill(text string) string {
	if p, err := parsePattern(text); err == nil {
		if filled, ok := p.fill(c.values); ok {
			return filled
		}
	}
	return fillText(text, c.values)
}

// fillText fills a text that is no pattern. One without a colon stays as it is.
func (c *captures) fillText(text string) string {
	if len(c.names) == 0 || !strings.Contains(text, ":") {
		return text
	}
	return fillText(text, c.values)
}

// formatQuery writes a query as JavaScript goes through an object: names that
// are numbers come first.
func formatQuery(query []parameter) string {
	slices.SortStableFunc(query, func(a, b parameter) int {
		return index(a.name) - index(b.name)
	})
	var fields []string
	for _, p := range query {
		for _, value := range p.values {
			fields = append(fields, escapeQuery(p.name)+"="+escapeQuery(value))
		}
	}
	if len(fields) == 0 {
		return ""
	}
	return "?" + strings.Join(fields, "&")
}

// index is the number that a name is to JavaScript; a large one for none.
func index(name string) int {
	n, err := strconv.ParseUint(name, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != name {
		return 1 << 31
	}
	return int(n)
}
