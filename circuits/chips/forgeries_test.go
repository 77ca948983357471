package chips_test

import (
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// forgery is a false desk that breaks one rule and no other, so that it would pass without it.
type forgery struct {
	rule, name string
	desk       func() desk
	lies       map[string][]*big.Int // to hints
}

// deed is what an engine does.
type deed func(e *engine)

// does is the desk of an engine with these lies after a deed.
func does(do deed, lies ...string) func() desk {
	return func() desk {
		e := genesis(lies...)
		do(e)
		return e.finish()
	}
}

// but changes a desk afterwards.
func but(of func() desk, change func(d *desk)) func() desk {
	return func() desk {
		d := of()
		change(&d)
		return d
	}
}

// dead changes a desk of dead slots.
func dead(change func(d *desk)) func() desk { return but(does(func(*engine) {}), change) }

// lie answers a hint.
func lie(label string, answers ...int64) map[string][]*big.Int {
	return map[string][]*big.Int{label: chiptest.Field(answers...)}
}

// fraction is a / b in the field.
func fraction(a, b *big.Int) *big.Int {
	field := chiptest.Number(-1)
	field.Add(field, big.NewInt(1))
	inverse := new(big.Int).ModInverse(b, field)
	return inverse.Mul(inverse, a).Mod(inverse, field)
}

// twice puts a slot in with live = 2 and again with live = -1, which together put and take what one does.
func twice[S any](slots func(d *desk) *[]S, live func(s *S) *kernel.Variable) func(d *desk) {
	return func(d *desk) {
		list := slots(d)
		again := (*list)[0]
		*live(&again) = -1
		*live(&(*list)[0]) = 2
		*list = append([]S{again}, *list...)
	}
}

func forgeries() []forgery {
	var all []forgery
	for _, some := range [][]forgery{
		wordForgeries(), orderForgeries(), restForgeries(), fillForgeries(), evictForgeries(), marginForgeries(),
		sheetForgeries(), quoteForgeries(), cancelForgeries(), collectForgeries(), burnForgeries(), tupleForgeries(),
	} {
		all = append(all, some...)
	}
	return all
}

func TestForgeriesBreakTheirRuleAlone(t *testing.T) {
	for _, f := range forgeries() {
		t.Run(f.rule+", "+f.name, func(t *testing.T) {
			watch := kernel.NewObserver()
			watch.Lies = f.lies
			if broken := chiptest.Observe(t, define, f.desk(), watch); !reflect.DeepEqual(broken, []string{f.rule}) {
				t.Errorf("breaks %q; %v", broken, watch.Unbalanced)
			}
		})
	}
}

// Rules that no forgery here breaks alone.
var unforged = map[string]string{
	"fill: live is a bit":         "a maker is expired, or not, by an integer that half a slot does not have",
	"evict margin: live is a bit": "likewise",
	"bus: signer":                 "its table is empty here",
}

// A rule without a forgery is one that nobody has seen at work.
func TestEveryRuleIsForged(t *testing.T) {
	forged := map[string]bool{}
	for _, f := range forgeries() {
		forged[f.rule] = true
	}
	var rules []kernel.Rule
	listed := func(k *kernel.Kernel, w *desk) {
		define(k, w)
		k.API.Compiler().Defer(func(frontend.API) error { rules = k.Rules(); return nil })
	}
	chiptest.Observe(t, listed, walkA().finish(), kernel.NewObserver())
	for _, r := range rules {
		if r.Chip == "test" || strings.HasPrefix(r.Name, "test: ") || unforged[r.Name] != "" {
			continue
		}
		if !forged[r.Name] {
			t.Errorf("nothing forges %q", r.Name)
		}
	}
}

func wordForgeries() []forgery {
	const next = 1 << layout.AccountBits
	return []forgery{
		{"word: account fits", "the account's neighbour bits lie in the lane", does(func(e *engine) { e.cancelAll(1, next+1, traded) }), nil},
		{"word: lane fits", "the next account's lane", does(func(e *engine) {
			e.lane = layout.Lanes + 3
			e.set(layout.TagLane, layout.Lanes*1+e.lane, 7, 5)
			e.cancelAll(1, 1, traded)
		}), nil},
		{"word: counter fits", "reaches into the body", does(func(e *engine) {
			e.counter = 1 << layout.CounterBits
			e.cancelAll(1, 1, traded)
		}), nil},
		{"lane: counter rises", "replay", does(func(e *engine) {
			e.set(layout.TagLane, layout.Lanes*1+3, 1001, 5)
			e.cancelAll(1, 1, traded)
		}), nil},
		{"word: expiry fits", "reaches into the client", does(func(e *engine) {
			e.place(ticket{tick: 1, account: 1, market: traded, price: 9, size: 1, ioc: 1, expiry: layout.Never + 9})
		}), nil},
		{"word: not expired", "late order", does(func(e *engine) {
			e.place(ticket{tick: 1, account: 1, market: traded, price: 9, size: 1, ioc: 1, expiry: clock - 1})
		}), nil},
		{"memory: time rises", "written before it was read", does(func(e *engine) {
			e.cancelAll(2, 1, traded)
			e.lane = 4
			e.set(layout.TagLane, layout.Lanes*1+4, 7, 5)
			e.cancelAll(1, 1, traded)
		}), nil},
		{"time: a tick is used once", "two operations at one tick", but(does(func(e *engine) {
			e.cancelAll(2, 1, traded)
			e.cancelAll(2, 2, traded)
		}), func(d *desk) { d.Used[1] = 2 }), nil},
	}
}
