package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

const library = "go"

var counts struct{ steps, checks int }

// wrong is what a check panics with: the server gave another answer than the expected one.
type wrong string

// signIn is a client of the person whose token it is.
func signIn(token, url string, options ...gitlab.ClientOptionFunc) *gitlab.Client {
	client, err := gitlab.NewClient(token, append(options, gitlab.WithBaseURL(url))...)
	if err != nil {
		panic(err)
	}
	return client
}

// step prints a line for what body does; the first thing wrong ends the program.
func step(name string, body func()) {
	line := fmt.Sprintf("%-7s %s ", library, name)
	fmt.Print(line, strings.Repeat(".", max(0, 56-len(line))), " ")
	defer func() {
		switch why := recover().(type) {
		case nil:
			counts.steps++
			fmt.Println("ok")
		case wrong:
			fmt.Println("FAILED")
			fmt.Fprintln(os.Stderr, why)
			os.Exit(1)
		default:
			fmt.Println("FAILED")
			fmt.Fprintf(os.Stderr, "expected no error, but got %v\n%s", why, debug.Stack())
			os.Exit(1)
		}
	}()
	body()
}

// same wants both values to be equal.
func same[T any](what string, got, expected T) {
	counts.checks++
	if !reflect.DeepEqual(got, expected) {
		panic(wrong(fmt.Sprintf("%s: expected %s, but got %s", what, shown(expected), shown(got))))
	}
}

func shown(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%+v", value)
	}
	return string(text)
}

// must is the value of a call that succeeds.
func must[T any](value T, _ *gitlab.Response, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// done wants a call without a value to succeed.
func done(_ *gitlab.Response, err error) {
	if err != nil {
		panic(err)
	}
}

// from is the error of a call with a value, none of one without: refused(403, "", from(client.Groups.GetGroup(1, nil))).
func from[T any](_ T, _ *gitlab.Response, err error) error { return err }

func fromNone(_ *gitlab.Response, err error) error { return err }

// refused wants the library's error with this status and, but for the 404 whose body it does not read, these words.
func refused(status int, text string, err error) {
	what := fmt.Sprintf("a refusal %d with %q", status, text)
	var reply *gitlab.ErrorResponse
	if !errors.As(err, &reply) {
		panic(wrong(fmt.Sprintf("%s: got %v", what, err)))
	}
	same(what+": "+reply.Message, reply.StatusCode, status)
	same(what+": the library's word for absence", errors.Is(err, gitlab.ErrNotFound), status == 404)
	same(what+": words in "+reply.Message, status == 404 || strings.Contains(reply.Message, text), true)
}

// each is one value of every row.
func each[T, V any](rows []T, value func(T) V) []V {
	values := make([]V, 0, len(rows))
	for _, row := range rows {
		values = append(values, value(row))
	}
	return values
}

func sorted(values ...string) []string {
	slices.Sort(values)
	return values
}

// total prints how much was checked.
func total() {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if strings.HasSuffix(module.Path, "/client-go/v2") {
				version = module.Version
			}
		}
	}
	fmt.Printf("%-7s %d steps, %d checks passed: client-go %s\n", library, counts.steps, counts.checks, version)
}
