import { dirname } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { repositorySources, tidy } from '../scripts/tidy.ts'

const root = dirname(import.meta.dirname)
const inSource = 'packages/cache-l1/src/memory-tier.ts'
const inTest = 'packages/cache-l1/test/memory-tier.test.ts'
const lines = (count: number, line = 'call()') => `${line}\n`.repeat(count)

/** As if the package exported these names. */
const index = {
  path: 'packages/cache-l1/src/index.ts',
  text: "export { type LoadOptions, Lru, LruError, type PoolConfig, type TierOptions } from './memory-tier.ts'\n",
}
const small = { path: 'packages/cache-l1/src/small.ts', text: 'call()\n' }
const faultsOf = (source: { path: string; text: string }) => tidy([index, small, source])

interface Example {
  rule: string
  path?: string
  bad: string
  fault: string
  good: string
  /** Where the bad snippet is allowed. */
  allowedIn?: string
}

const use = {
  test: 'make the test pass, or delete it',
  sleep: 'sleeping in a test is banned: use fakeClock(), an event, or until() with a deadline',
  path: 'a path of one machine: use a relative path or a temp directory',
}

const sizes: Example[] = [
  {
    rule: 'file length',
    bad: lines(301),
    fault: '301 lines, at most 300: move one idea to a file of its own',
    good: lines(300),
    allowedIn: inTest,
  },
  {
    rule: 'function length',
    bad: `function long() {\n${lines(69)}}`,
    fault: 'a function of 71 lines, at most 70: name its parts',
    good: `function long() {\n${lines(68)}}`,
  },
  {
    rule: 'function length in a test',
    path: inTest,
    bad: `it('is long', () => {\n${lines(69)}})`,
    fault: 'a function of 71 lines, at most 70: name its parts',
    good: `describe('is long', () => {\n${lines(69)}})`,
  },
  {
    rule: 'positional parameters',
    bad: 'const f = (a: 1, b: 2, c: 3, d: 4, e: 5) => a',
    fault: '5 positional parameters, at most 4: take an object',
    good: 'const f = (a: 1, b: 2, c: 3, d: 4) => a',
  },
]

const options: Example[] = [
  {
    rule: 'option without a doc comment',
    bad: 'export interface TierOptions {\n name: string }',
    fault: 'option name has no doc comment: say what, range, unit and default',
    good: 'export interface TierOptions {\n /** Label in events. */\n name: string }',
  },
  {
    rule: 'option without a default',
    bad: 'export type TierOptions = {\n /** Label in events. */\n name?: string } & { absent?: never }',
    fault: 'option name states no default: write "Default …" in its doc comment',
    good: 'export type TierOptions = {\n /** Label in events. Default `memory`. */\n name?: string }',
  },
  {
    rule: 'number option without a unit',
    bad: 'export interface PoolConfig {\n /** The limit. */\n limit: number }',
    fault: 'option limit is a number without a unit: use Duration or ByteSize, or name the unit',
    good: 'export interface PoolConfig {\n /** A. */\n limitMs: number\n /** Most connections. */\n max: number }',
  },
  {
    rule: 'option inside an option',
    bad: 'export interface LoadOptions {\n /** Two limits. */\n timeouts: { soft: Duration } }',
    fault: 'option soft has no doc comment: say what, range, unit and default',
    good: 'interface InnerOptions { timeouts?: { soft: Duration } }',
  },
]

const time: Example[] = [
  ['Date.now()', 'clock.now()'],
  ['new Date()', 'clock.now()'],
  ['performance.now()', 'clock.now()'],
  ['setTimeout()', 'clock.sleep(ms, { signal })', 'setTimeout(call, 5)'],
  ['setInterval()', 'a loop over clock.sleep(ms, { signal })', 'globalThis.setInterval(call, 5)'],
].map(([what, instead, bad]) => ({
  rule: `${what} outside core/src/clock.ts`,
  bad: bad ?? `const at = ${what}`,
  fault: `${what} is banned: use ${instead} of Clock`,
  good: 'const at = clock.now() + new Date(0).getTime()',
  allowedIn: 'packages/core/src/clock.ts',
}))

const forms: Example[] = [
  {
    rule: 'instanceof an error',
    bad: 'if (error instanceof TypeError) call()',
    fault: 'instanceof TypeError is banned: use isGreenlangError(error, code), error.code or util.types',
    good: "if (isGreenlangError(error, 'CLOSED')) call()",
    allowedIn: inTest,
  },
  {
    rule: 'instanceof a built-in',
    bad: 'if (value instanceof Uint8Array) call()',
    fault: 'instanceof Uint8Array is banned: use util.types, Array.isArray or the members you need',
    good: 'if (types.isUint8Array(value) || value instanceof Own) call()',
    allowedIn: inTest,
  },
  {
    rule: 'console',
    bad: 'console.warn(1)',
    fault: 'console.warn is banned: send an event to the observer',
    good: "observer({ type: 'join' })",
    allowedIn: 'tools/demo/src/main.ts',
  },
  {
    rule: 'default export of a value',
    bad: 'export default 1',
    fault: 'export default is banned: export it by name',
    good: 'export const one = 1',
    allowedIn: inTest,
  },
  {
    rule: 'default export of a function',
    bad: 'export default function one() {}',
    fault: 'export default is banned: export it by name',
    good: 'export function one() {}',
  },
  {
    rule: 'export *',
    bad: "export * from './lru.ts'",
    fault: 'export * is banned: list the exports by hand',
    good: "export { lru } from './lru.ts'",
  },
  {
    rule: 'exported class',
    bad: 'export class Lru {}',
    fault: 'exported class Lru is banned: export a factory and an interface',
    good: 'export class Inner {}\nexport class LruError extends GreenlangError {}',
  },
]

