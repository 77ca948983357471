package keys

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// Progress writes what a long piece of work is at, as lines of JSON: phase, fraction done, seconds in the phase and in
// all. A nil one is silent.
type Progress struct {
	mutex       sync.Mutex
	out         io.Writer
	begun       time.Time
	phase       string
	phaseBegun  time.Time
	done, total int
	written     time.Time
	last        map[string]float64
}

// progressEvery bounds how often a line is written.
const progressEvery = 250 * time.Millisecond

// line is what is written.
type line struct {
	Phase    string  `json:"phase"`
	Fraction float64 `json:"fraction"`
	Seconds  float64 `json:"seconds"`       // in this phase
	Total    float64 `json:"total_seconds"` // since the beginning
}

// NewProgress begins at nothing.
func NewProgress(out io.Writer) *Progress {
	return &Progress{out: out, begun: time.Now(), last: map[string]float64{}}
}

// Start ends the phase before and begins one of so many steps; 0 where steps cannot be counted.
func (p *Progress) Start(phase string, total int) {
	if p == nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.finish()
	p.phase, p.phaseBegun, p.done, p.total = phase, time.Now(), 0, total
	p.write(0)
}

// Add counts steps.
func (p *Progress) Add(steps int) {
	if p == nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.done += steps
	if time.Since(p.written) >= progressEvery && p.done < p.total {
		p.write(float64(p.done) / float64(p.total))
	}
}

// Finish ends the last phase.
func (p *Progress) Finish() {
	if p == nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.finish()
	p.phase = ""
}

// Seconds tells what every finished phase took.
func (p *Progress) Seconds() map[string]float64 {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.last
}

func (p *Progress) finish() {
	if p.phase != "" {
		p.last[p.phase] = time.Since(p.phaseBegun).Seconds()
		p.write(1)
	}
}

func (p *Progress) write(fraction float64) {
	p.written = time.Now()
	text, _ := json.Marshal(line{p.phase, fraction, time.Since(p.phaseBegun).Seconds(), time.Since(p.begun).Seconds()})
	p.out.Write(append(text, '\n'))
}
