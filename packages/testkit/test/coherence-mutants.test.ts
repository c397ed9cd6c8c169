/**
 * Each guard of the protocol taken away, one at a time: the history has to notice. Every mutant is run in one mix, seed
 * after seed until it is caught, and the whole protocol is then held to the promise over the seed that caught it.
 */
import { afterAll, describe, expect, it } from '@jest/globals'
import { describeViolation } from '../src/index.ts'
import { mutants, type SimulationReport } from '../src/simulation/index.ts'
import { openSimulator } from './support/simulator.ts'

const { simulate, close } = openSimulator()
afterAll(close)

interface Trap {
  /** Where the guard is missed most. */
  readonly mix: string
  /** The first seed. It only saves time: one that fails at once, when this was written. Default 1. */
  readonly from?: number
  /** Virtual time, in ms. Default 15 s; a minute for what takes a rare meeting of events. */
  readonly durationMs?: number
}

const mostSeeds = 40
const minute = 60_000
/** For all of the seeds twice, on a machine that is busy. */
const patienceMs = 180_000

const traps: Readonly<Record<string, Trap>> = {
  'a load is stamped at its end': { mix: 'long loads' },
  'no generation: what was read before a frame is kept after it': { mix: 'deaf and stalled' },
  'a missing tag counts as fresh': { mix: 'trimmed stream', from: 4 },
  'stamps of two histories are compared': { mix: 'wiped while loading' },
  'a record that lost writes goes on counting': { mix: 'failovers that lose much' },
  'the bus first, then the tiers': { mix: 'two servers', from: 4, durationMs: minute },
  'acknowledged before the tiers are clear': { mix: 'two servers', from: 4 },
  'fills need no lease': { mix: 'long loads' },
  'leases are numbered, not random': { mix: 'wiped while loading', from: 2 },
  'the last write wins': { mix: 'sets and claims', from: 5 },
  'the slot of a claim is not fenced': { mix: 'sets and claims' },
  'a writer keeps its copy whatever came meanwhile': { mix: 'sets and claims', from: 4 },
  'a beat is a bare echo': { mix: 'all at once', durationMs: minute },
  'copies are trusted without beats': { mix: 'deaf and stalled' },
  'what was found good once is good until its dates or the lease end': { mix: 'patterns and clear' },
  'without trust, the record is not asked': { mix: 'deaf to tags' },
  'what the ledger vouched for counts as checked when read': {
    mix: 'deaf to tags',
    from: 5,
    durationMs: minute,
  },
  'a flight may be joined at any time': { mix: 'deaf while loading' },
  'a frame does not end a flight': { mix: 'long loads' },
  'what lands is given to whoever joined': { mix: 'long loads' },
  'a slow private tier is judged by the trust of its answer': {
    mix: 'slow disk',
    from: 4,
    durationMs: minute,
  },
  'the version goes with the value': { mix: 'sets and claims', from: 4 },
  'private copies outlive a retired rule': { mix: 'patterns and clear', from: 5, durationMs: minute },
  'a rule may retire between two answers': { mix: 'rules that retire', from: 3, durationMs: minute },
  'a gap is passed over': { mix: 'silent loss' },
  'trust is not lost with the history': { mix: 'trimmed stream' },
  'what is young is trusted across histories': { mix: 'wipes', from: 23, durationMs: minute },
  'nothing is sent again': { mix: 'failovers of two servers', from: 9, durationMs: minute },
  'disk writes to the shared tier': { mix: 'slow disk', from: 2 },
  'disk serves without a replay': { mix: 'disk and restarts' },
  'sweep and end of a rule at once': { mix: 'patterns and clear', from: 7, durationMs: minute },
  'anything may stand in for a slow load': { mix: 'grace, negative, refresh' },
  'negative entries carry no tags': { mix: 'grace, negative, refresh' },
  'what could not be sent is forgotten': { mix: 'outages' },
  'what is not acknowledged does not hold here': { mix: 'outages' },
  'dates go over the wire by the clock of the process': { mix: 'skewed clocks' },
  'a copy begins a new life': { mix: 'skewed clocks' },
}

/** The seeds that were run, and whether the last of them had a violation. */
async function hunt(trap: Trap, variant: string): Promise<{ seeds: number[]; caught: boolean }> {
  const { mix, from = 1, durationMs = 15_000 } = trap
  const seeds: number[] = []
  for (let seed = from; seed < from + mostSeeds; seed += 1) {
    seeds.push(seed)
    const { violations } = await simulate({ mix, seed, durationMs, variant })
    if (violations > 0) return { seeds, caught: true }
  }
  return { seeds, caught: false }
}

const sound = new Map<string, Promise<SimulationReport>>()

/** Of the whole protocol; several mutants share a run. */
function soundRun(trap: Trap, seed: number): Promise<SimulationReport> {
  const { durationMs = 15_000 } = trap
  const name = `${trap.mix}, seed ${seed}, ${durationMs} ms`
  const run = sound.get(name) ?? simulate({ mix: trap.mix, seed, durationMs })
  sound.set(name, run)
  return run
}

describe('mutants', () => {
  it('have a trap each, and no trap is left over', () => {
    expect(Object.keys(traps).sort()).toEqual(mutants.map(({ name }) => name).sort())
  })

  it.each(mutants)(
    'is caught: $name',
    async ({ name }) => {
      const trap = traps[name]
      if (trap === undefined) throw new RangeError('it has no trap')
      const { seeds, caught } = await hunt(trap, name)
      if (!caught) throw new Error(`not caught in the mix ${trap.mix}, seeds ${seeds.join(', ')}`)
      for (const seed of seeds.slice(-1)) {
        const { violations, examples } = await soundRun(trap, seed)
        const where = `the whole protocol in the mix ${trap.mix}, seed ${seed}: ${violations} violations`
        if (violations > 0) throw new Error([where, ...examples.map(describeViolation)].join('\n'))
      }
    },
    patienceMs,
  )
})
