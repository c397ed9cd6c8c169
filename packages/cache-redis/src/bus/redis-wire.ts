/** The wire of a bus over one Redis: the record behind a script, frames and beats over channels. */
import type { Invalidation, Rule, Rules, Stamp } from '@greenlang/core'
import type { BusReceiver, BusWire, Replay, Standing, WireFrame } from '@greenlang/core/coherence'
import { openBusLink } from '../connect/open-link.ts'
import { BusCalls } from './calls.ts'
import { frameEnd, readBeat, readFrame } from './messages.ts'
import { type BusNames, busNames, tagField } from './names.ts'
import type { CheckedBusOptions } from './options.ts'
import { modeText, pageOf, recordedAt, rulesOf, stampOf, targetText } from './replies.ts'
import { busScript } from './script.ts'

/** Frames asked for in one call: a millisecond of Redis. */
const framesPerPage = 500
/** Beats that are not answered. With fewer a slow Redis would go without, and who is asked more proves no more. */
const mostBeats = 2
/** Beats whose message may still come. */
const mostAwaited = 8

export interface BusTraffic {
  /** Calls to Redis that failed or were given up. */
  readonly failures: number
  /** Messages on the channels that were not ours, or too large. */
  readonly dropped: number
}

export interface RedisWire extends BusWire {
  readonly traffic: BusTraffic
}

/** @param own Random text, not guessable by those who may publish on the channels. */
export function redisWire(options: CheckedBusOptions, own: string): RedisWire {
  return new ScriptedWire(options, busNames(options.scope, own))
}

class ScriptedWire implements RedisWire {
  readonly #options: CheckedBusOptions
  readonly #names: BusNames
  readonly #calls: BusCalls
  #receiver: BusReceiver | undefined
  /** Moments of the last beats: a message with another one was not asked for, and would prove what it pleases. */
  #awaited: readonly number[] = []
  #lastBeat: Promise<Stamp> | undefined
  #dropped = 0

  constructor(options: CheckedBusOptions, names: BusNames) {
    this.#options = options
    this.#names = names
    const link = openBusLink(options.source, {
      key: names.record,
      channels: [names.frames, names.beats],
      hear: (channel, message) => this.#hear(channel, message),
      connected: () => this.#connected(),
      scripts: [busScript],
    })
    this.#calls = new BusCalls(options, names, link)
  }

  get traffic(): BusTraffic {
    return { failures: this.#calls.failures, dropped: this.#dropped }
  }

  open(receiver: BusReceiver): void {
    this.#receiver = receiver
  }

  async close(): Promise<void> {
    this.#receiver = undefined
    await this.#calls.close()
  }

  record(standing: Standing, invalidation: Invalidation): Promise<Stamp> {
    const { maxStream } = this.#options
    const end = frameEnd(standing, JSON.stringify(invalidation))
    const args = [this.#names.frames, String(maxStream), end, ...this.#remembered(invalidation)]
    const isPlain = 'keys' in invalidation && standing.left.length === 0
    return this.#calls.call(isPlain ? 'tell' : 'record', standing, args, reply => recordedAt(reply, standing))
  }

  beat(standing: Standing, sentAt: number): Promise<Stamp> {
    if (this.#lastBeat && this.#calls.beats >= mostBeats) return this.#lastBeat
    this.#awaited = [...this.#awaited, sentAt].slice(-mostAwaited)
    this.#lastBeat = this.#calls.call('beat', standing, [this.#names.beats, String(sentAt)], stampOf)
    return this.#lastBeat
  }

  /** Page by page, until it is as far as the record was at the last of them. */
  async replay(standing: Standing, after: Stamp): Promise<Replay> {
    const frames: WireFrame[] = []
    for (let from = after; ; ) {
      const args = [from.history, String(from.sequence), String(framesPerPage)]
      const begin = from
      const page = await this.#calls.call('replay', standing, args, reply => pageOf(reply, begin))
      if (page.kind === 'lost') return page
      frames.push(...page.frames)
      from = page.frames.at(-1)?.stamp ?? from
      if (from.sequence >= page.known.sequence) return { ...page, frames }
      // Without a step this would go on for ever, and with so many frames it is cheaper to begin anew.
      if (page.frames.length === 0 || frames.length > this.#options.maxStream * 2)
        return { kind: 'lost', known: page.known }
    }
  }

  rules(standing: Standing, since: Stamp, tags: readonly string[]): Promise<Rules> {
    return this.#calls.call('rules', standing, tags.map(tagField), reply => rulesOf(reply, since, tags))
  }

  async retire(standing: Standing, { stamp, target }: Rule): Promise<void> {
    const args = [stamp.history, String(stamp.sequence), targetText(target)]
    await this.#calls.call('retire', standing, args, stampOf)
  }

  /** What of it the record keeps beside the frame. */
  #remembered(invalidation: Invalidation): readonly string[] {
    const mode = modeText(invalidation.mode)
    if ('tags' in invalidation)
      return ['t', mode, String(this.#options.maxTags), ...invalidation.tags.map(tagField)]
    return 'keys' in invalidation ? [''] : ['r', mode, targetText(invalidation)]
  }

  #connected(): void {
    this.#calls.subscribed()
    this.#receiver?.connected()
  }

  #hear(channel: string, message: string): void {
    const receiver = this.#receiver
    if (receiver === undefined) return
    if (channel === this.#names.frames) {
      const frame = readFrame(message)
      if (frame) receiver.frame(frame)
      else this.#dropped += 1
      return
    }
    const beat = channel === this.#names.beats ? readBeat(message) : undefined
    if (beat && this.#awaited.includes(beat.sentAt)) receiver.beat(beat.sentAt, beat.stamp)
    else this.#dropped += 1
  }
}
