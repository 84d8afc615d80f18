package main

import (
	"math"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/db"
)

// `/db`: databases. The host is scripted: it answers a statement by its text.

// Statements that the host answers with an error; `bare` is one without a detail.
var failingStatements = []string{
	"denied",
	"invalid",
	"invalid bare",
	"constraint",
	"constraint bare",
	"conflict",
	"conflict bare",
	"timeout",
	"unavailable",
	edgeText,
}

func runDB() (*flux.Response, error) {
	var report Report
	_, err := db.Open("missing")
	report.line("db.open", "missing", ended(err))
	main, err := db.Open("main")
	if err != nil {
		return nil, err
	}
	queries(&report, main)
	executes(&report, main)
	for _, sql := range failingStatements {
		report.line("db.query", sql, either(main.Query(sql)))
		report.line("db.execute", sql, either(main.Execute(sql)))
	}
	for _, run := range []func(*Report, *db.Connection) error{committed, undone, both, refused, doomed} {
		if err := run(&report, main); err != nil {
			return nil, err
		}
	}
	return report.respond(), nil
}

// queries: `echo` is answered with one row: the parameters.
func queries(report *Report, main *db.Connection) {
	report.line("db.query", "echo", either(main.Query("echo", edges()...)))
	report.line("db.query", "echo", either(main.Query("echo", largeBytes())))
	report.line("db.query", "echo", either(main.Query("echo", largeText())))
	for _, sql := range []string{"echo", "nothing", "columns", "empty rows", "rows"} {
		report.line("db.query", sql, either(main.Query(sql)))
	}
}

func executes(report *Report, main *db.Connection) {
	for _, sql := range []string{"changed 0", "changed 1", "changed 9007199254740993", "changed 18446744073709551615"} {
		report.line("db.execute", sql, either(main.Execute(sql, edgeText, nil)))
	}
}

func edges() []any {
	return []any{
		nil, true, false,
		0, -1, beyondDouble, -beyondDouble, math.MinInt64, math.MaxInt64,
		0.0, math.Copysign(0, -1), 1.0, 0.1, math.NaN(), math.Inf(1), math.Inf(-1),
		math.SmallestNonzeroFloat64, math.MaxFloat64,
		"", "1", edgeText,
		[]byte{}, edgeBytes,
	}
}

func committed(report *Report, main *db.Connection) error {
	tx, err := main.Begin()
	if err != nil {
		return err
	}
	report.line("db.tx.query", "echo", either(tx.Query("echo", int64(beyondDouble))))
	report.line("db.tx.execute", "changed 1", either(tx.Execute("changed 1", math.Copysign(0, -1))))
	for _, sql := range failingStatements {
		report.line("db.tx.query", sql, either(tx.Query(sql)))
		report.line("db.tx.execute", sql, either(tx.Execute(sql)))
	}
	report.line("db.tx.commit", "", ended(tx.Commit()))
	return nil
}

func undone(report *Report, main *db.Connection) error {
	tx, err := main.Begin()
	if err != nil {
		return err
	}
	report.line("db.tx.rollback", "", ended(tx.Rollback()))
	return nil
}

// both: two are open at once, and one of them is dropped.
func both(report *Report, main *db.Connection) error {
	first, err := main.Begin()
	if err != nil {
		return err
	}
	defer first.Close()
	second, err := main.Begin()
	if err != nil {
		return err
	}
	report.line("db.tx.execute", "second", either(second.Execute("changed 2")))
	report.line("db.tx.execute", "first", either(first.Execute("changed 1")))
	report.line("db.tx.commit", "second", ended(second.Commit()))
	return nil
}

func refused(report *Report, _ *db.Connection) error {
	refusing, err := db.Open("refusing")
	if err != nil {
		return err
	}
	_, err = refusing.Begin()
	report.line("db.begin", "refusing", ended(err))
	return nil
}

// doomed cannot be ended: `doom` decides how the host answers the end of its transaction.
func doomed(report *Report, main *db.Connection) error {
	for _, doom := range []string{"doom conflict", "doom timeout"} {
		tx, err := main.Begin()
		if err != nil {
			return err
		}
		report.line("db.tx.execute", doom, either(tx.Execute(doom)))
		report.line("db.tx.commit", doom, ended(tx.Commit()))
	}
	tx, err := main.Begin()
	if err != nil {
		return err
	}
	report.line("db.tx.execute", "doom unavailable", either(tx.Execute("doom unavailable")))
	report.line("db.tx.rollback", "doom unavailable", ended(tx.Rollback()))
	return nil
}
