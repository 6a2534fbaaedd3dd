package site

import "net/http"

// Job asks a front end to render one path of a page into a file.
type Job struct {
	Page *Page
	Path string // one of Page.Paths
	File string // absolute; the front end makes the directories it needs
}

// Response is what a page answered to a Job. Its body is in the job's file.
type Response struct {
	Status int
	Header http.Header // always with a Content-Type
	Size   int64       // bytes
}
