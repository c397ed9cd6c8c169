/**
 * The directory of a tier over its life: opened by the first call, again where it was lost, and again after a while where
 * the disk would not have it. Refusals that somebody has to see to, such as another owner, reject every call.
 */
import { isGreenlangError, notify, type Stamp } from '@greenlang/core'
import type { DiskState } from './disk-types.ts'
import type { DiskSettings } from './options.ts'
import type { OpenStore, StoreObserver } from './store/open-directory.ts'
import { openStore } from './store/open-store.ts'

export type OpeningObserver = Omit<StoreObserver, 'onEvent' | 'onLost' | 'onJournal'>

type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'opening'; readonly opening: Promise<OpenStore | undefined> }
  | { readonly kind: 'open'; readonly open: OpenStore }
  | { readonly kind: 'off'; readonly retryAt: number }

const firstRetryMs = 1_000
const slowestRetryMs = 30_000

export class Opening {
  readonly #settings: DiskSettings
  readonly #observer: OpeningObserver
  #state: State = { kind: 'closed' }
  /** What the journal said, known before the index is loaded. */
  #applied: Promise<Stamp | undefined> = Promise.resolve(undefined)
  #outage: { readonly since: number; readonly pauseMs: number } | undefined
  readonly #closing = new AbortController()
  #closingLost: Promise<void> = Promise.resolve()

  constructor(settings: DiskSettings, observer: OpeningObserver) {
    this.#settings = settings
    this.#observer = observer
  }

  get state(): DiskState {
    const { kind } = this.#state
    if (this.#state.kind !== 'open') return kind as Exclude<State['kind'], 'open'>
    return this.#state.open.store.health.condition.kind
  }

  /** What is open now. */
  get current(): OpenStore | undefined {
    return this.#state.kind === 'open' ? this.#state.open : undefined
  }

  /** `undefined` while the disk cannot be used. @throws DirectoryInUseError, UnsafeDirectoryError, MissingBindingError */
  open(): Promise<OpenStore | undefined> {
    const state = this.#state
    if (state.kind === 'open') return Promise.resolve(state.open)
    if (state.kind === 'opening') return state.opening
    if (state.kind === 'off' && this.#settings.clock.now() < state.retryAt) return Promise.resolve(undefined)
    const opening = this.#open()
    this.#state = { kind: 'opening', opening }
    return opening
  }

  /** Up to where the journal of the directory goes; it is told early, as loading a large index takes its time. */
  async applied(): Promise<Stamp | undefined> {
    const { current } = this
    if (current) return current.journal.read()
    const open = this.open()
    return Promise.race([this.#applied, open.then(opened => opened?.journal.read())])
  }

  /** Call when no operation is under way any more. */
  async close(): Promise<void> {
    this.#closing.abort()
    const open =
      this.#state.kind === 'opening' ? await this.#state.opening.catch(() => undefined) : this.current
    this.#state = { kind: 'closed' }
    await open?.close()
    await this.#closingLost
  }

  async #open(): Promise<OpenStore | undefined> {
    const { onEvent, name: tier, clock } = this.#settings
    let tellApplied = (_: Stamp | undefined): void => undefined
    this.#applied = new Promise(resolve => {
      tellApplied = resolve
    })
    try {
      await this.#closingLost
      let open: OpenStore | undefined
      open = await openStore(this.#settings, {
        ...this.#observer,
        onEvent,
        onJournal: tellApplied,
        onLost: () => open && this.#lose(open),
      })
      this.#state = { kind: 'open', open }
      const outage = this.#outage
      this.#outage = undefined
      if (outage) notify(onEvent, { type: 'recovered', tier, afterMs: clock.now() - outage.since })
      return open
    } catch (error) {
      this.#state = { kind: 'closed' }
      if (isGreenlangError(error)) throw error
      this.#turnOff(error)
      return undefined
    }
  }

  #turnOff(error: unknown): void {
    const { onEvent, name: tier, clock } = this.#settings
    const since = this.#outage?.since ?? clock.now()
    const pauseMs = Math.min(2 * (this.#outage?.pauseMs ?? firstRetryMs / 2), slowestRetryMs)
    if (!this.#outage) notify(onEvent, { type: 'degraded', tier, state: 'off', error })
    this.#outage = { since, pauseMs }
    this.#state = { kind: 'off', retryAt: clock.now() + pauseMs }
    this.#observer.onFailure(error)
    const retry = () => {
      if (this.#state.kind === 'off') this.open().catch(() => undefined)
    }
    clock.sleep(pauseMs, { signal: this.#closing.signal, ref: false }).then(retry, () => undefined)
  }

  /** The directory was removed: what was in it is gone, and the next call makes it anew. */
  #lose(open: OpenStore): void {
    if (this.#state.kind !== 'open' || this.#state.open !== open) return
    this.#state = { kind: 'closed' }
    this.#closingLost = open.close().catch(error => this.#observer.onFailure(error))
  }
}
