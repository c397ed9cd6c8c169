import type { BusReceiver, BusWire, Replay, Standing, WireFrame } from '../../src/coherence/index.ts'
import type { Invalidation, Rule, Rules, Stamp } from '../../src/index.ts'

export const someKeys: Invalidation = { mode: 'delete', keys: ['k'] }

/** A wire whose far end is the test: it answers from these fields, and brings frames and beats when it is told to. */
export class HandWire implements BusWire {
  history = 'h'
  sequence = 0
  stream: readonly WireFrame[] = []
  /** Frames up to here are not in the stream any more. */
  trimmed = 0
  /** Every call but `open` and `close` rejects. */
  down = false
  /** Replays wait for it. */
  gate: Promise<void> = Promise.resolve()
  receiver: BusReceiver | undefined
  closed = 0
  readonly standings: Standing[] = []
  readonly beats: number[] = []
  readonly replays: Stamp[] = []
  readonly retired: Rule[] = []

  open(receiver: BusReceiver): void {
    this.receiver = receiver
  }

  close(): void {
    this.closed += 1
  }

  async record(standing: Standing, invalidation: Invalidation): Promise<Stamp> {
    this.#answerTo(standing)
    return this.count(invalidation, standing.origin).stamp
  }

  async beat(standing: Standing, sentAt: number): Promise<Stamp> {
    this.beats.push(sentAt)
    this.#answerTo(standing)
    return this.stamp()
  }

  async replay(standing: Standing, after: Stamp): Promise<Replay> {
    this.replays.push(after)
    await this.gate
    this.#answerTo(standing)
    const known = this.stamp()
    if (after.history !== this.history || after.sequence < this.trimmed) return { kind: 'lost', known }
    return { kind: 'frames', frames: this.stream.filter(each => each.stamp.sequence > after.sequence), known }
  }

  async rules(standing: Standing, _since: Stamp, _tags: readonly string[]): Promise<Rules> {
    this.#answerTo(standing)
    return { known: this.stamp(), floor: 0, tags: new Map(), rules: [], retired: 0 }
  }

  async retire(standing: Standing, rule: Rule): Promise<void> {
    this.#answerTo(standing)
    this.retired.push(rule)
  }

  stamp(sequence = this.sequence): Stamp {
    return { history: this.history, sequence }
  }

  /** Counts one, and tells nobody. */
  count(invalidation = someKeys, origin = 'another'): WireFrame {
    this.sequence += 1
    const frame = { stamp: this.stamp(), invalidation, origin }
    this.stream = [...this.stream, frame]
    return frame
  }

  /** Brings the frame of this number. */
  bring(sequence = this.sequence): void {
    for (const frame of this.stream) if (frame.stamp.sequence === sequence) this.receiver?.frame(frame)
  }

  /** Brings the last beat that was asked for, as the server would send it now. */
  bringBeat(): void {
    this.receiver?.beat(this.beats.at(-1) ?? Number.NaN, this.stamp())
  }

  /** The record is lost, and another begins. */
  forget(history: string): void {
    this.history = history
    this.sequence = 0
    this.stream = []
  }

  #answerTo(standing: Standing): void {
    this.standings.push(standing)
    if (this.down) throw new Error('no answer')
  }
}
