/** Reads a source no faster than it is used, and does not wait for one that pauses while there is something to do. */
import { setImmediate } from 'node:timers/promises'
import type { WarmItem } from './warm-types.ts'

export type WarmSource = Iterable<WarmItem> | AsyncIterable<WarmItem>

export class SourceReader {
  readonly #iterator: Iterator<WarmItem> | AsyncIterator<WarmItem>
  readonly #stopped: Promise<void>
  #next: Promise<IteratorResult<WarmItem>> | undefined

  /** @param stopped Nothing is waited for from then on. */
  constructor(source: WarmSource, stopped: Promise<void>) {
    this.#iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
    this.#stopped = stopped
  }

  /**
   * So many items, or those that came before the source paused; at least one, or an empty list at its end.
   * Rejects with what the source throws.
   */
  async read(most: number): Promise<readonly WarmItem[]> {
    const items: WarmItem[] = []
    while (items.length < most) {
      this.#next ??= this.#ask()
      if (items.length > 0 && !(await this.#isThere(this.#next))) return items
      const step = await Promise.race([this.#next, this.#stopped])
      if (step === undefined || step.done) return items
      this.#next = undefined
      items.push(step.value)
    }
    return items
  }

  /** Lets the source end: what it holds open may be closed. It is not waited for. */
  end(): void {
    this.#next?.catch(() => undefined)
    Promise.resolve(this.#iterator.return?.()).catch(() => undefined)
  }

  async #ask(): Promise<IteratorResult<WarmItem>> {
    return this.#iterator.next()
  }

  async #isThere(next: Promise<unknown>): Promise<boolean> {
    return Promise.race([next.then(() => true), setImmediate(false)])
  }
}
