/** The way of one worker to Redis, and what can befall it. Connections that subscribe are told from the others by what they send. */
import { faultProxy } from '@greenlang/testkit'
import type { RedisPlace } from './subject.ts'

export interface Line {
  /** Where the worker connects to. */
  readonly place: RedisPlace
  /** From now on subscribers hear nothing, and every connection stays. */
  deafen(): void
  /** Subscribers hear again. */
  listen(): void
  /** From now on calls go out and no reply comes, except to subscribers. */
  mute(): void
  /** From now on nothing is taken from the server for subscribers: it has to keep what it sends them. */
  clog(): void
  /** Everything comes so much later, in both directions. */
  slow(baseMs: number, jitterMs: number): void
  /** Connections are reset, and new ones refused. */
  cut(): Promise<void>
  /** The connections of now carry nothing any more, and neither end is told; new ones are as ever. */
  forget(): void
  /** All is as ever again, but for what was forgotten or thrown away. */
  heal(): Promise<void>
  close(): Promise<void>
}

const subscribers = { label: 'subscriber', direction: 'down' } as const

/** @param random Numbers in [0, 1), for jitter. */
export async function openLine(target: RedisPlace, random: () => number): Promise<Line> {
  const classify = (chunk: Buffer) =>
    /\bs?subscribe\r/i.test(chunk.toString('latin1')) ? subscribers.label : undefined
  const proxy = await faultProxy({ to: { host: target.host, port: target.port }, classify, random })
  return {
    place: { ...target, host: proxy.host, port: proxy.port },
    deafen: () => proxy.set({ dropped: true }, subscribers),
    listen: () => proxy.set({ dropped: false }, subscribers),
    mute: () =>
      proxy.set({ dropped: true }, { direction: 'down', match: ({ label }) => label !== subscribers.label }),
    clog: () => proxy.set({ held: true }, subscribers),
    slow: (delayMs, jitterMs) => proxy.set({ delayMs, jitterMs }),
    async cut() {
      await proxy.refuse()
      proxy.resetAll()
    },
    forget: () => void proxy.forget(),
    async heal() {
      proxy.heal()
      if (!proxy.accepting) await proxy.accept()
    },
    close: () => proxy.close(),
  }
}
