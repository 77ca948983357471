package main

import (
	"bytes"
	"encoding/json"
	"os"
	"time"

	"novate/circuits/trace"
)

// source is where a job's witness comes from: a file or the job itself, and what is written over it.
type source struct {
	Trace  string          `json:"trace"`
	Inline json.RawMessage `json:"inline"`
	Set    trace.Overrides `json:"set"`
}

// remembered is the trace that was read last: forgeries come by the dozen over one file.
var remembered struct {
	path     string
	size     int64
	modified time.Time
	document *trace.Document
}

func (s source) document() (*trace.Document, error) {
	if s.Trace == "" {
		return trace.Read(bytes.NewReader(s.Inline))
	}
	file, err := os.Open(s.Trace)
	if err != nil {
		return nil, &trace.Error{Code: trace.Unreadable, At: s.Trace, Message: err.Error()}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	r := &remembered
	if r.path == s.Trace && r.size == info.Size() && r.modified.Equal(info.ModTime()) {
		return r.document, nil
	}
	document, err := trace.Read(file)
	if err == nil {
		r.path, r.size, r.modified, r.document = s.Trace, info.Size(), info.ModTime(), document
	}
	return document, err
}

func (s source) witness() (*trace.Witness, error) {
	document, err := s.document()
	if err != nil {
		return nil, err
	}
	return document.Witness(s.Set)
}
