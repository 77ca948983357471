// Command native hashes, derives keys, signs and verifies for Python, as a child process that speaks frames.
//
// A frame is its length, four bytes, low first, and that many bytes. The child opens with one frame, Greeting. Then each
// request frame is answered by one frame. A request is an operation's byte and its body; the answer is a zero byte and
// the result, or a byte 1 and "CODE: text". Field elements are 32 bytes, high first, below the field's order. Rows of
// a request are independent, and are answered in their order.
//
//	1 hash        width; rows of width elements               -> a digest a row
//	2 public key  rows of a seed of 32 bytes                  -> x and y a row
//	3 sign        cells; rows of a seed and a message         -> R.x and S a row
//	4 verify      cells; rows of x, R.x, S and a message      -> a verdict's byte a row
//	5 point       rows of x                                   -> 1 and y, or 0 and zero, a row
//
// It ends when its input ends, so it does not outlive whoever started it.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// Greeting names the protocol. Another number, another protocol.
const Greeting = "novate-native 1"

// largest frame, in bytes.
const largest = 1 << 26

func main() {
	signal.Ignore(os.Interrupt) // of the terminal: the parent decides when to stop
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "native:", err)
		os.Exit(1)
	}
}

// serve answers requests until the input ends.
func serve(in io.Reader, out io.Writer) error {
	reader, writer := bufio.NewReaderSize(in, 1<<16), bufio.NewWriterSize(out, 1<<16)
	if err := send(writer, []byte(Greeting)); err != nil {
		return err
	}
	for {
		request, err := receive(reader)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := send(writer, reply(request)); err != nil {
			return err
		}
	}
}

func receive(reader io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(reader, head[:]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(head[:])
	if length > largest {
		return nil, fmt.Errorf("a frame of %d bytes", length)
	}
	frame := make([]byte, length)
	if _, err := io.ReadFull(reader, frame); err != nil {
		return nil, fmt.Errorf("a frame broken off: %w", err)
	}
	return frame, nil
}

func send(writer *bufio.Writer, frame []byte) error {
	var head [4]byte
	binary.LittleEndian.PutUint32(head[:], uint32(len(frame)))
	if _, err := writer.Write(head[:]); err != nil {
		return err
	}
	if _, err := writer.Write(frame); err != nil {
		return err
	}
	return writer.Flush()
}
