/** What a request that changes something makes of the answers in the cache (RFC 9111, 4.4). */
import type { CacheMethods } from '../cache-types.ts'
import { bare, urlTag } from './asked.ts'

const safe = ['GET', 'HEAD', 'OPTIONS', 'TRACE']

/** Methods that nobody knows are taken to change something. */
export function isUnsafe(method: string): boolean {
  return !safe.includes(method)
}

/** The URL, and those of its origin that the response names, have no answers any more. */
export async function forget(cache: CacheMethods, url: URL, response: Response): Promise<void> {
  const named = ['location', 'content-location'].flatMap(name => {
    const value = response.headers.get(name)
    return value !== null && URL.canParse(value, url.href) ? [new URL(value, url)] : []
  })
  const urls = [url, ...named.filter(({ origin }) => origin === url.origin)]
  try {
    await cache.invalidate({ tags: urls.map(one => urlTag(bare(one))) }, { mode: 'delete' })
  } catch {
    // The cache was closed: it serves nothing any more, and what was asked for is done.
  }
}
