/**
 * Loads of many keys as one call of a loader. The engine asks for each key by itself, and not all of them come to a load: some
 * are found, some are loaded by others. The loader is called once every key has come, or is known not to come now.
 * What comes later than that, because another's load was waited for in vain, is loaded with what else comes in that turn.
 */
import type { Entry } from '@greenlang/core'
import type { Load, LoadContext, Loaded } from '@greenlang/core/coherence'

export interface Wanted {
  readonly key: string
  readonly stale: Entry | undefined
  settle(loaded: Loaded | PromiseLike<Loaded>): void
  fail(error: unknown): void
}

/** Settles each of them. */
export type BatchLoad = (wanted: readonly [Wanted, ...Wanted[]], abandoned: AbortSignal) => void

export class LoadBatch {
  readonly #load: BatchLoad
  readonly #outstanding: Set<string>
  #wanted: (Wanted & { readonly signal: AbortSignal })[] = []
  #isFlushing = false

  constructor(keys: readonly string[], load: BatchLoad) {
    this.#outstanding = new Set(keys)
    this.#load = load
  }

  /** The key has to be loaded. */
  readonly loadOf =
    (key: string): Load =>
    ({ standIn: stale, signal }: LoadContext) =>
      new Promise<Loaded>((settle, fail) => {
        this.#wanted.push({ key, stale, settle, fail, signal })
        this.pass(key)
        if (this.#outstanding.size === 0) this.#flushSoon()
      })

  /** The key need not be loaded, or not now. */
  pass(key: string): void {
    if (this.#outstanding.delete(key) && this.#outstanding.size === 0) this.#flushSoon()
  }

  /** With those that come in the same turn. */
  #flushSoon(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    queueMicrotask(() => {
      this.#isFlushing = false
      const [first, ...rest] = this.#wanted
      this.#wanted = []
      if (first) this.#load([first, ...rest], allAborted([first, ...rest].map(({ signal }) => signal)))
    })
  }
}

/** Aborts when the last of them has. */
function allAborted(signals: readonly AbortSignal[]): AbortSignal {
  const all = new AbortController()
  let left = signals.length
  for (const signal of signals) {
    const leave = () => {
      left -= 1
      if (left === 0) all.abort(signal.reason)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  }
  return all.signal
}
