package keys

import (
	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// generatorG1 multiplies the generator of G1.
type generatorG1 struct{ tables[fp.Element] }

// newGeneratorG1 builds tables for about so many scalars.
func newGeneratorG1(scalars int) generatorG1 {
	_, _, base, _ := curve.Generators()
	powers := make([]affine[fp.Element], fr.Bits)
	for i := range powers {
		powers[i] = affine[fp.Element](base)
		base.Double(&base)
	}
	return generatorG1{newTables[fp.Element, *fp.Element](powers, bestWindow(scalars))}
}

// multiply is the generator times every scalar; done, which may be called on several cores at once, hears of every block.
func (g generatorG1) multiply(scalars []fr.Element, done func(points int)) []curve.G1Affine {
	points := make([]curve.G1Affine, len(scalars))
	multiply[fp.Element, *fp.Element](g.tables, scalars, func(i int, p affine[fp.Element]) {
		points[i] = curve.G1Affine(p)
	}, done)
	return points
}

// generatorG2 multiplies the generator of G2.
type generatorG2 struct{ tables[curve.E2] }

// newGeneratorG2 builds tables for about so many scalars.
func newGeneratorG2(scalars int) generatorG2 {
	_, _, _, base := curve.Generators()
	powers := make([]affine[curve.E2], fr.Bits)
	for i := range powers {
		powers[i] = affine[curve.E2](base)
		base.Double(&base)
	}
	return generatorG2{newTables[curve.E2, *curve.E2](powers, bestWindow(scalars))}
}

// multiply is the generator times every scalar, as generatorG1's.
func (g generatorG2) multiply(scalars []fr.Element, done func(points int)) []curve.G2Affine {
	points := make([]curve.G2Affine, len(scalars))
	multiply[curve.E2, *curve.E2](g.tables, scalars, func(i int, p affine[curve.E2]) {
		points[i] = curve.G2Affine(p)
	}, done)
	return points
}

// bestWindow is the width at which tables and sums together take the fewest additions.
func bestWindow(scalars int) int {
	best, least := 0, 0
	for window := 2; window <= 16; window++ {
		rows := (fr.Bits + window - 1) / window
		additions := rows * (scalars + 1<<window)
		if best == 0 || additions < least {
			best, least = window, additions
		}
	}
	return best
}
