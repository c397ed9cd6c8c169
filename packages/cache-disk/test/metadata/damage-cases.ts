/** Files that are not what was written: no wrong row, no crash, and an index that works afterwards. */
import {
  copyFile,
  lstat,
  mkdir,
  open,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestRunner } from '@greenlang/testkit'
import type { EntryRow, MetadataStore } from '../../src/metadata/metadata-store.ts'
import { isDamage, isRefusal } from '../../src/metadata/sqlite-errors.ts'
import type { Case, MetadataContext } from './metadata-contract.ts'
import { aRow, nameOf, rowsOf } from './rows.ts'

const facts = { place: 'ab:12', epoch: '7' }
/** The header of the file and of its first page. */
const firstCell = 112
/** A prime: the flips walk through all bits of all parts of all pages. */
const flipStride = 199

/** All fields differ from row to row, so that a mix of two rows is none of them. */
const written = Array.from({ length: 60 }, (_, index) =>
  aRow(`row ${index}`, {
    seq: 1_000 + index,
    size: 50_000 + index * 7,
    expiresAt: index % 4 === 0 ? Number.POSITIVE_INFINITY : 1_795_400_000_000 + index,
    invalidated: index % 3 === 0,
    vouch: index,
  }),
)
const checked = (row: EntryRow) =>
  [row.name, row.seq, row.size, row.expiresAt, row.invalidated, row.vouch].join()
const genuine = new Set(written.map(checked))

/** A closed index with `written` and `facts` in it. */
async function makeSound(context: MetadataContext): Promise<void> {
  const { store } = await context.open()
  await store.commit({ puts: written, facts })
  await store.close()
}

/** An index whose process was killed: what was committed is in its log. At a path of its own. */
async function makeKilled(context: MetadataContext): Promise<string> {
  await makeSound(context)
  const { store } = await context.open()
  await store.commit({ puts: [aRow('later')], removes: [nameOf('row 0')] })
  const copy = join(dirname(context.path), 'killed.sqlite')
  for (const suffix of ['', '-wal']) await copyFile(context.path + suffix, copy + suffix)
  await store.close()
  return copy
}

interface Outcome {
  readonly kept: number
  readonly replaced: string | undefined
  readonly leftOut: number
}

/** Opens what is at the path, checks that all it says is genuine or an error of damage, and that it can be written to. */
async function survive(
  context: MetadataContext,
  path: string,
  expect: TestRunner['expect'],
): Promise<Outcome> {
  const { store, replaced } = await context.open(path)
  try {
    const rows: EntryRow[] = []
    const leftOut = await damageOr(() => store.load(page => rows.push(...page)), 0)
    expect(rows.filter(row => !genuine.has(checked(row)))).toEqual([])
    expect(new Set(rows.map(row => row.name)).size).toBe(rows.length)
    const found = await damageOr(() => store.facts(), {})
    for (const [name, text] of Object.entries(found)) expect(facts[name as keyof typeof facts]).toBe(text)
    await damageOr(() => store.expired(Number.MAX_SAFE_INTEGER, 100), [])
    const committed = await damageOr(() => store.commit({ puts: [aRow('new')] }).then(() => true), false)
    if (replaced !== undefined) expect([rows.length, committed]).toEqual([0, true])
    return { kept: rows.length, replaced, leftOut }
  } finally {
    await store.close().catch(() => undefined)
  }
}

async function damageOr<R>(action: () => Promise<R>, otherwise: R): Promise<R> {
  try {
    return await action()
  } catch (error) {
    if (isDamage(error)) return otherwise
    throw error
  }
}

/** Flips a bit of each of these bytes, one at a time. @returns How many of the files were how good. */
async function flipEach(
  context: MetadataContext,
  expect: TestRunner['expect'],
  places: readonly number[],
): Promise<{ whole: number; leftOut: number; replaced: number }> {
  await makeSound(context)
  const sound = await readFile(context.path)
  const outcomes = { whole: 0, leftOut: 0, replaced: 0 }
  for (const at of places) {
    const bytes = Buffer.from(sound)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
    const { replaced, kept, leftOut } = await afterChange(context, expect, bytes)
    if (replaced !== undefined) outcomes.replaced += 1
    else if (kept === written.length) outcomes.whole += 1
    else if (leftOut > 0) outcomes.leftOut += 1
  }
  return outcomes
}

