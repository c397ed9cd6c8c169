import { InvalidOptionError } from '@greenlang/core'
import type { Access, RedisAddress } from './address.ts'

interface Place {
  readonly address: RedisAddress
  readonly access: Access
}

/** @throws InvalidOptionError, which never shows the url. */
export function parseRedisUrl(url: unknown): Place {
  const place = typeof url === 'string' ? placeOf(url) : undefined
  if (place) return place
  throw new InvalidOptionError('url', "an address such as 'redis://localhost:6379' or 'rediss://…/0'", url)
}

function placeOf(text: string): Place | undefined {
  try {
    const { protocol, hostname, port, pathname, username, password } = new URL(text)
    if (!/^rediss?:$/.test(protocol) || hostname === '' || !/^\/?\d*$/.test(pathname)) return undefined
    const address = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 6_379) }
    const access = {
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
      database: Number(pathname.slice(1)),
      ...(protocol === 'rediss:' ? { tls: { rejectUnauthorized: true } } : {}),
    }
    return { address, access }
  } catch {
    return undefined
  }
}
