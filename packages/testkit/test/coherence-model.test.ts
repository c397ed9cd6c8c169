/**
 * The protocol of docs/design/coherence.md under everything that goes wrong, in virtual time. A failure names mix and
 * seed: `SEED=<number> MIX=<name>` of this test runs that again, alone. `npm run prove -- coherence` runs many seeds.
 */
import { afterAll, describe, expect, it } from '@jest/globals'
import { describeViolation } from '../src/index.ts'
import {
  boundMs,
  type Mix,
  mixes,
  outageMix,
  type SimulationReport,
  suspendedMixes,
} from '../src/simulation/index.ts'
import { openSimulator } from './support/simulator.ts'

const { simulate, close } = openSimulator()
afterAll(close)

const seed = Number(process.env.SEED ?? 1)
const only = process.env.MIX
const chosen = (all: readonly Mix[]) => all.filter(({ name }) => only === undefined || name === only)

const reports = new Map<string, Promise<SimulationReport>>()

/** One run serves all that is asked of its mix. */
function reportOf(mix: Mix): Promise<SimulationReport> {
  const report = reports.get(mix.name) ?? simulate({ mix: mix.name, seed })
  reports.set(mix.name, report)
  return report
}

function told(report: SimulationReport): string {
  const where = `${report.mix}, seed ${report.seed}: ${report.violations} violations`
  return [where, ...report.examples.slice(0, 3).map(describeViolation)].join('\n')
}

function named(name: string): Mix {
  const mix = mixes.find(one => one.name === name)
  if (mix === undefined) throw new RangeError(`no mix is named ${name}`)
  return mix
}

const plannedFaults = ({ faults, loss, twice, reorder }: Mix) =>
  [
    ...Object.entries(faults).map(([fault, plan]) => ({ fault, planned: plan.everyMs })),
    ...Object.entries({ loss, twice, reorder }).map(([fault, planned]) => ({ fault, planned })),
  ].flatMap(({ fault, planned }) => (planned > 0 ? [fault] : []))

/** Five bounds, so that a key that keeps being rewritten leaves time for its readers to be wrong. */
const rewriteMs = 5 * boundMs
/** The interval is drawn from the seed: the mean of a few hundred draws lies a tenth below its own, at most. */
const sampleNoise = 0.9

const everyMix = chosen([...mixes, ...suspendedMixes, outageMix]).map(mix => ({ name: mix.name, mix }))
const suspendedOnes = chosen(suspendedMixes).map(mix => ({ name: mix.name, mix }))

describe.each(everyMix)('$name', ({ mix }) => {
  it('breaks no promise', async () => {
    const report = await reportOf(mix)
    expect(report.reads).toBeGreaterThan(5_000)
    if (report.violations > 0) throw new Error(told(report))
  })

  it('answers every read, and fails none but for its source', async () => {
    const { hung, failedReads } = await reportOf(mix)
    expect([hung, mix.failing > 0 ? 0 : failedReads]).toEqual([0, 0])
  })

  it('strikes with every fault that it plans', async () => {
    const { faults } = await reportOf(mix)
    expect(plannedFaults(mix).filter(fault => (faults[fault] ?? 0) === 0)).toEqual([])
  })

  it('rewrites keys seldom enough for stale reads to show', async () => {
    const { rewriteIntervalMs = 0 } = await reportOf(mix)
    expect(rewriteIntervalMs).toBeGreaterThanOrEqual(rewriteMs * sampleNoise)
  })
})

if (suspendedOnes.length > 0)
  describe.each(suspendedOnes)('while the promise is suspended: $name', ({ mix }) => {
    it('serves nothing older than its time to live', async () => {
      const { worstSuspendedAgeMs } = await reportOf(mix)
      expect(worstSuspendedAgeMs).toBeLessThanOrEqual(mix.ttlMs)
    })
  })

if (only === undefined) {
  describe('what is suspended', () => {
    it.each(suspendedOnes.filter(({ mix }) => mix.faults.failover))(
      'is counted apart: $name',
      async ({ mix }) => {
        const { suspendedReads, reads } = await reportOf(mix)
        expect(suspendedReads).toBeGreaterThan(0)
        expect(suspendedReads).toBeLessThan(reads)
      },
    )

    it('has violations that would count elsewhere: the naive cache', async () => {
      const mix = suspendedMixes.find(({ name }) => name === 'failovers that lose much')
      const report = mix && (await simulate({ mix: mix.name, seed: 1, variant: 'naive' }))
      expect(report?.suspended).toBeGreaterThan(0)
    })

    it('flags what it serves when cut off', async () => {
      const mix = suspendedMixes.find(({ whenCut }) => whenCut === 'serve')
      const report = mix && (await reportOf(mix))
      expect(report?.excused).toBeGreaterThan(0)
    })
  })

  describe('what it is worth', () => {
    // The long loads lose a frame in a hundred as well, which costs next to nothing.
    it.each(['calm', 'cold tags', 'long loads'])('memory answers half of the reads: %s', async name => {
      const { sources, reads } = await reportOf(named(name))
      expect((sources.memory ?? 0) / reads).toBeGreaterThanOrEqual(0.5)
    })

    it('memory carries on through a long outage, within the promise', async () => {
      const report = await reportOf(outageMix)
      expect(report.hitRatio).toBeGreaterThanOrEqual(0.6)
      expect(report.loadsPerRead).toBeLessThanOrEqual(0.35)
    })

    // Always seed 1: of the seeds 1 to 12, calm has 17 to 198 such reads (two seeds below 20), silent loss 315 to 675.
    it.each(['calm', 'silent loss'])('a delete and a message are not enough: %s', async name => {
      const { byRule } = await simulate({ mix: name, seed: 1, variant: 'naive' })
      expect(byRule.a).toBeGreaterThan(20)
    })
  })

  describe('a seed', () => {
    const replayed = (of: number) => simulate({ mix: 'all at once', seed: of, durationMs: 20_000 })

    it('replays exactly, and another one does not', async () => {
      const report = await replayed(seed)
      expect(await replayed(seed)).toEqual(report)
      expect({ ...(await replayed(seed + 1)), seed }).not.toEqual(report)
    })
  })
} else {
  it('knows the mix that it was asked for', () => {
    expect(everyMix.map(({ name }) => name)).toEqual([only])
  })
}
