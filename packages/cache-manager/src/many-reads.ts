/** `getOrSetMany`: each key goes its own way through the tiers, and those that come to a load are loaded together. */
import { type Entry, InvalidArgumentError } from '@greenlang/core'
import type { Answer, Engine, Loaded, Missed } from '@greenlang/core/coherence'
import { checkNames, isMapLike } from './arguments.ts'
import type { CacheParts } from './cache-parts.ts'
import { PartialLoadError } from './error.ts'
import { LoadBatch, type Wanted } from './load-batch.ts'
import type { LoadSettings } from './load-settings.ts'
import type { LoadOptions, ManyLoader } from './load-types.ts'
import { ToldMany } from './many-context.ts'
import type { Reads } from './reads.ts'

interface Request {
  readonly loadMany: ManyLoader<unknown>
  readonly options: LoadOptions | undefined
}

interface Left {
  readonly key: string
  readonly missed: Missed | undefined
}

export class ManyReads {
  readonly #parts: CacheParts
  readonly #reads: Reads

  constructor(parts: CacheParts, reads: Reads) {
    this.#parts = parts
    this.#reads = reads
  }

  async getOrSetMany(keys: readonly string[], request: Request): Promise<ReadonlyMap<string, unknown>> {
    const parts = this.#parts
    parts.assertOpen()
    const wanted = [...new Set(checkNames('keys', keys))]
    if (typeof request.loadMany !== 'function')
      throw new InvalidArgumentError('loadMany', 'a function', request.loadMany)
    const engine = parts.engine ?? (await parts.started)
    const values = new Map<string, unknown>(wanted.map(key => [key, undefined]))
    const left: Left[] = []
    const due: Held[] = []
    for (const key of wanted) {
      const found = this.#reads.look(engine, key, request.options)
      if (found === undefined || 'standIns' in found) left.push({ key, missed: found })
      else {
        values.set(key, found.value)
        if (this.#reads.isDue(key, found, request.options)) due.push({ key, found })
      }
    }
    const settings = this.#reads.settings(request.options)
    // Nobody waits for these.
    if (due.length > 0) void this.#renewAll(engine, due, { ...request, settings })
    if (left.length > 0) collect(left, await this.#askAll(engine, left, { ...request, settings }), values)
    for (const [key, value] of values) if (value === undefined) values.delete(key)
    return values
  }

  #batch(keys: readonly { readonly key: string }[], { loadMany, settings }: Asking): LoadBatch {
    return new LoadBatch(
      keys.map(({ key }) => key),
      (wanted, abandoned) => void this.#load(wanted, { loadMany, settings, abandoned }),
    )
  }

  #renewAll(engine: Engine, due: readonly Held[], asking: Asking) {
    const { settings } = asking
    const batch = this.#batch(due, asking)
    return Promise.all(
      due.map(async ({ key, found }) => {
        const load = this.#parts.loads.throttled(key, settings, batch.loadOf(key))
        await this.#reads.renew(engine, { key, load, settings }, found)
        batch.pass(key)
      }),
    )
  }

  #askAll(engine: Engine, left: readonly Left[], asking: Asking) {
    const { settings } = asking
    const batch = this.#batch(left, asking)
    return Promise.allSettled(
      left.map(async ({ key, missed }) => {
        const load = this.#parts.loads.throttled(key, settings, batch.loadOf(key))
        const onWait = () => batch.pass(key)
        try {
          return await this.#reads.ask(engine, { key, load, settings, missed, onWait })
        } finally {
          batch.pass(key)
        }
      }),
    )
  }

  async #load(wanted: readonly [Wanted, ...Wanted[]], { loadMany, settings, abandoned }: Loading) {
    const [{ key: first }, ...rest] = wanted
    const keys: [string, ...string[]] = [first, ...rest.map(({ key }) => key)]
    const stale = new Map(wanted.map(each => [each.key, each.stale]))
    try {
      const { told, values } = await this.#parts.loads.run({
        keys,
        settings,
        wanted: abandoned,
        work: async signal => {
          const context = new ToldMany(stale, signal, settings)
          return { told: context, values: checkValues(await loadMany(keys, context)) }
        },
        isFound: result => result.values.size > 0,
      })
      for (const each of wanted) this.#settle(each, told, values)
    } catch (error) {
      for (const { fail } of wanted) fail(error)
    }
  }

  #settle({ key, stale, settle, fail }: Wanted, told: ToldMany, values: ReadonlyMap<string, unknown>): void {
    let loaded: Loaded
    try {
      const kept = told.settingsOf(key)
      loaded = this.#parts.loads.loaded(told.valueOf(key, values), kept, stale !== undefined)
    } catch (error) {
      fail(error)
      return
    }
    settle(loaded)
  }
}

interface Held {
  readonly key: string
  readonly found: Entry
}

interface Asking {
  readonly loadMany: ManyLoader<unknown>
  readonly settings: LoadSettings
}

interface Loading extends Asking {
  readonly abandoned: AbortSignal
}

/** @throws What all loads failed with, or PartialLoadError. */
function collect(
  left: readonly Left[],
  outcomes: readonly PromiseSettledResult<Answer>[],
  values: Map<string, unknown>,
): void {
  const errors = new Map<string, unknown>()
  for (const [at, { key }] of left.entries()) {
    const outcome = outcomes[at]
    if (outcome?.status === 'rejected') errors.set(key, outcome.reason)
    else values.set(key, outcome?.value.entry?.value)
  }
  if (errors.size === 0) return
  const reasons = new Set(errors.values())
  const [only] = reasons
  if (reasons.size === 1 && errors.size === values.size) throw only
  const found = new Map([...values].filter(([, value]) => value !== undefined))
  throw new PartialLoadError(found, errors)
}

function checkValues(values: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
  if (isMapLike(values)) return values
  throw new InvalidArgumentError('result of loadMany', 'a Map', values)
}
