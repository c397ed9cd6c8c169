import { describe, expect, it } from '@jest/globals'
import { type Direction, fakeClock, seededRandom } from '../src/index.ts'
import { inLab, type Link, settle, until } from './support/proxied.ts'

/** The two ends of a link, in the sense of a direction. */
const along = ({ client, server }: Link, direction: Direction) =>
  direction === 'up' ? { from: client, to: server } : { from: server, to: client }

describe.each(['up', 'down'] as const)('faults %s', direction => {
  const other = direction === 'up' ? 'down' : 'up'

  it('delayMs holds bytes and the end back by the clock, and healing lets them go', async () => {
    const clock = fakeClock()
    const body = async ({ proxy, link }: Parameters<Parameters<typeof inLab>[0]>[0]) => {
      const made = await link()
      const { from, to } = along(made, direction)
      const back = along(made, other)
      proxy.set({ delayMs: 100 }, { direction })
      from.socket.write('late')
      back.from.socket.write('now')
      await until(() => clock.waiting === 1 && back.to.text() === 'now', 'one waits, the other is there')
      await clock.advance(99)
      await settle()
      expect(to.text()).toBe('')
      await clock.advance(1)
      await until(() => to.text() === 'late', 'the delay is over')
      from.socket.end('r')
      await until(() => made.through[direction].bytesWaiting === 1, 'it waits')
      proxy.heal()
      await until(() => to.text() === 'later' && to.ended, 'it is healed')
    }
    await inLab(body, { clock })
  })

  it('keeps the order with jitter', async () => {
    const seed = 11
    const body = async ({ proxy, link }: Parameters<Parameters<typeof inLab>[0]>[0]) => {
      const made = await link()
      const { from, to } = along(made, direction)
      proxy.set({ delayMs: 5, jitterMs: 5 }, { direction })
      let sent = ''
      for (let word = 0; word < 100; word += 1) {
        from.socket.write(`${word},`)
        sent += `${word},`
        await new Promise(resolve => setImmediate(resolve))
      }
      from.socket.end()
      await until(() => to.ended, `all is there (seed ${seed})`)
      expect(to.text()).toBe(sent)
    }
    await inLab(body, { random: seededRandom(seed) })
  })

  it('dropped loses bytes and keeps the connection; an end waits until it is over', () =>
    inLab(async ({ proxy, link }) => {
      const made = await link()
      const { from, to } = along(made, direction)
      proxy.set({ dropped: true }, { direction })
      from.socket.end('lost')
      await until(() => made.through[direction].bytesIn === 4, 'the bytes came in')
      await settle()
      expect([to.text(), to.ended, to.closed]).toEqual(['', false, false])
      along(made, other).from.socket.write('back')
      await until(() => from.text() === 'back', 'the other direction works')
      proxy.set({ dropped: false })
      await until(() => to.ended, 'the end comes through')
      expect([to.text(), made.through[direction].bytesOut]).toEqual(['', 0])
    }))

  it('dropped loses what is held as well', () =>
    inLab(async ({ proxy, link }) => {
      const made = await link()
      const { from, to } = along(made, direction)
      proxy.set({ held: true }, { direction })
      from.socket.write('lost')
      await until(() => made.through[direction].bytesWaiting === 4, 'it waits')
      proxy.set({ dropped: true }, { direction })
      expect(made.through[direction].bytesWaiting).toBe(0)
      proxy.heal()
      from.socket.write('kept')
      await until(() => to.text() === 'kept', 'what came after is there')
    }))

  it('held makes bytes wait, slows the sender down, and loses nothing', () =>
    inLab(async ({ proxy, link }) => {
      const made = await link()
      const { from, to } = along(made, direction)
      proxy.set({ held: true }, { direction })
      const size = 24 * 2 ** 20
      from.socket.write(Buffer.alloc(size, 7))
      await until(() => made.through[direction].bytesWaiting > 2 ** 20, 'it is full')
      await settle()
      expect(made.through[direction].bytesWaiting).toBeLessThan(2 ** 21)
      expect(from.socket.writableLength).toBeGreaterThan(0)
      expect(to.text()).toBe('')
      proxy.set({ held: false })
      await until(() => made.through[direction].bytesOut === size, 'all went on')
      const received = () => to.chunks.reduce((sum, { length }) => sum + length, 0)
      await until(() => received() === size, 'all is there')
    }))

  it('sliceBytes writes that much at once', () =>
    inLab(async ({ proxy, link }) => {
      const made = await link()
      const { from, to } = along(made, direction)
      proxy.set({ sliceBytes: 1 }, { direction })
      from.socket.write('in slices')
      await until(() => to.text() === 'in slices', 'all is there')
      // The system may join two that the reader has not looked for in between.
      expect(to.chunks.length).toBeGreaterThan(3)
      proxy.heal()
      to.chunks.length = 0
      from.socket.write('at once')
      await until(() => to.text() === 'at once', 'all is there')
      expect(to.chunks.length).toBe(1)
    }))

  const offsets = Array.from({ length: 8 }, (_, offset) => offset)
  it.each(offsets)('limitBytes %i lets exactly so many through, then resets or ends both sides', offset =>
    inLab(async ({ proxy, link }) => {
      for (const atLimit of ['reset', 'end'] as const) {
        const made = await link()
        const { from, to } = along(made, direction)
        from.socket.write('before ')
        await until(() => to.text() === 'before ', 'it works')
        proxy.set({ limitBytes: offset, atLimit }, { direction })
        from.socket.write('+PONG\r\n')
        const over = atLimit === 'end' ? () => to.ended && from.ended : () => to.closed && from.closed
        await until(over, 'both sides know')
        expect(to.text()).toBe(`before ${'+PONG\r\n'.slice(0, offset)}`)
        const failure = atLimit === 'reset' ? 'ECONNRESET' : undefined
        expect([to.failure, from.failure]).toEqual([failure, failure])
        expect(made.through[direction].bytesOut).toBe(7 + offset)
        proxy.heal()
      }
    }),
  )

  it('limitBytes counts for connections yet to come from their start', () =>
    inLab(async ({ proxy, link }) => {
      proxy.set({ limitBytes: 3, sliceBytes: 2 }, { direction })
      for (let time = 0; time < 2; time += 1) {
        const { from, to } = along(await link(), direction)
        from.socket.write('123')
        await until(() => to.failure === 'ECONNRESET', 'the limit is reached')
        expect(to.text()).toBe('123')
      }
    }))

  it('the end of one side leaves the other open', () =>
    inLab(async ({ link }) => {
      const made = await link()
      const { from, to } = along(made, direction)
      from.socket.end('last words')
      await until(() => to.ended, 'the end came through')
      to.socket.write('answer')
      await until(() => from.text() === 'answer', 'the answer came through')
      expect([to.text(), from.ended]).toEqual(['last words', false])
    }))

  it('a reset of one side is a reset of the other, in its turn', () =>
    inLab(async ({ proxy, link }) => {
      const made = await link()
      const { from, to } = along(made, direction)
      proxy.set({ held: true }, { direction })
      from.socket.write('first')
      await until(() => made.through[direction].bytesWaiting === 5, 'it waits')
      from.socket.resetAndDestroy()
      await settle()
      expect([to.text(), to.closed]).toEqual(['', false])
      proxy.heal()
      await until(() => to.closed, 'it came through')
      expect([to.text(), to.failure]).toEqual(['first', 'ECONNRESET'])
      await until(() => proxy.connections.length === 0, 'nothing is left of it')
    }))
})
