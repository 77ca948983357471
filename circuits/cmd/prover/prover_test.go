package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"novate/circuits/keys"
	"novate/circuits/layout"
	"novate/circuits/proof"
	"novate/circuits/trace"
)

func TestSettledDerivesWhatTheLayoutDeclares(t *testing.T) {
	for _, class := range layout.Classes {
		if got := settled(class); !reflect.DeepEqual(got, class) {
			t.Errorf("%s: %+v, declared %+v", class.Name, got, class)
		}
	}
}

func TestCapacitiesNameEveryChip(t *testing.T) {
	class, _ := layout.ByName("XS")
	found := capacities(class)
	if len(found) != 20 || found["margin_evicts"] != 1 || found["nodes"] != 51 || found["headers"] != 7 {
		t.Errorf("%v", found)
	}
	for chip, slots := range found {
		if got := capacities(enlarged(class, chip, 3))[chip]; got != slots+3 {
			t.Errorf("%s: %d slots and 3 more are %d", chip, slots, got)
		}
	}
}

func TestALineThatFailsIsAnAnswerAndNotTheEnd(t *testing.T) {
	type request struct{ N int }
	var out []string
	err := eachLine(strings.NewReader("{\"N\":1}\njunk\n{\"N\":2}\n{\"N\":3}\n{\"N\":4}"), func(r request) error {
		switch r.N {
		case 2:
			return errors.New("no")
		case 3:
			panic("fell over")
		}
		out = append(out, fmt.Sprint(r.N))
		return nil
	}, func(r request, err error) error {
		out = append(out, fmt.Sprintf("%d failed: %s", r.N, describe(err).Code))
		return nil
	})
	want := []string{"1", "0 failed: USAGE", "2 failed: INTERNAL", "3 failed: INTERNAL", "4"}
	if err != nil || !reflect.DeepEqual(out, want) {
		t.Errorf("%q, %v", out, err)
	}
}

func TestErrorsHaveCodesAndExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		code string
		exit int
	}{
		{&trace.Error{Code: trace.TooManyRows}, trace.TooManyRows, 1},
		{fmt.Errorf("around: %w", &keys.Error{Code: keys.KeyMissing}), keys.KeyMissing, 1},
		{&keys.CommitmentError{}, "COMMITMENT", 1},
		{&usageError{"x"}, "USAGE", 2},
		{&refusedError{errors.New("x")}, "PROOF_REFUSED", 4},
		{&unprovenError{}, "UNSATISFIED", 1},
		{&proof.UnsatisfiedError{}, "UNSATISFIED", 1},
		{errors.New("x"), "INTERNAL", 1},
	} {
		if got := describe(c.err).Code; got != c.code || exitCode(c.err) != c.exit {
			t.Errorf("%T: %s, %d", c.err, got, exitCode(c.err))
		}
	}
}

func TestAWrongCommandLineIsUsage(t *testing.T) {
	for name, arguments := range map[string][]string{
		"setup": {"--class", "XL", "--dir", "x"}, "prove": {"--dir", "x"}, "verify": {"stray"}, "serve": {"--class", "XS"},
		"check": {"--colour"}, "rules": {"--class", ""}, "table": {"more"},
	} {
		err := commands[name](arguments, strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{})
		if exitCode(err) != exitUsage {
			t.Errorf("%s %v: %v", name, arguments, err)
		}
	}
}

func TestCheckAnswersEveryQuestion(t *testing.T) {
	in := strings.Join([]string{
		`{"id": 1, "trace": "nowhere.json"}`,
		`{"id": 2, "inline": {"class": "XL"}}`,
		`{"id": 3, "inline": {"class": "XS", "orders": [{"colour": 1}]}}`,
		`{"id": 4, "inline": {"class": "XS"}, "lies": {"a": ["b"]}}`,
		`{"id": 5, "inline": {"class": "XS"}, "solve": true, "off": ["a"]}`,
		`{"id": 6, "inline": {"class": "XS"}, "set": {"orders[10].live": "1"}}`,
	}, "\n")
	var out bytes.Buffer
	if err := check(nil, strings.NewReader(in), &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(&out)
	for id, code := range []string{
		trace.Unreadable, trace.UnknownClass, trace.UnknownColumn, trace.NotANumber, "USAGE", trace.UnknownPath,
	} {
		var a answer
		if err := decoder.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if a.Error == nil || a.Error.Code != code || string(a.ID) != fmt.Sprint(id+1) {
			t.Errorf("answer %s: %+v, want %s", a.ID, a.Error, code)
		}
	}
}
