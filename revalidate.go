package jargo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Revalidate has a regenerated page of the site rendered again, and waits until the new
// rendering is what visitors see: for a Handler, or the Data of a fresh page, that has
// changed what the page shows. r is the visitor's request.
//
// The path is that of a URL: "/posts/cr%C3%A8me", as in [Routes], with the query of a
// page that has Query. Where pages are stored for each name of the site, it is rendered
// for the name that r came to.
//
// An error means that visitors may still see the old rendering: the page could not be
// rendered, or not within a minute, or there is no regenerated page at the path. It does
// not matter whether the visitor still waits. Regenerated pages cannot revalidate: they
// would wait for one another. In a test there is nothing to revalidate, which is an error.
func Revalidate(r *http.Request, path string) error {
	if err := revalidate(r, path, readSite().BypassToken); err != nil {
		return fmt.Errorf("jargo.Revalidate(%q): %w", path, err)
	}
	return nil
}

// revalidateHeader has the token, as the platform wants it.
const revalidateHeader = "X-Prerender-Revalidate"

// maxRevalidation bounds the wait for a rendering. Tests change it.
var maxRevalidation = time.Minute

func revalidate(r *http.Request, path, token string) error {
	target, err := parsePath(path)
	switch {
	case err != nil:
		return err
	case os.Getenv(siteVariable) != "":
		return errors.New("the site is being built: nothing is stored yet")
	case token == "":
		return errors.New("there is no bypass token: a function has one if its site has regenerated pages, and a test has none")
	case r.Host == "":
		return errors.New("this is no visitor's request: a regenerated page cannot revalidate")
	case sameToken(r.Header.Get(revalidateHeader), token):
		return errors.New("this is a request to revalidate: a page that revalidates itself would do so for ever")
	}
	if err := setHost(target, r.Host); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), maxRevalidation)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, target.String(), nil)
	if err != nil {
		return err
	}
	request.Host = r.Host
	request.Header.Set(revalidateHeader, token)
	request.Header.Set("X-Forwarded-Proto", scheme(r)) // for a host that believes its proxy
	if secret := os.Getenv("VERCEL_AUTOMATION_BYPASS_SECRET"); secret != "" {
		request.Header.Set("X-Vercel-Protection-Bypass", secret) // of deployments that not all may see
	}
	// Neither to a proxy nor after a redirect must the token go elsewhere.
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return fmt.Errorf("ask the host: %w", err)
	}
	response.Body.Close()
	return judge(response)
}

// parsePath returns the URL, without a host yet, of a path of the site.
func parsePath(path string) (*url.URL, error) {
	u, err := url.Parse(path)
	if err != nil {
		return nil, errors.Unwrap(err) // without the path, which is said already
	}
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || u.Fragment != "" {
		return nil, errors.New(`it is no path of the site, such as "/posts/hello?page=2"`)
	}
	u.RawQuery = strings.ReplaceAll(u.RawQuery, " ", "%20")
	return u, nil
}

// setHost makes u a URL of the host that runs this function. A name that a visitor
// has sent must not decide where the token goes.
//
// Why it is done so: docs/decisions/0010-the-bypass-token.md.
func setHost(u *url.URL, name string) error {
	if own := os.Getenv("JARGO_HOST_URL"); own != "" { // jargo serve sets it
		host, err := url.Parse(own)
		if err != nil {
			return fmt.Errorf("read JARGO_HOST_URL: %w", err)
		}
		u.Scheme, u.Host = host.Scheme, host.Host
		return nil
	}
	if os.Getenv("VERCEL_URL") == "" {
		return errors.New("there is no host to ask: jargo serve sets JARGO_HOST_URL, and the platform VERCEL_URL, if the project's settings expose system environment variables")
	}
	u.Scheme, u.Host = "https", name
	return nil
}

// judge says what the host's response means.
func judge(response *http.Response) error {
	status, cache := response.StatusCode, response.Header.Get("X-Vercel-Cache")
	// While the site is developed nothing is stored, and this request was a rendering.
	rendered := cache == "REVALIDATED" || response.Header.Get("X-Jargo-Kind") == "regenerated"
	switch {
	case rendered && isStored(status):
		return nil
	case rendered || status >= http.StatusInternalServerError:
		return fmt.Errorf("the page was not rendered, and what was stored of it stays: status %d", status)
	case status == http.StatusNotFound:
		return errors.New("there is no such page")
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fmt.Errorf("the host does not let the function in: status %d", status)
	case status >= 300 && status < 400:
		return fmt.Errorf("the host redirects to %q", response.Header.Get("Location"))
	}
	return fmt.Errorf("it is no regenerated page: the host's response has status %d and x-vercel-cache %q", status, cache)
}

// isStored reports whether the host stores a rendering of that status.
func isStored(status int) bool {
	switch status {
	case 200, 301, 302, 307, 308, 404, 410:
		return true
	}
	return false
}
