/** TLS on a second port of a Redis server. */
import { resolve } from 'node:path'
import { checkOptions, checkText } from '@greenlang/core'
import type { Settings } from './redis-configuration.ts'

export interface RedisTls {
  /** Path of the server's certificate, PEM. */
  cert: string
  /** Path of its private key, PEM. */
  key: string
  /** Path of the authority's certificate, PEM. */
  ca: string
}

/** Without paths: none. Clients need no certificate of their own. */
export function tlsSettings(tls: RedisTls | undefined): Settings | undefined {
  if (tls === undefined) return undefined
  checkOptions('tls', tls, ['cert', 'key', 'ca'])
  const path = (name: keyof RedisTls) => resolve(checkText(`tls.${name}`, tls[name]))
  return {
    'tls-cert-file': path('cert'),
    'tls-key-file': path('key'),
    'tls-ca-cert-file': path('ca'),
    'tls-auth-clients': 'no',
  }
}
