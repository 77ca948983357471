package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"sort"
	"sync"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"novate/circuits/keys"
	"novate/circuits/layout"
)

// costs is what a slot of every chip costs, and what a circuit costs without any.
type costs struct {
	Slot   map[string]float64 `json:"slot"`   // constraints, by chip
	Shared int                `json:"shared"` // tables, advance, system and market page
	Margin float64            `json:"margin"` // of a header page's, what judges its margin
}

// classCosts is a size class: what its slots cost in all, and its capacities.
type classCosts struct {
	Class       string             `json:"class"`
	Step        int                `json:"step"`
	Constraints int                `json:"constraints"`
	Exact       bool               `json:"exact"` // compiled, not added up
	Share       float64            `json:"share"` // of the step
	Sweep       int                `json:"sweep"`
	Words       int                `json:"words"`
	Capacities  map[string]int     `json:"capacities"`
	Nodes       []int              `json:"nodes"`
	Chips       map[string]float64 `json:"chips"` // constraints of all slots
}

// table prints constraints by chip, shared costs apart, and every class's capacities. Slots are measured by compiling a
// circuit of one slot each with some more of one chip; a class whose circuit is compiled already in --dir is exact.
func table(arguments []string, _ io.Reader, out, _ io.Writer) error {
	o := newOptions("table").withDir()
	asJSON := o.Bool("json", false, "print JSON")
	if _, err := o.parse(arguments); err != nil {
		return err
	}
	debug.SetGCPercent(collectorShare)
	c, err := measure()
	if err != nil {
		return err
	}
	var classes []classCosts
	for _, class := range layout.Classes {
		classes = append(classes, c.of(class, o.dir))
	}
	if *asJSON {
		return json.NewEncoder(out).Encode(map[string]any{"costs": c, "classes": classes})
	}
	return printTable(out, c, classes)
}

// measure compiles small circuits. The number of additional slots makes whole blocks of public words: 15 a compression.
func measure() (costs, error) {
	base := smallest()
	least, err := constraints(base)
	if err != nil {
		return costs{}, err
	}
	c := costs{Slot: map[string]float64{}, Shared: least}
	if c.Margin, err = measureMargin(); err != nil {
		return costs{}, err
	}
	var mutex sync.Mutex
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for chip, slots := range capacities(base) {
		group.Go(func() error {
			more := map[string]int{"deposits": 5, "withdrawals": 15}[chip]
			if more == 0 {
				more = 2
			}
			n, err := constraints(enlarged(base, chip, more))
			if err != nil {
				return fmt.Errorf("%s: %w", chip, err)
			}
			mutex.Lock()
			defer mutex.Unlock()
			c.Slot[chip] = float64(n-least) / float64(more)
			c.Shared -= slots * (n - least) / more
			return nil
		})
	}
	return c, group.Wait()
}

func constraints(class layout.Class) (int, error) {
	system, err := keys.Compile(circuit(class)())
	if err != nil {
		return 0, err
	}
	return system.GetNbConstraints(), nil
}

// of adds up a class.
func (c costs) of(class layout.Class, dir string) classCosts {
	out := classCosts{
		Class: class.Name, Step: class.Step, Sweep: class.Sweep, Words: class.WordCount,
		Capacities: capacities(class), Nodes: class.Nodes[:], Chips: map[string]float64{},
	}
	total := float64(c.Shared)
	for chip, slots := range out.Capacities {
		out.Chips[chip] = c.Slot[chip] * float64(slots)
		total += out.Chips[chip]
	}
	out.Constraints = int(total)
	if n, ok := keys.CompiledConstraints(dir, class.Name); ok {
		out.Constraints, out.Exact = n, true
	}
	out.Share = float64(out.Constraints) / float64(class.Step)
	return out
}

func printTable(out io.Writer, c costs, classes []classCosts) error {
	chips := make([]string, 0, len(c.Slot))
	for chip := range c.Slot {
		chips = append(chips, chip)
	}
	largest := classes[len(classes)-1]
	sort.Slice(chips, func(i, j int) bool { return largest.Chips[chips[i]] > largest.Chips[chips[j]] })
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "chip\ta slot\t")
	for _, class := range classes {
		fmt.Fprintf(w, "%s slots\tconstraints\t", class.Class)
	}
	fmt.Fprintln(w)
	for _, chip := range chips {
		fmt.Fprintf(w, "%s\t%.0f\t", chip, c.Slot[chip])
		for _, class := range classes {
			fmt.Fprintf(w, "%d\t%.0f\t", class.Capacities[chip], class.Chips[chip])
		}
		fmt.Fprintln(w)
	}
	rows := []struct {
		name string
		of   func(classCosts) string
	}{
		{"shared", func(classCosts) string { return fmt.Sprint(c.Shared) }},
		{"total", func(s classCosts) string {
			return map[bool]string{false: "about "}[s.Exact] + fmt.Sprint(s.Constraints)
		}},
		{"step", func(s classCosts) string { return fmt.Sprint(s.Step) }},
		{"share", func(s classCosts) string { return fmt.Sprintf("%.1f%%", 100*s.Share) }},
	}
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t\t", row.name)
		for _, class := range classes {
			fmt.Fprintf(w, "\t%s\t", row.of(class))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
