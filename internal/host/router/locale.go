package router

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/host/header"
	"github.com/jargo-dev/jargo/internal/output"
)

// pickLocale returns the redirect for the visitor's preferred language, "" for none.
// The cookie takes precedence over Accept-Language.
func pickLocale(l *output.Locale, req *Request) string {
	var languages []header.Choice
	if l.Cookie != "" {
		for _, c := range (&http.Request{Header: req.Header}).CookiesNamed(l.Cookie) {
			languages = append(languages, byWeight(c.Value)...)
		}
	}
	languages = append(languages, byWeight(req.Header.Get("Accept-Language"))...)
	byLower := map[string]string{}
	for locale, to := range l.Redirect {
		byLower[strings.ToLower(locale)] = to
	}
	for _, language := range languages {
		if to, ok := byLower[language.Name]; ok && language.Weight > 0 {
			return to
		}
	}
	return ""
}

// byWeight returns the tags of an Accept-Language value in order of preference.
func byWeight(value string) []header.Choice {
	list := header.Choices([]string{value})
	slices.SortStableFunc(list, func(a, b header.Choice) int { return cmp.Compare(b.Weight, a.Weight) })
	return list
}
