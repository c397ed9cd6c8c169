import { redisBus } from '@greenlang/cache-redis'
import { describe, expect, it } from '@jest/globals'

const url = 'redis://127.0.0.1:1'

describe('redisBus refuses', () => {
  it.each<[string, object]>([
    ['url', {}],
    ['url', { url: 'http://localhost' }],
    ['scope', { url, scope: '' }],
    ['scope', { url, scope: 'a{b}:' }],
    ['scope', { url, scope: '\ud800' }],
    ['lease', { url, lease: 3 }],
    ['lease', { url, lease: '2h' }],
    ['deadline', { url, deadline: 0 }],
    ['maxTags', { url, maxTags: 0 }],
    ['maxTags', { url, maxTags: 1_000_001 }],
    ['maxStream', { url, maxStream: 1.5 }],
    ['minReplicas', { url, minReplicas: -1 }],
    ['name', { url, name: '' }],
    ['onError', { url, onError: 1 }],
    ['clock', { url, clock: {} }],
    ['redisBus.prefix', { url, prefix: 'a' }],
  ])('a bad %s: %j', (option, options) => {
    expect(() => redisBus(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    )
  })
})
