import { describe, expect, it } from '@jest/globals'
import { commandLine } from '../report/results.ts'
import { quantile, spreadOf } from '../report/statistics.ts'
import { figure, grouped, signed, table } from '../report/table.ts'
import { readManifest } from '../simulator/manifest.ts'
import { capacityOf, type Point, simulate } from '../simulator/simulate.ts'
import { allSubjects, baseline } from '../simulator/subjects.ts'
import { summarize } from '../simulator/summary.ts'
import { TraceBuilder } from '../simulator/trace.ts'

const point = (trace: string, hits: Record<string, number>): Point => ({
  trace,
  percent: 5,
  capacity: 1,
  hits,
})

describe('summarize', () => {
  const points = [
    point('a', { optimum: 80, base: 50, one: 60, two: 40 }),
    point('b', { optimum: 40, base: 20, one: 10, two: 30 }),
  ]
  const [base, one, two] = summarize(points, ['base', 'one', 'two'], 'base')

  it('takes means over points, of hits, share of the optimum, regret and misses cut', () => {
    expect(one).toMatchObject({ meanHits: 35, ofOptimum: (75 + 25) / 2, meanRegret: (0 + 20) / 2 })
    expect(one?.missesCut).toBeCloseTo((20 - 12.5) / 2)
    expect(base).toMatchObject({ meanHits: 35, meanRegret: (10 + 10) / 2, missesCut: 0 })
  })

  it('names the worst point against the baseline', () => {
    expect(one?.worst).toEqual({ difference: -10, point: points[1] })
    expect(two?.worst).toEqual({ difference: -10, point: points[0] })
  })

  it('compares with nothing where the baseline takes no part', () => {
    const [alone] = summarize(points, ['one'], 'base')
    expect(alone).toMatchObject({ meanRegret: 0, missesCut: Number.NaN, worst: undefined })
  })

  it('leaves out of the share points that give the optimum nothing, and of the cut those without a miss', () => {
    const odd = [
      ...points,
      point('c', { optimum: 0, base: 0, one: 0 }),
      point('d', { optimum: 100, base: 100, one: 90 }),
    ]
    const [, lone] = summarize(odd, ['base', 'one'], 'base')
    expect(lone?.ofOptimum).toBeCloseTo((75 + 25 + 90) / 3)
    expect(lone?.missesCut).toBeCloseTo((20 - 12.5 + 0) / 3)
  })
})

describe('simulate', () => {
  it('counts hits of every subject and of the optimum, by requests and by bytes', async () => {
    const builder = new TraceBuilder()
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) builder.add(key, key === 'a' ? 8 : 1)
    const subjects = allSubjects().filter(({ name }) => [baseline, 'default'].includes(name))
    const points = await simulate(builder.build('tiny'), { subjects, percents: [67, 100] })
    expect(points.map(({ capacity }) => capacity)).toEqual([2, 3])
    expect(points[0]?.hits).toMatchObject({ optimum: 100 / 3, [baseline]: 100 / 3 })
    expect(points[1]?.hits).toEqual({ optimum: 50, [baseline]: 50, default: 50 })
    expect(points[1]?.byteHits?.default).toBeCloseTo((100 * 17) / 27)
  })

  it('never has a cache of no entry', () => {
    expect([capacityOf(100, 0.1), capacityOf(2529, 20)]).toEqual([1, 506])
  })
})

describe('the shipped manifest', () => {
  it('tells synthetic and application-like traces by name', () => {
    const { isSynthetic, isApplication } = readManifest()
    expect([isSynthetic('lirs-loop'), isSynthetic('generated-churn'), isSynthetic('lirs-cpp')]).toEqual([
      true,
      true,
      false,
    ])
    expect([isApplication('corda-vault'), isApplication('lirs-loop')]).toEqual([true, false])
  })
})

describe('figures', () => {
  it('gives median and quartiles', () => {
    expect(spreadOf([4, 1, 3, 2, 5])).toEqual({
      least: 1,
      lowerQuartile: 2,
      median: 3,
      upperQuartile: 4,
      most: 5,
    })
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9)
    expect(spreadOf([]).median).toBeNaN()
  })

  it('writes tables', () => {
    expect(table(['', 'a'], [['x', '1']])).toBe('|  | a |\n|---|--:|\n| x | 1 |')
    expect([figure(1.005, 1), figure(undefined, 1), figure(Number.NaN, 1)]).toEqual(['1.0', '–', '–'])
    expect([signed(1, 1), signed(-1, 1), signed(-0.01, 1), signed(undefined, 1)]).toEqual([
      '+1.0',
      '−1.0',
      '0.0',
      '–',
    ])
    expect(grouped(1234567)).toBe('1 234 567')
  })
})

describe('the command of a report', () => {
  it('can be typed again, and names no folder of the machine', () => {
    const args = [['', 'data', 'traces'].join('/'), '--sizes', '0.5,2', '--scenarios', 'set new']
    expect(commandLine('hit-ratio', args)).toBe(
      'npm run bench -- hit-ratio …/traces --sizes 0.5,2 --scenarios "set new"',
    )
  })
})
