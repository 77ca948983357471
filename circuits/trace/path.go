package trace

import (
	"strconv"
	"strings"
)

// path is a place in a trace. It is written out only when something is wrong there.
type path struct {
	parent *path
	name   string
	index  int // of a list, where name is empty
}

func (p *path) field(name string) path { return path{parent: p, name: name} }

func (p *path) at(index int) path { return path{parent: p, index: index} }

func (p path) String() string {
	switch {
	case p.parent == nil:
		return p.name
	case p.name == "":
		return p.parent.String() + "[" + strconv.Itoa(p.index) + "]"
	}
	before := p.parent.String()
	if before == "" {
		return p.name
	}
	return before + "." + p.name
}

// step is one part of a written path: a name, or an index.
type step struct {
	name  string
	index int
}

// parsePath reads `headers[0].positions[2].after.size`.
func parsePath(text string) ([]step, bool) {
	var steps []step
	for _, part := range strings.Split(text, ".") {
		name, rest, _ := strings.Cut(part, "[")
		if name == "" {
			return nil, false
		}
		steps = append(steps, step{name: name})
		for rest != "" {
			number, more, closed := strings.Cut(rest, "]")
			index, err := strconv.Atoi(number)
			if !closed || err != nil || index < 0 || (more != "" && more[0] != '[') {
				return nil, false
			}
			steps = append(steps, step{index: index})
			rest = strings.TrimPrefix(more, "[")
		}
	}
	return steps, true
}
