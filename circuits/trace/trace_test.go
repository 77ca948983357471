package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"novate/circuits/layout"
	"novate/circuits/poseidon"
)

// sample is a trace of class XS in which every shape occurs; text is merged over its top level.
func sample(t *testing.T, over map[string]any) *Document {
	t.Helper()
	words := make([]int, 22)
	words[10] = 1 | 1<<32 // a deposit, a withdrawal
	for i := range words {
		if i != 10 {
			words[i] = 100 + i
		}
	}
	object := map[string]any{
		"class": "XS",
		"words": words,
		"advance": map[string]any{
			"clock": 1000, "reporters": []int{1, 2, 3, 4, 5, 6, 7},
			"markets": marketsOf(map[string]any{"mark": 50, "median": 51}), "fees": []int{0, 9},
		},
		"orders": []any{map[string]any{
			"live": 1, "tick": 7, "account": 3, "lane_row": []int{5, 6, 7}, "position": []int{1, 2, 3, 4, 5, -6, 7},
		}},
		"sheets": []any{map[string]any{"live": 1, "tick": 1, "items": itemsOf(map[string]any{"live": 1, "bits": 5})}},
		"headers": []any{map[string]any{
			"identity": []any{9, []int{1, 2, 3}, []int{1, 2, 4}}, "cash": []any{8, []int{10}, []int{11}},
		}},
		"nodes": nodesOf(2, map[string]any{"index": 12, "flags": []int{1, 0, 1, 0, 0, 0, 0, 0}}),
	}
	for name, data := range over {
		object[name] = data
	}
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func marketsOf(first map[string]any) []any { return repeated(layout.Markets, first) }

func itemsOf(first map[string]any) []any { return repeated(layout.SheetItems, first) }

func repeated(n int, first map[string]any) []any {
	out := []any{first}
	for len(out) < n {
		out = append(out, map[string]any{})
	}
	return out
}

func nodesOf(level int, row map[string]any) []any {
	out := make([]any, layout.Levels)
	for i := range out {
		out[i] = []any{}
	}
	out[level] = []any{row}
	return out
}

func filled(t *testing.T, d *Document, set Overrides) *Witness {
	t.Helper()
	w, err := d.Witness(set)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func expect(t *testing.T, what string, got frontend.Variable, want int64) {
	t.Helper()
	wanted := big.NewInt(want)
	if want < 0 {
		wanted.Add(wanted, fr.Modulus())
	}
	if got.(*big.Int).Cmp(wanted) != 0 {
		t.Errorf("%s is %v, not %v", what, got, wanted)
	}
}

func TestColumnsOfATraceLandInTheirSlots(t *testing.T) {
	w := filled(t, sample(t, nil), nil)
	order := w.Orders[0]
	expect(t, "account", order.Account, 3)
	expect(t, "time before", order.LaneRow.Previous, 5)
	expect(t, "lane counter", order.LaneRow.Counter, 6)
	expect(t, "lane version", order.LaneRow.Version, 7)
	expect(t, "a negative size", order.Position.Size, -6)
	expect(t, "count", order.Position.Count, 7)
	expect(t, "an item", w.Sheets[0].Items[0].Bits, 5)
	expect(t, "closing", w.Headers[0].Identity.Closing, 9)
	expect(t, "version as loaded", w.Headers[0].Identity.Before.Version, 3)
	expect(t, "version as stored", w.Headers[0].Identity.After.Version, 4)
	expect(t, "cash as stored", w.Headers[0].Cash.After.Cash, 11)
	expect(t, "index of a node", w.Nodes[2][0].Index, 12)
	expect(t, "flag", w.Nodes[2][0].Flags[2], 1)
	expect(t, "mark", w.Advance.Markets[0].Mark, 50)
	expect(t, "median", w.Advance.Markets[0].Median, 51)
	expect(t, "reporter", w.Advance.Reporters[6], 7)
	expect(t, "fees", w.Advance.Fees.Cash, 9)
	expect(t, "a word", w.Words[21], 121)
}

func TestWhatIsAbsentIsDead(t *testing.T) {
	w := filled(t, sample(t, nil), nil)
	expect(t, "a dead order", w.Orders[9].Live, 0)
	expect(t, "its expiry", w.Orders[9].Expiry, layout.Never)
	expect(t, "its counter", w.Orders[9].Counter, 1)
	expect(t, "an absent column of a live order", w.Orders[0].Price, 1)
	expect(t, "a dead fill's time", w.Fills[0].Time, 1)
	expect(t, "a dead page's row", w.Books[8].Rows[14].After.Next, 0)
	assertComplete(t, reflect.ValueOf(w.Circuit).Elem(), "circuit")
}

// assertComplete finds variables without a value.
func assertComplete(t *testing.T, v reflect.Value, at string) {
	t.Helper()
	switch {
	case v.Type() == variable:
		if v.IsNil() {
			t.Errorf("%s has no value", at)
		}
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		for i := range v.Len() {
			assertComplete(t, v.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("gnark") != "-" {
				assertComplete(t, v.Field(i), at+"."+v.Type().Field(i).Name)
			}
		}
	}
}

func TestTicksOfLiveSlotsAreInUse(t *testing.T) {
	w := filled(t, sample(t, nil), Overrides{"burns[0].tick": "4", "cancels[0].live": "1", "cancels[0].tick": "400"})
	for i, used := range w.Used {
		want := int64(0)
		if i+1 == 1 || i+1 == 7 {
			want = 1
		}
		expect(t, fmt.Sprintf("tick %d", i+1), used, want)
	}
}

func TestFaultsNameTheirPlace(t *testing.T) {
	eleven := make([]any, 11)
	for i := range eleven {
		eleven[i] = map[string]any{}
	}
	order := func(column string, data any) map[string]any {
		return map[string]any{"orders": []any{map[string]any{column: data}}}
	}
	cases := []struct {
		over map[string]any
		code string
		at   string
	}{
		{map[string]any{"orders": eleven}, TooManyRows, "orders"},
		{map[string]any{"ordres": []any{}}, UnknownColumn, "ordres"},
		{map[string]any{"orders": 5}, WrongShape, "orders"},
		{map[string]any{"orders": []any{5}}, WrongShape, "orders[0]"},
		{order("colour", 1), UnknownColumn, "orders[0].colour"},
		{order("lane_row", []int{1, 2}), WrongLength, "orders[0].lane_row"},
		{order("lane_row", []any{1, "x", 3}), NotANumber, "orders[0].lane_row.counter"},
		{order("lane_row", map[string]any{}), WrongShape, "orders[0].lane_row"},
		{order("price", 1.5), NotANumber, "orders[0].price"},
		{order("price", nil), NotANumber, "orders[0].price"},
		{order("price", fr.Modulus()), OutOfField, "orders[0].price"},
		{order("price", new(big.Int).Neg(fr.Modulus())), OutOfField, "orders[0].price"},
		{map[string]any{"headers": []any{map[string]any{"cash": []any{1, []int{2}}}}}, WrongLength, "headers[0].cash"},
		{map[string]any{"headers": []any{map[string]any{"lanes": []any{}}}}, WrongLength, "headers[0].lanes"},
		{map[string]any{"words": []int{1}}, WrongLength, "words"},
		{map[string]any{"nodes": []any{}}, WrongLength, "nodes"},
		{map[string]any{"nodes": nodesOf(8, map[string]any{"left": 1})}, UnknownColumn, "nodes[8][0].left"},
	}
	for _, c := range cases {
		_, err := sample(t, c.over).Witness(nil)
		var fault *Error
		if !errors.As(err, &fault) || fault.Code != c.code || fault.At != c.at {
			t.Errorf("%v: got %v, want %s at %s", c.over, err, c.code, c.at)
		}
	}
	for text, code := range map[string]string{
		"": Unreadable, "[]": Unreadable, `{"class": "XL"}`: UnknownClass, "{}": UnknownClass, `{"class": "XS"} 1`: Unreadable,
	} {
		_, err := Read(strings.NewReader(text))
		var fault *Error
		if !errors.As(err, &fault) || fault.Code != code {
			t.Errorf("%q: got %v, want %s", text, err, code)
		}
	}
}

func TestOverridesReachEveryShape(t *testing.T) {
	w := filled(t, sample(t, nil), Overrides{
		"orders[0].account":                 "0x10",
		"orders[3].live":                    true,
		"orders[0].lane_row.previous":       json.Number("77"),
		"orders[0].lane_row.counter":        "-1",
		"orders[0].position":                []any{"1", "2", "3", "4", "5", "6", "8"},
		"headers[0].positions[2].after":     []any{"1", "2", "3", "4", "5", "6"},
		"headers[0].cash.closing":           "4",
		"sheets[0].items[1].kind":           "1",
		"nodes[2][0].flags[4]":              "1",
		"advance.markets[7].median":         "5",
		"withdrawals[1]":                    map[string]any{"live": "1"},
		"withdrawals[1].amount":             "6",
		"headers[0].positions[2].after.buy": "9",
	})
	expect(t, "a column", w.Orders[0].Account, 16)
	expect(t, "a dead row", w.Orders[3].Live, 1)
	expect(t, "a time before", w.Orders[0].LaneRow.Previous, 77)
	expect(t, "a column of an access", w.Orders[0].LaneRow.Counter, -1)
	expect(t, "an access", w.Orders[0].Position.Count, 8)
	expect(t, "a stored row", w.Headers[0].Positions[2].After.Epoch, 1)
	expect(t, "a column after its row", w.Headers[0].Positions[2].After.Buy, 9)
	expect(t, "a closing time", w.Headers[0].Cash.Closing, 4)
	expect(t, "an item", w.Sheets[0].Items[1].Kind, 1)
	expect(t, "a flag", w.Nodes[2][0].Flags[4], 1)
	expect(t, "a market's column", w.Advance.Markets[7].Median, 5)
	expect(t, "a new row", w.Withdrawals[1].Live, 1)
	expect(t, "its column", w.Withdrawals[1].Amount, 6)
	expect(t, "its dead column", w.Withdrawals[1].Expiry, layout.Never)
}

func TestOverridesOfNothingAreFaults(t *testing.T) {
	for _, text := range []string{
		"orders", "orders[10].live", "orders[0].colour", "orders[0].live.x", "orders[0].lane_row[0]", "nodes[2].index", "nodes[9][0].index",
		"words", "words[22]", "used[39]", "agreed[22]", "", "orders[", "orders[0]live", "orders[-1].live", "ordres[0].live", "advance[0]",
	} {
		_, err := sample(t, nil).Witness(Overrides{text: "1"})
		var fault *Error
		if !errors.As(err, &fault) || fault.Code != UnknownPath && fault.Code != WrongShape {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestPublicInputsFollowTheWords(t *testing.T) {
	w := filled(t, sample(t, nil), nil)
	if len(w.Public.Sent) != 11+3+1 || w.Public.Sent[14].Int64() != 120 {
		t.Fatalf("sent %v", w.Public.Sent)
	}
	cells := make([]fr.Element, 16)
	var h fr.Element
	h.SetUint64(layout.FingerprintTag)
	for block := range 2 {
		cells[0] = h
		for i := range 15 {
			cells[1+i].SetZero()
			if at := 15*block + i; at < 22 {
				cells[1+i].SetBigInt(w.Words[at].(*big.Int))
			}
		}
		h = poseidon.Compress(cells)
	}
	if h.BigInt(new(big.Int)).Cmp(w.Public.Sponge) != 0 {
		t.Error("the sponge is another")
	}
	sum, power := new(big.Int), big.NewInt(1)
	for _, word := range w.Words {
		sum.Add(sum, new(big.Int).Mul(word.(*big.Int), power))
		power = new(big.Int).Mod(new(big.Int).Mul(power, w.Public.Challenge), fr.Modulus())
	}
	if sum.Mod(sum, fr.Modulus()).Cmp(w.Public.Fold) != 0 {
		t.Error("the fold is another")
	}
	if w.Sponge != w.Public.Sponge || w.Challenge != w.Public.Challenge || w.Fold != w.Public.Fold {
		t.Error("the circuit has other public inputs")
	}
}

func TestAWordOfTheContractAloneMovesChallengeAndFoldButNotTheSponge(t *testing.T) {
	honest := filled(t, sample(t, nil), nil)
	forged := filled(t, sample(t, nil), Overrides{"agreed[6]": "5"})
	both := filled(t, sample(t, nil), Overrides{"words[6]": "5"})
	alone := filled(t, sample(t, nil), Overrides{"fold": "5", "used[2]": "1"})
	if honest.Public.Sponge.Cmp(forged.Public.Sponge) != 0 || honest.Public.Challenge.Cmp(forged.Public.Challenge) == 0 ||
		honest.Public.Fold.Cmp(forged.Public.Fold) == 0 {
		t.Error("the contract's copy")
	}
	expect(t, "the prover's copy", forged.Words[6], 106)
	expect(t, "both copies", both.Words[6], 5)
	if both.Public.Sponge.Cmp(honest.Public.Sponge) == 0 {
		t.Error("the sponge forgets a word")
	}
	expect(t, "the fold", alone.Fold, 5)
	expect(t, "a tick nobody uses", alone.Used[2], 1)
}

func TestACountAboveTheCapacitySendsWhatThereIs(t *testing.T) {
	w := filled(t, sample(t, nil), Overrides{"words[10]": fmt.Sprint(65535 | 65535<<32)})
	if len(w.Public.Sent) != 11+9+2 {
		t.Errorf("%d words sent", len(w.Public.Sent))
	}
}

func TestAFullBatchOfClassMLoadsInASecond(t *testing.T) {
	class, _ := layout.ByName("M")
	object := map[string]any{"class": "M", "words": make([]int, class.WordCount)}
	for name, c := range chips {
		slots := reflect.ValueOf(class.Slots).FieldByName(goName(name)).Int()
		rows := make([]any, slots)
		for i := range rows {
			rows[i] = specimen(c.plan)
		}
		object[name] = rows
	}
	levels := make([]any, layout.Levels)
	for level, n := range class.Nodes {
		rows := make([]any, n)
		for i := range rows {
			rows[i] = specimen(nodePlan)
		}
		levels[level] = rows
	}
	object["nodes"] = levels
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	d, err := Read(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	w := filled(t, d, nil)
	loaded := time.Since(start)
	expect(t, "the last page", new(big.Int).Rsh(w.Books[103].Rows[14].After.Next.(*big.Int), 100), 8)
	t.Logf("%d bytes loaded in %v", len(text), loaded)
	if loaded > 3*time.Second {
		t.Errorf("%d bytes took %v", len(text), loaded)
	}
}

func goName(name string) string {
	var b strings.Builder
	for _, part := range strings.Split(name, "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// specimen is a full row of a chip.
func specimen(p *plan) any {
	number := json.Number("10141204801825835211973625643008")
	switch p.kind {
	case value:
		return number
	case list:
		out := make([]any, p.length)
		for i := range out {
			out[i] = specimen(p.item)
		}
		return out
	case group:
		out := map[string]any{}
		for _, c := range p.columns {
			out[c.name] = specimen(c.plan)
		}
		return out
	case stored:
		return []any{number, specimen(p.columns[1].plan), specimen(p.columns[2].plan)}
	}
	out := make([]any, p.width)
	for i := range out {
		out[i] = number
	}
	return out
}
