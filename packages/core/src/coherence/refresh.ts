/** Loads anew what is still fresh, for nobody in particular: callers go on with what they have. */
import type { Entry } from '../entry.ts'
import { fly } from './depart.ts'
import { dueForRefresh } from './due.ts'
import type { Journey } from './flight.ts'
import { lookUp } from './lookup.ts'
import type { Parts } from './parts.ts'
import type { ReadRequest } from './read.ts'
import { slowTiers, travel } from './travel.ts'

/** Done, or given up: it never rejects. Where one is under way already, or another process loads, nothing is done. */
export function refresh(parts: Parts, request: ReadRequest, held: { readonly entry: Entry }): Promise<void> {
  const { keys, observer } = parts
  const { key } = request
  if (keys.peek(key)?.refreshing) return Promise.resolve()
  const refreshed = renew(parts, request, held.entry)
  observer?.began?.(refreshed)
  return refreshed
}

/** Claims over the value with no wait. */
async function renew(parts: Parts, { key, load, options }: ReadRequest, entry: Entry): Promise<void> {
  const state = parts.keys.hold(key)
  state.refreshing = true
  const way = async () => {
    const { named, deletions } = state
    // Another process may have done it already: then its value is the better one here too.
    const far = await lookUp(parts, { key, state, tiers: slowTiers(parts.tiers), aside: true })
    if (far.hit && !dueForRefresh(parts, far.hit.entry, options)) return
    const journey: Journey = {
      key,
      load,
      standIns: [],
      held: entry,
      named,
      deletions,
      waitUntil: 0,
      waits: false,
      reject: entry.stamp,
      fresh: false,
      after: undefined,
      onLooked: () => {},
      onWait: undefined,
      abandoned: new AbortController().signal,
    }
    await travel(parts, state, journey, () => {})
  }
  await fly(way, () => {})
  state.refreshing = false
  parts.keys.release(key, state)
}
