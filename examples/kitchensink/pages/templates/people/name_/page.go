// Package name is a page with a parameter, of a template.
package name

import "net/http"

// A Person is what the page is about.
type Person struct {
	Name string
	Born int
	Made []Work
	Next *Person // nil for the last
}

// Work is something that a person has made.
type Work struct {
	Title string
	Year  int
}

var people = []*Person{
	{Name: "Ada", Born: 1815, Made: []Work{{"Notes <G>", 1843}}},
	{Name: "Grace", Born: 1906, Made: []Work{{"A-0", 1952}, {`"FLOW-MATIC"`, 1955}}},
}

func init() { people[0].Next = people[1] }

// Path is where the person's page is.
func (p *Person) Path() string {
	return "/templates/people/" + map[string]string{"Ada": "ada", "Grace": "grace"}[p.Name]
}

// Paths are the people.
func Paths() []string { return []string{"ada", "grace"} }

// Data finds the person.
func Data(r *http.Request) *Person {
	if r.PathValue("name") == "ada" {
		return people[0]
	}
	return people[1]
}
