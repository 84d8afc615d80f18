// Answers with users, and runs the jobs that write to them.
package main

import (
	"fmt"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/config"
	"github.com/flux-run/flux/sdks/go/db"
	"github.com/flux-run/flux/sdks/go/fetch"
	"github.com/flux-run/flux/sdks/go/http"
	"github.com/flux-run/flux/sdks/go/jobs"
	"github.com/flux-run/flux/sdks/go/log"
)

type user struct {
	ID   string  `db:"id" json:"id"`
	Name *string `db:"name" json:"name"`
}

func init() {
	http.Handle("GET /users/{id}", read)
	jobs.Handle("mail", send)
}

// The host calls the handlers; main is never run.
func main() {}

func read(request *flux.Request) (*flux.Response, error) {
	id, _ := request.Param("id")
	database, err := db.Open("main")
	if err != nil {
		return nil, err
	}
	rows, err := database.Query("SELECT id, name FROM users WHERE id = $1", id)
	if err != nil {
		return nil, err
	}
	user, found, err := db.DecodeFirst[user](rows)
	if err != nil {
		return nil, err
	}
	log.Info("user read", "id", id, "found", found)
	if !found {
		return nil, flux.NotFound(fmt.Sprintf("no user `%s`", id))
	}
	return flux.JSON(200, user)
}

func send(job *flux.Job) error {
	var address string
	if err := job.JSON(&address); err != nil {
		return err
	}
	url, err := config.Require("mail_url")
	if err != nil {
		return err
	}
	request := fetch.Post(url)
	if err := request.SetJSON(address); err != nil {
		return err
	}
	response, err := request.Send()
	switch {
	case err != nil:
		return err
	case response.IsSuccess():
		return nil
	case response.Status >= 400 && response.Status < 500:
		return flux.Discard(fmt.Sprintf("the mail server said %d", response.Status))
	default:
		return flux.Retry(fmt.Sprintf("the mail server said %d", response.Status))
	}
}
