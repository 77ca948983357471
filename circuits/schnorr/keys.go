package schnorr

import (
	"crypto/sha512"
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/curve"
)

// SeedSize is the length of the secret that everything about a key pair is derived from, in bytes.
const SeedSize = 32

// Domains of the hashes that derive secrets.
const (
	secretDomain = "novate signing key 1\x00"
	prefixDomain = "novate nonce key 1\x00"
	nonceDomain  = "novate nonce 1\x00"
)

// SigningKey is a key pair.
type SigningKey struct {
	secret *big.Int // a, from 1 to l - 1
	prefix []byte   // keys the derivation of nonces
	Public curve.Edwards
}

// scalar hashes to 1..l-1. 512 bits over a 251-bit order leave a bias below 2^-260.
func scalar(domain string, parts ...[]byte) *big.Int {
	hash := sha512.New()
	hash.Write([]byte(domain))
	for _, part := range parts {
		hash.Write(part)
	}
	below := curve.Order()
	below.Sub(below, big.NewInt(1))
	k := new(big.Int).SetBytes(hash.Sum(nil))
	return k.Mod(k, below).Add(k, big.NewInt(1))
}

// NewSigningKey derives a key pair from a seed.
func NewSigningKey(seed [SeedSize]byte) *SigningKey {
	prefix := sha512.Sum512(append([]byte(prefixDomain), seed[:]...))
	key := &SigningKey{secret: scalar(secretDomain, seed[:]), prefix: prefix[:32]}
	key.Public.ScalarMultiplicationBase(key.secret)
	return key
}

// BaseTable is the comb of the base point.
var BaseTable = sync.OnceValue(func() []curve.Edwards { return Table(curve.Base, BaseRows) })

// keyTables remembers combs by the x of their keys. It starts anew when full, so that it is bounded (4 KiB a table).
type keyTables struct {
	mutex  sync.RWMutex
	tables map[fr.Element][]curve.Edwards
}

const mostTables = 1 << 13

var combs = keyTables{tables: map[fr.Element][]curve.Edwards{}}

// Comb is the table of the key with this x, or nothing if no key has it. Nobody may change it.
func Comb(x fr.Element) []curve.Edwards { return combs.of(x) }

// of is the comb of the key with this x, or nothing if no key has it.
func (k *keyTables) of(x fr.Element) []curve.Edwards {
	k.mutex.RLock()
	table, known := k.tables[x]
	k.mutex.RUnlock()
	if known {
		return table
	}
	if p, ok := curve.FromX(x); ok {
		table = Table(p, KeyRows)
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if len(k.tables) >= mostTables {
		clear(k.tables)
	}
	k.tables[x] = table
	return table
}
