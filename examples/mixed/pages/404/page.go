// Package notfound is what visitors of either language see where there is no
// page.
package notfound

// Render renders the page.
func Render() string {
	return "<!DOCTYPE html>\n<title>Not found</title>\n<h1>There is no such page</h1>\n"
}
