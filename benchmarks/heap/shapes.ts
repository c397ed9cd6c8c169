/** Values that a byte bound must weigh: each is new, and shares nothing with another one. */
type Make = (index: number) => NonNullable<unknown>

const row = (index: number) => ({
  id: index,
  name: `workflow ${index}`,
  owner: `owner-${index}@example.org`,
  active: index % 2 === 0,
  score: index + 0.5,
})

/** Flat text of `length` characters, as a parser gives it. */
function text(index: number, length: number, filler: string): string {
  const encoding = filler.charCodeAt(0) > 0xff ? 'utf16le' : 'latin1'
  return Buffer.from(`${index}`.padEnd(length, filler), encoding).toString(encoding)
}

export const shapes: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['5-field object', row],
  ['200 ASCII characters', index => text(index, 200, 'a')],
  ['200 characters beyond Latin-1', index => text(index, 200, 'ж')],
  ['50 doubles', index => Array.from({ length: 50 }, (_, at) => Math.sqrt(50 * index + at))],
  ['1 kB Buffer', index => Buffer.alloc(1024, index)],
  ['10 nested rows', index => ({ rows: Array.from({ length: 10 }, (_, at) => row(10 * index + at)) })],
])