/** What becomes of an index of these bytes. */
async function afterChange(
  context: MetadataContext,
  expect: TestRunner['expect'],
  bytes: Buffer,
): Promise<Outcome> {
  const path = join(dirname(context.path), 'changed.sqlite')
  for (const suffix of ['', '-wal', '-journal']) await rm(path + suffix, { force: true })
  await writeFile(path, bytes)
  return survive(context, path, expect)
}

export const damageCases: Readonly<Record<string, Case>> = {
  'hands over no wrong row, whichever byte of the header is flipped': async (context, { expect }) => {
    const places = Array.from({ length: firstCell }, (_, at) => at)
    const { whole, replaced } = await flipEach(context, expect, places)
    expect([whole > 0, replaced > 0]).toEqual([true, true])
  },
  'hands over no wrong row, whichever byte of a page is flipped': async (context, { expect }) => {
    const places = Array.from({ length: 120 }, (_, index) => firstCell + index * flipStride)
    const { whole, leftOut, replaced } = await flipEach(context, expect, places)
    expect([whole > 0, leftOut > 0, replaced > 0]).toEqual([true, true, true])
  },
  'leaves out a row whose field was changed': async (context, { expect }) => {
    await makeSound(context)
    const bytes = await readFile(context.path)
    // A page may hold a stale copy of it.
    for (let at = bytes.indexOf('1007,50049,'); at >= 0; at = bytes.indexOf('1007,50049,'))
      bytes.write('1007,50048,', at, 'latin1')
    const { kept, leftOut, replaced } = await afterChange(context, expect, bytes)
    expect([kept, leftOut, replaced]).toEqual([written.length - 1, 1, undefined])
  },
  'leaves out a fact whose text was changed': async (context, { expect }) => {
    await makeSound(context)
    const bytes = await readFile(context.path)
    bytes.write('ab:13', bytes.indexOf('ab:12'), 'latin1')
    await writeFile(context.path, bytes)
    expect(await (await context.open()).store.facts()).toEqual({ epoch: '7' })
  },
  'survives any length it is cut to': async (context, { expect }) => {
    await makeSound(context)
    const sound = await readFile(context.path)
    for (let length = 0; length < sound.length; length += length < 128 ? 9 : 509) {
      const { replaced } = await afterChange(context, expect, sound.subarray(0, length))
      // SQLite takes the rest of a page that is cut for zeros: rows that lie there are left out.
      if (length <= sound.length - 4_096) expect([length, replaced !== undefined]).toEqual([length, true])
    }
  },
  'replaces what is zeroed, garbage, text or of zero length, and says so': async (context, { expect }) => {
    await makeSound(context)
    const { length } = await readFile(context.path)
    const fakes = [
      Buffer.alloc(length),
      Buffer.alloc(length, 0xa5),
      Buffer.from('not a database'.repeat(99)),
      Buffer.alloc(0),
      Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(length, 0x11)]),
    ]
    const reasons: unknown[] = []
    for (const bytes of fakes) reasons.push(typeof (await afterChange(context, expect, bytes)).replaced)
    expect(reasons).toEqual(fakes.map(() => 'string'))
  },
  'replaces an index of an older or a foreign schema': async (context, { expect }) => {
    for (const fixture of ['version-1.sqlite', 'foreign.sqlite']) {
      const bytes = await readFile(join(import.meta.dirname, 'fixtures', fixture))
      const { replaced } = await afterChange(context, expect, bytes)
      expect([fixture, replaced?.includes('schema')]).toEqual([fixture, true])
    }
  },
  'reads the log of a killed process': async (context, { expect }) => {
    const { store, replaced } = await context.open(await makeKilled(context))
    expect(replaced).toBe(undefined)
    const names = (await rowsOf(store)).map(row => row.name)
    expect([names.length, names.includes(nameOf('later')), names.includes(nameOf('row 0'))]).toEqual([
      60,
      true,
      false,
    ])
  },
  'goes back to the last checkpoint when the log is gone or garbage': async (context, { expect }) => {
    const killed = await makeKilled(context)
    await writeFile(`${killed}-wal`, Buffer.alloc(9_000, 0x5a))
    expect((await survive(context, killed, expect)).kept).toBe(written.length)
    const again = await makeKilled({
      ...context,
      path: `${context.path}2`,
      open: path => context.open(path ?? `${context.path}2`),
    })
    await rm(`${again}-wal`)
    expect((await survive(context, again, expect)).kept).toBe(written.length)
  },
  'hands over no wrong row, wherever the log is flipped or cut': async (context, { expect }) => {
    genuine.add(checked(aRow('later')))
    const killed = await makeKilled(context)
    const [main, log] = [await readFile(killed), await readFile(`${killed}-wal`)]
    const path = join(dirname(context.path), 'changed.sqlite')
    const tryLog = async (bytes: Buffer) => {
      for (const suffix of ['-wal', '-journal']) await rm(path + suffix, { force: true })
      await writeFile(path, main)
      await writeFile(`${path}-wal`, bytes)
      await survive(context, path, expect)
    }
    for (let at = 0; at < log.length; at += at < 56 ? 3 : 797) {
      const bytes = Buffer.from(log)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
      await tryLog(bytes)
    }
    for (let length = 0; length < log.length; length += 777) await tryLog(log.subarray(0, length))
  },
  'starts empty when only the log is left': async (context, { expect }) => {
    const killed = await makeKilled(context)
    await rm(killed)
    const { kept, replaced } = await survive(context, killed, expect)
    expect([kept, typeof replaced]).toEqual([0, 'string'])
  },
  'does not follow a link': async (context, { expect }) => {
    await makeSound(context)
    const before = await stat(context.path)
    const link = join(dirname(context.path), 'link.sqlite')
    await symlink(context.path, link)
    const failure = await context.open(link).catch(error => error)
    expect([failure.code, isRefusal(failure)]).toEqual(['SQLITE_CANTOPEN', true])
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect((await stat(context.path)).mtimeMs).toBe(before.mtimeMs)
  },
  'refuses a directory in its place, and leaves it': async (context, { expect }) => {
    await mkdir(context.path)
    const failure = await context.open().catch(error => error)
    expect(isDamage(failure)).toBe(false)
    expect((await stat(context.path)).isDirectory()).toBe(true)
  },
  'works on or rejects with an error of damage when the file is overwritten under it': async (
    context,
    { expect },
  ) => {
    await makeSound(context)
    const { store } = await context.open()
    const handle = await open(context.path, 'r+')
    const { size } = await handle.stat()
    await handle.write(Buffer.alloc(size - 4_096, 0xee), 0, size - 4_096, 4_096)
    await handle.close()
    await damageOr(() => store.commit({ puts: [aRow('new')] }), undefined)
    await damageOr(() => store.load(() => undefined), 0)
    await store.close().catch(() => undefined)
    genuine.add(checked(aRow('new')))
    await survive(context, context.path, expect)
  },
  'rejects with an error of damage when the file is cut under it': async (context, { expect }) => {
    const many = Array.from({ length: 40_000 }, (_, index) => aRow(`row ${index}`))
    const { store } = await context.open()
    await store.commit({ puts: many })
    await store.close()
    const reopened = await context.open()
    await truncate(context.path, 8_192)
    const failure = await firstFailure(reopened.store)
    expect([isDamage(failure), failure]).toEqual([true, failure])
  },
}

async function firstFailure(store: MetadataStore): Promise<unknown> {
  for (let round = 0; round < 100; round += 1) {
    const puts = Array.from({ length: 1_000 }, (_, index) => aRow(`${round}:${index}`))
    const failure = await store.commit({ puts }).then(
      () => undefined,
      error => error,
    )
    if (failure) return failure
  }
  return undefined
}
