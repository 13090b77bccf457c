// Command check answers claims with golang.org/x/mod/sumdb, which shares no code with the package under test. It reads a JSON array
// of claims from its standard input and writes an array of answers, one for each, in their order. An answer with an empty error
// means: accepted.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A claim is of one kind, and has what that kind needs. Hashes and bytes are in base64.
type claim struct {
	Kind string

	Vkeys []string // trusted keys
	Note  string   // a signed checkpoint

	// inclusion: claims that Line is at Index in the tree of the checkpoint.
	Line  string
	Index int64

	// consistency: claims that the tree of the checkpoint begins with that of OldNote.
	OldNote string

	Proof []tlog.Hash

	// tiles: claims that these, by path, are the tiles of the checkpoint.
	Tiles map[string][]byte

	// sign: sign Text with the key Skey.
	Skey string
	Text string

	// prove: prove Index and OldSize of a tree over Lines.
	Lines   []string
	OldSize int64
}

type answer struct {
	Error       string      `json:"error"`
	Note        string      `json:"note,omitempty"`
	Signers     []string    `json:"signers,omitempty"`
	Root        tlog.Hash   `json:"root"`
	Inclusion   []tlog.Hash `json:"inclusion,omitempty"`
	Consistency []tlog.Hash `json:"consistency,omitempty"`
}

func main() {
	var claims []claim
	if err := json.NewDecoder(os.Stdin).Decode(&claims); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := make([]answer, len(claims))
	for i, c := range claims {
		if err := c.check(&answers[i]); err != nil {
			answers[i].Error = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func (c claim) check(a *answer) error {
	switch c.Kind {
	case "checkpoint":
		_, signers, err := open(c.Note, c.Vkeys)
		a.Signers = signers
		return err
	case "inclusion":
		tree, _, err := open(c.Note, c.Vkeys)
		if err != nil {
			return err
		}
		return tlog.CheckRecord(c.Proof, tree.N, tree.Hash, c.Index, tlog.RecordHash([]byte(c.Line)))
	case "consistency":
		tree, _, err := open(c.Note, c.Vkeys)
		if err != nil {
			return err
		}
		old, _, err := open(c.OldNote, c.Vkeys)
		if err != nil {
			return err
		}
		return tlog.CheckTree(c.Proof, tree.N, tree.Hash, old.N, old.Hash)
	case "tiles":
		tree, _, err := open(c.Note, c.Vkeys)
		if err != nil {
			return err
		}
		return checkTiles(tree, c.Tiles)
	case "sign":
		signer, err := note.NewSigner(c.Skey)
		if err != nil {
			return err
		}
		signed, err := note.Sign(&note.Note{Text: c.Text}, signer)
		a.Note = string(signed)
		return err
	case "prove":
		return c.prove(a)
	}
	return fmt.Errorf("unknown kind %q", c.Kind)
}

// open opens a checkpoint. tlog.ParseTree would do, but requires the first line of the Go checksum database.
func open(text string, vkeys []string) (tlog.Tree, []string, error) {
	var verifiers []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return tlog.Tree{}, nil, err
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifiers...))
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	var signers []string
	for _, sig := range opened.Sigs {
		signers = append(signers, sig.Name)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return tlog.Tree{}, nil, errors.New("not a checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, signers, err
}

// A tileMap has the tiles of height 8 by their C2SP paths.
type tileMap map[string][]byte

func (m tileMap) Height() int { return 8 }

func (m tileMap) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		// Go's paths contain the height, those of C2SP do not.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, ok := m[path]
		if !ok {
			return nil, fmt.Errorf("no tile %s", path)
		}
		data[i] = bytes
	}
	return data, nil
}

func (m tileMap) SaveTiles([]tlog.Tile, [][]byte) {}

// checkTiles reads every leaf from the tiles, each of which Go checks against the root, and computes the root from them again.
func checkTiles(tree tlog.Tree, tiles tileMap) error {
	if want := tlog.NewTiles(8, 0, tree.N); len(want) != len(tiles) {
		return fmt.Errorf("%d tiles, want %d", len(tiles), len(want))
	}
	indexes := make([]int64, tree.N)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, int64(i))
	}
	leaves, err := tlog.TileHashReader(tree, tiles).ReadHashes(indexes)
	if err != nil {
		return err
	}
	var stored storage
	for i, leaf := range leaves {
		if err := stored.add(int64(i), leaf); err != nil {
			return err
		}
	}
	root, err := tlog.TreeHash(tree.N, stored)
	if err == nil && !bytes.Equal(root[:], tree.Hash[:]) {
		err = errors.New("the leaves make another root")
	}
	return err
}

func (c claim) prove(a *answer) error {
	var stored storage
	for i, line := range c.Lines {
		if err := stored.add(int64(i), tlog.RecordHash([]byte(line))); err != nil {
			return err
		}
	}
	size := int64(len(c.Lines))
	var err error
	if a.Root, err = tlog.TreeHash(size, stored); err != nil {
		return err
	}
	if a.Inclusion, err = tlog.ProveRecord(size, c.Index, stored); err != nil {
		return err
	}
	a.Consistency, err = tlog.ProveTree(size, c.OldSize, stored)
	return err
}

// A storage has all hashes of a tree in Go's order.
type storage []tlog.Hash

func (s *storage) add(index int64, leaf tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(index, leaf, *s)
	*s = append(*s, hashes...)
	return err
}

func (s storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		hashes[i] = s[index]
	}
	return hashes, nil
}
