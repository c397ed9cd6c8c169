/**
 * Numbers of writes. The upper half is drawn at random for each life of a tier, as what a killed one gave out is not
 * known for certain; the lower half counts. So files of this life are told from those of earlier ones.
 */
import { randomInt } from 'node:crypto'

const perLife = 2 ** 22
const lives = 2 ** 31

export interface Seqs {
  next(): number
  isOwn(seq: number): boolean
}

export function createSeqs(): Seqs {
  const own = new Set<number>()
  let life = 0
  let count = perLife
  return {
    next() {
      if (count === perLife) {
        life = randomInt(1, lives)
        own.add(life)
        count = 0
      }
      count += 1
      return life * perLife + count - 1
    },
    isOwn: seq => own.has(Math.floor(seq / perLife)),
  }
}
