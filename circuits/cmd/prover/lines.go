package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// answers writes JSON lines, one at a time.
type answers struct {
	mutex sync.Mutex
	out   io.Writer
}

func (a *answers) send(answer any) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	_, err = a.out.Write(append(text, '\n'))
	return err
}

// eachLine gives every line to handle until the input closes. What a line cannot be read as, or panics on, is the
// answer to that line and not the end.
func eachLine[T any](in io.Reader, handle func(T) error, failed func(T, error) error) error {
	reader := bufio.NewReaderSize(in, 1<<20)
	for {
		text, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(text) == 0 {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		var request T
		err = json.Unmarshal(text, &request)
		if err == nil {
			err = guarded(func() error { return handle(request) })
		} else {
			err = &usageError{err.Error()}
		}
		if err != nil {
			if err := failed(request, err); err != nil {
				return err
			}
		}
	}
}

func guarded(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return work()
}
