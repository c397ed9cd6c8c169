import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findTraces } from '../simulator/find-traces.ts'
import { trc1Reader } from '../simulator/format-binary.ts'
import { readTrace, sniff } from '../simulator/formats.ts'
import { TraceBuilder } from '../simulator/trace.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'greenlang-traces-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function trc1(numbers: readonly number[], claims: { requests?: number; unique?: number } = {}): Buffer {
  const { requests = numbers.length, unique = Math.max(...numbers) + 1 } = claims
  const bytes: number[] = []
  let before = 0
  for (const number of numbers) {
    const delta = number - before
    before = number
    let zigzag = delta < 0 ? -2 * delta - 1 : 2 * delta
    for (; zigzag >= 128; zigzag = Math.floor(zigzag / 128)) bytes.push((zigzag % 128) | 128)
    bytes.push(zigzag)
  }
  return Buffer.concat([Buffer.from('TRC1'), u32(requests), u32(unique), Buffer.from(bytes)])
}

function record(time: number, key: bigint, size: number, next: bigint): Buffer {
  const bytes = Buffer.alloc(24)
  bytes.writeUInt32LE(time, 0)
  bytes.writeBigUInt64LE(key, 4)
  bytes.writeUInt32LE(size, 12)
  bytes.writeBigInt64LE(next, 16)
  return bytes
}

const manyNumbers = [...Array.from({ length: 300 }, (_, index) => index), 0, 299, 5]

describe('formats', () => {
  it('reads TRC1, and the sizes beside it', async () => {
    const path = file('one.trc.gz', gzipSync(trc1(manyNumbers)))
    const sizes = manyNumbers.slice(0, 300).map(number => u32(number * 3))
    file('one.sizes.gz', gzipSync(Buffer.concat(sizes)))
    const [found] = findTraces([path])
    const trace = await readTrace(path, { sizes: found?.sizes ?? '' })
    expect({ name: trace.name, unique: trace.unique }).toEqual({ name: 'one', unique: 300 })
    expect([...trace.requests]).toEqual(manyNumbers)
    expect(trace.sizes?.[299]).toBe(897)
  })

  it('reads TRC1 in pieces that end anywhere', () => {
    const builder = new TraceBuilder()
    const reader = trc1Reader(builder)
    for (const byte of trc1(manyNumbers)) reader.push(Buffer.of(byte))
    reader.end()
    expect([...builder.build('x').requests]).toEqual(manyNumbers)
  })

  it('expands the blocks of ARC', async () => {
    const trace = await readTrace(file('a.lis', '10 3 0 0\n\n11 2 0 1\n'))
    expect([...trace.requests]).toEqual([0, 1, 2, 1, 2])
  })

  it('reads LIRS, marks left out', async () => {
    const trace = await readTrace(file('l.trace.gz', gzipSync('*\n7\n9\n7\n*\n')))
    expect([...trace.requests]).toEqual([0, 1, 0])
  })

  it('reads oracleGeneral, with keys no double can hold', async () => {
    const far = 2n ** 63n
    const records = [record(1, far, 10, 3n), record(2, far + 1n, 20, -1n), record(2, far, 10, -1n)]
    const trace = await readTrace(file('o.oracleGeneral', Buffer.concat(records)))
    expect([...trace.requests]).toEqual([0, 1, 0])
    expect([...(trace.sizes ?? [])]).toEqual([10, 20])
  })

  it('reads csv by its head, or by columns', async () => {
    const headed = await readTrace(file('c.csv', '# time, obj_size, obj_id\n1, 5, a\n2, 6, b\n3, 5, a\n'))
    expect([[...headed.requests], [...(headed.sizes ?? [])]]).toEqual([
      [0, 1, 0],
      [5, 6],
    ])
    const path = file('d.csv', 'x;1;9\ny;1;9\nx;1;9\n')
    const bare = await readTrace(path, { delimiter: ';', keyColumn: 1 })
    expect([[...bare.requests], bare.sizes]).toEqual([[0, 1, 0], undefined])
  })

  it('reads keys that are text, one a line', async () => {
    const trace = await readTrace(file('t.txt', 'user:1\nuser:2\nuser:1'))
    expect([...trace.requests]).toEqual([0, 1, 0])
  })

  it('stops at the limit', async () => {
    const path = file('long.trc', trc1(manyNumbers))
    const trace = await readTrace(path, { limit: 5 })
    expect([trace.requests.length, trace.unique]).toEqual([5, 5])
  })
})

describe('sniffing', () => {
  it.each([
    ['a.data', '1 1 0 0\n2 2 0 1\n', 'arc'],
    ['b.data', '12\n13\n', 'lirs'],
    ['c.data', '1,2,3\n', 'csv'],
    ['d.data', 'user:1\n', 'txt'],
    ['e.data', trc1([0, 1]), 'trc1'],
    ['f.data', Buffer.concat([record(0, 1n, 1, 1n), record(0, 1n, 1, -1n)]), 'oracle-general'],
  ])('%s by its content', async (name, content, expected) => {
    expect(await sniff(file(name, content))).toBe(expected)
  })
})

describe('a bad file gives one line', () => {
  it.each([
    ['cut.trc', trc1(manyNumbers).subarray(0, 40), /cut\.trc says 303 requests of 300 keys and has 28 of 28/],
    ['gap.trc', trc1([0, 2]), /gap\.trc key 2 out of turn at request 2/],
    ['short.trc', Buffer.from('TRC1'), /short\.trc is shorter than its header/],
    ['empty.txt', '', /empty\.txt is empty/],
    ['words.lirs', '1\nx\n', /words\.lirs line 2 is not a block number: "x"/],
    ['words.arc', '1 2\nx y z a\n', /words\.arc line 2 is not "start count ignored sequence"/],
    ['noise.data', Buffer.from([255, 1, 2, 3]), /noise\.data is in no format known here/],
    ['odd.oracleGeneral', Buffer.alloc(25), /odd\.oracleGeneral has 1 bytes too many/],
    ['cut.trc.gz', gzipSync(trc1(manyNumbers)).subarray(0, 30), /cut\.trc\.gz is damaged or cut short/],
    [
      'z.trc.zst',
      Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 1, 2),
      /z\.trc\.zst is (?:packed by zstd, which|damaged)/,
    ],
    ['hole.csv', 'id,size\n1,2\n3\n', /hole\.csv line 3 lacks its key or size/],
  ])('%s', async (name, content, expected) => {
    const reading = readTrace(file(name, content))
    await expect(reading).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(expected),
    })
  })

  it('a file that is not there', async () => {
    await expect(readTrace(join(folder, 'nowhere'))).rejects.toThrow('nowhere is not there')
    expect(() => findTraces([join(folder, 'nowhere')])).toThrow('nowhere is not there')
  })
})

describe('findTraces', () => {
  it('takes from a folder what is named as a trace', () => {
    const names = findTraces([folder]).map(({ path }) => path.slice(folder.length + 1))
    expect(names).toContain('one.trc.gz')
    expect(names).not.toContain('one.sizes.gz')
    expect(names).not.toContain('a.data')
  })
})