const tests: Example[] = [
  ...["it.skip('a', f)", "describe.only('a', f)", "it.todo('a')", "runner.it.skip('a', f)"].map(bad => ({
    rule: bad,
    path: inTest,
    bad,
    fault: `${bad.slice(0, bad.indexOf('('))} is banned: ${use.test}`,
    good: "it('a', f)\nit.each([1])('b', f)",
  })),
  {
    rule: 'xit',
    path: inTest,
    bad: "xit('a', f)",
    fault: `xit is banned: ${use.test}`,
    good: "it('a', f)",
  },
  {
    rule: 'retries',
    path: inTest,
    bad: 'jest.retryTimes(3)',
    fault: 'jest.retryTimes is banned: find why it fails at times',
    good: 'jest.setTimeout(3)',
  },
  {
    rule: 'sleep by hand',
    path: inTest,
    bad: 'await new Promise(resolve => setTimeout(resolve, 50))',
    fault: use.sleep,
    good: 'async function until() { await new Promise(resolve => setTimeout(resolve, 5)) }',
  },
  {
    rule: 'sleep of node:timers/promises',
    path: inTest,
    bad: 'await setTimeout(50)',
    fault: use.sleep,
    good: 'async function until() { await setTimeout(5) }',
  },
  {
    rule: 'sleep of the real clock',
    path: inTest,
    bad: 'await systemClock.sleep(50)',
    fault: use.sleep,
    good: 'await clock.advance(50)\nsetTimeout(() => abort.abort(), 50)',
    allowedIn: 'packages/core/test/clock.test.ts',
  },
]

const unfinished = ['TO', 'DO'].join('')
const texts: Example[] = [
  {
    rule: 'unfinished code',
    bad: `call() // ${unfinished} later`,
    fault: `${unfinished} is banned: finish it, or open an issue and do not export it`,
    good: `call('// ${unfinished} in a string') // a comment`,
  },
  {
    rule: 'unfinished SQL',
    path: 'migrations/workflow/0001.sql',
    bad: `select 1 -- ${unfinished} later`,
    fault: `${unfinished} is banned: finish it, or open an issue and do not export it`,
    good: 'select 1 -- why',
  },
  ...['@ts-ignore', '@ts-nocheck', 'biome-ignore'].map(word => ({
    rule: word,
    bad: `// ${word}\ncall()`,
    fault: `${word} is banned: change the code until the check agrees`,
    good: '// why\ncall()',
  })),
  {
    rule: 'a path of one machine',
    path: 'docs/guide.md',
    bad: `see ${['', 'home', 'ada', 'greenlang'].join('/')}`,
    fault: use.path,
    good: 'see ./packages/core and https://example.org/work/it',
  },
  {
    rule: 'the host of a registry',
    path: '.npmrc',
    bad: `x=https://${['registry', 'npmjs', 'org'].join('.')}/`,
    fault: 'the host of a registry: name the package, npm knows where',
    good: 'fund=false # this.registry.metrics',
  },
]

const groups = { sizes, options, time, forms, tests, texts }

describe.each(Object.entries(groups))('tidy rules: %s', (_group, examples) => {
  it.each(examples)('$rule: a bad snippet yields its fault', ({ path = inSource, bad, fault }) => {
    const messages = faultsOf({ path, text: bad }).map(line => line.slice(line.indexOf(' ') + 1))
    expect(messages).toEqual([fault])
  })

  it.each(examples)('$rule: a good snippet yields nothing', ({ path = inSource, bad, good, allowedIn }) => {
    expect(faultsOf({ path, text: good })).toEqual([])
    if (allowedIn) expect(faultsOf({ path: allowedIn, text: bad })).toEqual([])
  })
})

describe('tidy', () => {
  it('reports the line of a fault', () => {
    const text = 'call()\n\nconst at = Date.now()\n'
    expect(faultsOf({ path: inSource, text })).toEqual([
      `${inSource}:3 Date.now() is banned: use clock.now() of Clock`,
    ])
  })

  it('wants a median file of at most 100 lines in each package', () => {
    const sources = [90, 101, 150].map((count, index) => ({
      path: `packages/cache-l1/src/${index}.ts`,
      text: lines(count),
    }))
    expect(tidy(sources)).toEqual([
      'packages/cache-l1 median file has 101 lines, at most 100: one idea a file',
    ])
    expect(tidy([{ path: 'packages/core/src/a.ts', text: lines(100) }])).toEqual([])
  })

  it('finds no fault in this repository', () => {
    const sources = repositorySources(root)
    expect(sources.length).toBeGreaterThan(50)
    expect(tidy(sources)).toEqual([])
  })
})
