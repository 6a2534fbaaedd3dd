package router

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/internal/output"
)

// pickLocale returns where the visitor's language is served, "" when none of
// their languages is in the map. The cookie comes before Accept-Language.
func pickLocale(l *output.Locale, req *Request) string {
	var langs []string
	if l.Cookie != "" {
		for _, c := range (&http.Request{Header: req.Header}).CookiesNamed(l.Cookie) {
			langs = append(langs, parseLanguages(c.Value)...)
		}
	}
	langs = append(langs, parseLanguages(req.Header.Get("Accept-Language"))...)
	byLower := map[string]string{}
	for locale, to := range l.Redirect {
		byLower[strings.ToLower(locale)] = to
	}
	for _, lang := range langs {
		if to, ok := byLower[strings.ToLower(lang)]; ok {
			return to
		}
	}
	return ""
}

// parseLanguages returns the tags of an Accept-Language value, best first.
func parseLanguages(value string) []string {
	type weighted struct {
		tag string
		q   float64
	}
	var list []weighted
	for item := range strings.SplitSeq(value, ",") {
		tag, params, _ := strings.Cut(item, ";")
		w := weighted{strings.TrimSpace(tag), 1}
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			w.q, _ = strconv.ParseFloat(q, 64)
		}
		if w.tag != "" && w.q > 0 {
			list = append(list, w)
		}
	}
	slices.SortStableFunc(list, func(a, b weighted) int { return cmp.Compare(b.q, a.q) })
	tags := make([]string, len(list))
	for i, w := range list {
		tags[i] = w.tag
	}
	return tags
}
