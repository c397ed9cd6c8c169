/** A profile, and what is said over it, layer by layer: field by field, and what a layer leaves `undefined` it does not say. */
import type { CacheConfig } from './configuration.ts'
import type { Profile } from './profiles.ts'

export type WholeConfig = CacheConfig & { readonly defaults: Profile['defaults'] }

type Fields = Readonly<Record<string, unknown>>

export function layered(profile: Profile, layers: readonly CacheConfig[]): WholeConfig {
  let merged: Fields = { ...profile }
  for (const layer of layers) {
    const parts = Object.entries(layer).map(([part, value]) => {
      const before = merged[part]
      // Who turns a part on that a layer before has left out begins with its profile.
      const base = isPlain(before) ? before : (profile as unknown as Fields)[part]
      return [part, merge(part === 'redis' ? withoutOtherPlace(base, value) : base, value, before)] as const
    })
    merged = { ...merged, ...Object.fromEntries(parts) }
  }
  return merged as unknown as WholeConfig
}

function merge(base: unknown, value: unknown, unsaid: unknown = base): unknown {
  if (value === undefined) return unsaid
  if (!isPlain(base) || !isPlain(value)) return value
  const fields = Object.entries(value).map(([name, each]) => [name, merge(base[name], each)] as const)
  return { ...base, ...Object.fromEntries(fields) }
}

/** A server is named in one of two ways: the later one counts. */
function withoutOtherPlace(base: unknown, value: unknown): unknown {
  if (!isPlain(base) || !isPlain(value)) return base
  const { url, connection, ...rest } = base
  if (value.url !== undefined && value.connection === undefined) return { ...rest, url }
  if (value.connection !== undefined && value.url === undefined) return { ...rest, connection }
  return base
}

export function isPlain(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return !(Symbol.iterator in value) && !(Symbol.asyncIterator in value)
}
