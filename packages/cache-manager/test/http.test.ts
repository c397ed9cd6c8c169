import { createGzip } from 'node:zlib'
import { memoryBus } from '@greenlang/invalidation'
import { type FakeClock, fakeClock } from '@greenlang/testkit'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { type CachedFetchOptions, cachedFetch, type Fetch } from '../src/http/index.ts'
import { type Cache, createCache } from '../src/index.ts'
import { deferred } from './support/deferred.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'
import { counting, type Origin, startOrigin } from './support/origin.ts'

let origin: Origin
let clock: FakeClock
let cache: Cache

beforeEach(async () => {
  origin = await startOrigin()
  clock = fakeClock()
  cache = createCache({ tiers: [mapTier({ clock })], clock })
})

afterEach(async () => {
  await cache.close()
  await origin.close()
})

const cached = (options: CachedFetchOptions = {}) => cachedFetch(cache, { clock, ...options })

const status = (response: Response) => response.headers.get('cache-status')

/** What came back, in one line. */
async function read(fetched: Promise<Response>): Promise<[string, string | null]> {
  const response = await fetched
  return [await response.text(), status(response)]
}

describe('what is fresh', () => {
  it('is served from the cache, with its age, until its time is over', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60', 'x-mine': 'yes' }, 200))
    const fetch = cached()
    expect(await read(fetch(origin.url()))).toEqual([
      'answer 1',
      'default; fwd=uri-miss; fwd-status=200; stored',
    ])
    await clock.advance('59s')
    const hit = await fetch(new URL(origin.url('/#part')))
    expect(hit.headers.get('age')).toBe('59')
    expect(hit.headers.get('x-mine')).toBe('yes')
    expect(hit.url).toBe(origin.url())
    expect([hit.ok, hit.status, hit.statusText]).toEqual([true, 200, 'OK'])
    expect([await hit.text(), status(hit)]).toEqual(['answer 1', 'default; hit; ttl=1'])
    await clock.advance('1s')
    expect(await read(fetch(new Request(origin.url())))).toEqual([
      'answer 2',
      'default; fwd=uri-miss; fwd-status=200; stored',
    ])
  })

  it('counts the age that it had as it came', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60', age: '50' }))
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('9s')
    expect((await fetch(origin.url())).headers.get('age')).toBe('59')
    await clock.advance('1s')
    expect((await read(fetch(origin.url())))[0]).toBe('answer 2')
  })

  it.each([
    ['a date of before', -50, undefined, 10],
    ['a date of before, and more than that in Age', -50, '55', 5],
    ['a date of before, and less than that in Age', -50, '20', 10],
    ['a date that is ahead', 50, undefined, 60],
  ])('counts the age that it has by its date: %s', async (_, seconds, age, left) => {
    const date = new Date(clock.now() + seconds * 1_000).toUTCString()
    origin.answer(counting({ 'cache-control': 'max-age=60', date, ...(age && { age }) }))
    const fetch = cached()
    const first = await fetch(origin.url())
    expect(first.headers.get('age')).toBe(`${60 - left}`)
    expect((await read(fetch(origin.url())))[1]).toBe(`default; hit; ttl=${left}`)
    await clock.advance(left * 1_000)
    expect((await read(fetch(origin.url())))[0]).toBe('answer 2')
  })

  it('stays fresh under must-revalidate, and is not served a moment longer', async () => {
    origin.answer(
      counting({ 'cache-control': 'Max-Age=60, Must-Revalidate, stale-if-error=60', etag: '"1"' }),
    )
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('59s')
    expect((await read(fetch(origin.url())))[1]).toBe('default; hit; ttl=1')
    await clock.advance('1s')
    await origin.close()
    await expect(fetch(origin.url())).rejects.toThrow('fetch failed')
  })

  it('is given to each caller as bytes of its own', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const fetch = cached()
    const first = new Uint8Array(await (await fetch(origin.url())).arrayBuffer())
    first.fill(0)
    expect(await (await fetch(origin.url())).text()).toBe('answer 1')
  })

  it('comes decoded, as from fetch', async () => {
    origin.answer((_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60', 'content-encoding': 'gzip' })
      const gzip = createGzip()
      gzip.pipe(response)
      gzip.end('x'.repeat(10_000))
    })
    const fetch = cached()
    expect(await (await fetch(origin.url())).text()).toHaveLength(10_000)
    expect(await (await fetch(origin.url())).text()).toHaveLength(10_000)
    expect(origin.requests).toHaveLength(1)
  })

  it('is kept apart by method and query, and HEAD has no body', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const fetch = cached()
    const head = await fetch(origin.url('/a'), { method: 'HEAD' })
    expect(await head.text()).toBe('')
    expect(await (await fetch(origin.url('/a'))).text()).toBe('answer 2')
    expect(await (await fetch(origin.url('/a?b'))).text()).toBe('answer 3')
    const again = await fetch(origin.url('/a'), { method: 'head' })
    expect([await again.text(), status(again)]).toEqual(['', 'default; hit; ttl=60'])
  })

  it('is loaded once for a thousand callers', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const fetch = cached()
    const callers = Array.from({ length: 1_000 }, () => read(fetch(origin.url())))
    const answers = await Promise.all(callers)
    expect(new Set(answers.map(([body]) => body))).toEqual(new Set(['answer 1']))
    const collapsed = answers.filter(([, how]) => how === 'default; fwd=miss; collapsed')
    expect(collapsed).toHaveLength(999)
    expect(origin.requests).toHaveLength(1)
  })
})

describe('what is not stored', () => {
  it.each([
    ['no-store', { 'cache-control': 'max-age=60, No-Store' }, 'not-storable'],
    ['private', { 'cache-control': 'private, max-age=60' }, 'not-storable'],
    ['Set-Cookie', { 'cache-control': 'public, max-age=60', 'set-cookie': 'a=1' }, 'set-cookie'],
    ['Vary: *', { 'cache-control': 'max-age=60', vary: 'accept, *' }, 'vary'],
    ['nothing that says how long', {}, 'not-storable'],
    ['max-age=0 without a validator', { 'cache-control': 'max-age=0' }, 'not-storable'],
  ])('%s', async (_, headers, detail) => {
    origin.answer(counting(headers as Record<string, string>))
    const fetch = cached()
    const how = `default; fwd=uri-miss; fwd-status=200; detail=${detail}`
    expect(await read(fetch(origin.url()))).toEqual(['answer 1', how])
    expect(await read(fetch(origin.url()))).toEqual(['answer 2', how])
  })

  it('is not remembered as absent: what comes later is shared', async () => {
    await using own = createCache({ tiers: [mapTier({ clock })], clock, defaults: { negativeTtl: '1m' } })
    origin.answer(counting({ 'cache-control': 'no-store' }))
    const fetch = cachedFetch(own, { clock })
    await read(fetch(origin.url()))
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const answers = await Promise.all([1, 2, 3].map(() => read(fetch(origin.url()))))
    expect(answers.map(([body]) => body)).toEqual(['answer 1', 'answer 1', 'answer 1'])
    expect(await read(fetch(origin.url()))).toEqual(['answer 1', 'default; hit; ttl=60'])
  })

  it('goes to one caller only: others who waited ask for themselves', async () => {
    origin.answer(counting({ 'cache-control': 'no-store' }))
    const fetch = cached()
    const answers = await Promise.all([1, 2, 3].map(() => read(fetch(origin.url()))))
    expect(answers.map(([body]) => body).sort()).toEqual(['answer 1', 'answer 2', 'answer 3'])
  })

  it('is answers to an Authorization in a shared cache, unless the origin allows it', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const fetch = cached()
    const init = { headers: { authorization: 'Bearer secret' } }
    await fetch(origin.url('/mine'), init)
    expect((await read(fetch(origin.url('/mine'), init)))[0]).toBe('answer 2')
    origin.answer(counting({ 'cache-control': 'public, max-age=60' }))
    await fetch(origin.url('/ours'), init)
    expect((await read(fetch(origin.url('/ours'))))[1]).toBe('default; hit; ttl=60')
  })

  it('is kept where the cache is for one user, apart from the shared one', async () => {
    origin.answer(counting({ 'cache-control': 'private, max-age=60', 'set-cookie': 'a=1' }))
    const fetch = cached({ shared: false })
    const first = await fetch(origin.url(), { headers: { authorization: 'Bearer secret' } })
    expect(first.headers.getSetCookie()).toEqual(['a=1'])
    const hit = await fetch(origin.url())
    expect([status(hit), hit.headers.getSetCookie()]).toEqual(['default; hit; ttl=60', ['a=1']])
    expect((await read(cached()(origin.url())))[0]).toBe('answer 2')
  })

  it('is cookies, unless a shared cache is told to', async () => {
    origin.answer((_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60', 'set-cookie': ['a=1', 'b=2'] })
      response.end()
    })
    const fetch = cached({ storeCookies: true })
    await fetch(origin.url())
    expect((await fetch(origin.url())).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(origin.requests).toHaveLength(1)
  })

  it('is what a redirect led to', async () => {
    const target = counting({ 'cache-control': 'max-age=60' })
    origin.answer((request, response) => {
      if (request.url === '/new') return target(request, response)
      response.writeHead(302, { location: '/new' }).end()
    })
    const fetch = cached()
    const response = await fetch(origin.url('/old'))
    expect([response.redirected, response.url]).toEqual([true, origin.url('/new')])
    expect((await read(fetch(origin.url('/old'))))[0]).toBe('answer 2')
    const manual = await fetch(origin.url('/old'), { redirect: 'manual' })
    expect(manual.status).toBe(302)
  })

  it('is a body that is too long: it goes to its caller as it comes', async () => {
    for (const declared of [true, false]) {
      const path = `/${declared}`
      origin.answer((_, response) => {
        const length = declared ? { 'content-length': '3000' } : {}
        response.writeHead(200, { 'cache-control': 'max-age=60', ...length })
        response.write('x'.repeat(2_000))
        // The rest comes once the caller has seen the beginning.
        void origin.next().then(() => response.end('y'.repeat(1_000)))
      })
      const fetch = cached({ maxBodyBytes: '1kb' })
      const response = await fetch(origin.url(path))
      expect(status(response)).toBe('default; fwd=uri-miss; fwd-status=200; detail=too-large')
      const last = new AbortController()
      const other = globalThis.fetch(origin.url('/other'), { signal: last.signal }).catch(() => undefined)
      expect(await response.text()).toBe('x'.repeat(2_000) + 'y'.repeat(1_000))
      last.abort()
      await other
      expect(await cache.get('nothing')).toBeUndefined()
    }
  })

  it('is not read to its end where its caller lets go of it', async () => {
    const closed = new Promise<void>(resolve => {
      origin.answer((_, response) => {
        response.on('close', resolve)
        response.writeHead(200, { 'cache-control': 'no-store' })
        response.write('begun')
      })
    })
    const caller = new AbortController()
    const response = await cached()(origin.url(), { signal: caller.signal })
    const body = response.text()
    caller.abort(new Error('enough'))
    await expect(body).rejects.toThrow('enough')
    await closed
  })
})

describe('conditional requests', () => {
  it('keep the body and take the new headers of a 304', async () => {
    origin.answer((request, response) => {
      const first = request.headers['if-none-match'] === undefined
      const headers = { 'cache-control': 'max-age=10', etag: '"1"', 'x-count': `${origin.requests.length}` }
      response.writeHead(first ? 200 : 304, headers)
      response.end(first ? 'body' : undefined)
    })
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('10s')
    const confirmed = await fetch(origin.url())
    expect(confirmed.status).toBe(200)
    expect(confirmed.headers.get('x-count')).toBe('2')
    expect(await confirmed.text()).toBe('body')
    expect(status(confirmed)).toBe('default; fwd=stale; fwd-status=304; stored')
    await clock.advance('9s')
    const hit = await fetch(origin.url())
    expect([await hit.text(), hit.headers.get('age'), hit.headers.get('x-count')]).toEqual(['body', '9', '2'])
  })

  it('ask by date where there is no tag, and take a new body', async () => {
    const changed = 'Tue, 01 Jan 2030 00:00:00 GMT'
    origin.answer(counting({ 'cache-control': 'max-age=10', 'last-modified': changed }))
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('10s')
    expect((await read(fetch(origin.url())))[0]).toBe('answer 2')
    expect(origin.requests[1]?.headers['if-modified-since']).toBe(changed)
  })

  it('happen each time under no-cache, once for all who ask at once', async () => {
    origin.answer((request, response) => {
      const known = request.headers['if-none-match'] === '"1"'
      response.writeHead(known ? 304 : 200, { 'cache-control': 'no-cache', etag: '"1"' })
      response.end(known ? undefined : 'body')
    })
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('1s')
    const answers = await Promise.all([1, 2, 3, 4].map(() => read(fetch(origin.url()))))
    expect(answers.map(([body]) => body)).toEqual(['body', 'body', 'body', 'body'])
    expect(origin.requests).toHaveLength(2)
  })

  it('without a date of their own make the answer young again', async () => {
    const date = new Date(clock.now()).toUTCString()
    origin.answer((request, response) => {
      const known = request.headers['if-none-match'] !== undefined
      const headers = { 'cache-control': 'max-age=10', etag: '"1"', ...(!known && { date }) }
      response.writeHead(known ? 304 : 200, headers)
      response.end(known ? undefined : 'body')
    })
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('1h')
    await fetch(origin.url())
    expect(await read(fetch(origin.url()))).toEqual(['body', 'default; hit; ttl=10'])
  })

  it('of an origin that confirms something else are followed by one for the whole', async () => {
    origin.answer((request, response) => {
      const known = request.headers['if-none-match'] !== undefined
      response.writeHead(known ? 304 : 200, {
        'cache-control': 'max-age=10',
        etag: known ? '"other"' : `"${origin.requests.length}"`,
      })
      response.end(known ? undefined : `body ${origin.requests.length}`)
    })
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('10s')
    expect((await read(fetch(origin.url())))[0]).toBe('body 3')
  })
})

describe('stale-while-revalidate', () => {
  it('answers at once and loads anew once in the background', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=10, stale-while-revalidate=20' }))
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('15s')
    const answers = await Promise.all([1, 2, 3].map(() => read(fetch(origin.url()))))
    const stale = ['answer 1', 'default; hit; ttl=-5; detail=stale-while-revalidate']
    expect(answers).toEqual([stale, stale, stale])
    await cache.drain()
    expect(origin.requests).toHaveLength(2)
    expect(await read(fetch(origin.url()))).toEqual(['answer 2', 'default; hit; ttl=10'])
  })

  it('ends with its time: the caller waits for the origin', async () => {
    const headers = { 'cache-control': 'max-age=10, stale-while-revalidate=20', etag: '"1"' }
    origin.answer(counting(headers))
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('30s')
    const answers = await Promise.all([1, 2].map(() => read(fetch(origin.url()))))
    expect(answers.map(([body]) => body)).toEqual(['answer 2', 'answer 2'])
    expect(origin.requests).toHaveLength(2)
  })

  it('lets go of what the background brought and may not keep', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=10, stale-while-revalidate=20' }))
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('15s')
    const closed = new Promise<void>(resolve => {
      origin.answer((_, response) => {
        response.on('close', resolve)
        response.writeHead(200, { 'cache-control': 'no-store' })
        response.write('endless')
      })
    })
    expect((await read(fetch(origin.url())))[0]).toBe('answer 1')
    await closed
  })
})

describe('stale-if-error', () => {
  const headers = { 'cache-control': 'max-age=10, stale-if-error=60', etag: '"1"' }
  const stale = ['answer 1', 'default; hit; ttl=-5; detail=stale-if-error']

  it('stands in for an answer 500, while it is in force', async () => {
    origin.answer(counting(headers))
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('15s')
    origin.answer(counting({}, 503))
    expect(await Promise.all([1, 2].map(() => read(fetch(origin.url()))))).toEqual([stale, stale])
    expect(origin.requests).toHaveLength(2)
    await clock.advance('55s')
    const failed = await fetch(origin.url())
    expect([failed.status, status(failed)]).toEqual([503, 'default; fwd=stale; fwd-status=503'])
  })

  it('stands in for a connection that is refused; after it all callers get the error', async () => {
    origin.answer(counting(headers))
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('15s')
    await origin.close()
    expect(await read(fetch(origin.url()))).toEqual(stale)
    await clock.advance('55s')
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => fetch(origin.url())))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    const reasons = new Set(outcomes.map(outcome => 'reason' in outcome && outcome.reason))
    expect([...reasons]).toHaveLength(1)
    expect([...reasons][0]).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } })
  })

  it('that is over leaves the origin alone too: an answer 503 is for all who wait, and for a second', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=10', etag: '"1"' }))
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('15s')
    origin.answer(counting({ 'retry-after': '7' }, 503))
    const responses = await Promise.all(Array.from({ length: 100 }, () => fetch(origin.url())))
    for (const response of responses) {
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7'])
      expect(await response.text()).toBe('answer 1')
    }
    expect(origin.requests).toHaveLength(2)
    await clock.advance('900ms')
    const how = 'default; fwd=stale; fwd-status=503; collapsed'
    expect(await read(fetch(origin.url()))).toEqual(['answer 1', how])
    expect(origin.requests).toHaveLength(2)
    await clock.advance('200ms')
    expect((await read(fetch(origin.url())))[0]).toBe('answer 2')
  })

  it.each([
    ['is of one user', { 'set-cookie': 'a=1' }, 'sorry'],
    ['says that it is private', { 'cache-control': 'private' }, 'sorry'],
    ['is too long to be held', {}, 'x'.repeat(100_000)],
  ])('that is over: others learn no more than the status where the answer %s', async (_, headers, body) => {
    origin.answer(counting({ 'cache-control': 'max-age=10', etag: '"1"' }))
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('15s')
    origin.answer((_, response) => {
      response.writeHead(503, headers)
      response.end(body)
    })
    const responses = await Promise.all([1, 2, 3].map(() => fetch(origin.url())))
    expect(responses.map(({ status }) => status)).toEqual([503, 503, 503])
    const bodies = await Promise.all(responses.map(response => response.text()))
    expect(bodies.sort()).toEqual(['', '', body])
    expect(responses.filter(response => response.headers.has('set-cookie')).length).toBeLessThan(2)
    expect(origin.requests).toHaveLength(2)
  })

  it('does not hide the first error', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60' }, 500))
    const fetch = cached()
    expect((await fetch(origin.url())).status).toBe(500)
    expect((await read(fetch(origin.url())))[0]).toBe('answer 2')
  })
})

describe('Vary', () => {
  const byLanguage = (fetch: Fetch, language: string) =>
    read(fetch(origin.url(), { headers: { 'accept-language': language } }))

  const echo = (headers: Record<string, string>) =>
    origin.answer((request, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60', ...headers })
      response.end(`${request.headers['accept-language']} ${origin.requests.length}`)
    })

  it('keeps an answer for each value', async () => {
    echo({ vary: 'Accept-Language' })
    const fetch = cached()
    expect((await byLanguage(fetch, 'de'))[0]).toBe('de 1')
    expect(await byLanguage(fetch, 'en')).toEqual(['en 2', 'default; fwd=vary-miss; fwd-status=200; stored'])
    expect(await byLanguage(fetch, 'de')).toEqual(['de 1', 'default; hit; ttl=60'])
    expect(await byLanguage(fetch, 'en')).toEqual(['en 2', 'default; hit; ttl=60'])
    expect((await read(fetch(origin.url())))[0]).toBe('* 3')
  })

  it('never gives one caller the answer of another, in whatever order they come', async () => {
    echo({ vary: 'Accept-Language' })
    const fetch = cached()
    const languages = Array.from({ length: 40 }, (_, index) => `l${index % 10}`)
    const answers = await Promise.all(languages.map(language => byLanguage(fetch, language)))
    expect(answers.map(([body]) => body.split(' ')[0])).toEqual(languages)
    expect(origin.requests.length).toBeLessThan(40)
  })

  it('keeps a bounded number for each URL', async () => {
    const clockTier = mapTier({ clock })
    await using small = createCache({ tiers: [clockTier], clock })
    echo({ vary: 'Accept-Language' })
    const fetch = cachedFetch(small, { clock, maxVariants: 3 })
    for (let index = 0; index < 20; index += 1) await byLanguage(fetch, `l${index}`)
    // Three answers and their list.
    expect(clockTier.entries.size).toBe(4)
    expect((await byLanguage(fetch, 'l19'))[1]).toContain('hit')
    expect((await byLanguage(fetch, 'l0'))[1]).toContain('vary-miss')
  })

  it('is shared by those who share a tier, the first answer too', async () => {
    const shared = leasedTier({ clock })
    const bus = memoryBus({ clock })
    await using one = createCache({ tiers: [mapTier({ clock }), shared], bus, clock, keepOpen: true })
    await using other = createCache({ tiers: [mapTier({ clock }), shared], bus, clock, keepOpen: true })
    echo({ vary: 'Accept-Language' })
    await byLanguage(cachedFetch(one, { clock }), 'de')
    await one.drain()
    const answer = await byLanguage(cachedFetch(other, { clock }), 'de')
    expect(answer).toEqual(['de 1', 'default; hit; ttl=60'])
  })

  it('takes up a header that the origin names later', async () => {
    echo({ vary: 'Accept-Language' })
    const fetch = cached()
    await byLanguage(fetch, 'de')
    echo({ vary: 'Accept-Language, X-Plan' })
    await byLanguage(fetch, 'en')
    const ask = (plan: string) =>
      read(fetch(origin.url(), { headers: { 'accept-language': 'en', 'x-plan': plan } }))
    const [first] = await ask('a')
    const [second] = await ask('b')
    expect(second).not.toBe(first)
    expect((await ask('a'))[0]).toBe(first)
  })

  it('does not store the values that count', async () => {
    const clockTier = mapTier({ clock })
    await using own = createCache({ tiers: [clockTier], clock })
    echo({ vary: 'Cookie' })
    await cachedFetch(own, { clock })(origin.url(), { headers: { cookie: 'session=secret' } })
    const kept = JSON.stringify([...clockTier.entries])
    expect(kept).not.toContain('secret')
    expect(kept).not.toContain('127.0.0.1')
  })
})

describe('what is stored', () => {
  it('is plain data that every tier can write down, with the body as bytes of its own', async () => {
    const tier = mapTier({ clock })
    await using own = createCache({ tiers: [tier], clock })
    origin.answer(counting({ 'cache-control': 'max-age=60', vary: 'accept', etag: '"1"' }))
    const fetch = cachedFetch(own, { clock })
    await fetch(origin.url())
    for (const [key, entry] of tier.entries) {
      expect(faultsOf(entry.value)).toEqual([])
      tier.entries.set(key, { ...entry, value: structuredClone(entry.value) })
    }
    expect(await read(fetch(origin.url()))).toEqual(['answer 1', 'default; hit; ttl=60'])
  })

  it('is not believed where it has another form', async () => {
    const tier = mapTier({ clock })
    await using own = createCache({ tiers: [tier], clock })
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const fetch = cachedFetch(own, { clock })
    await fetch(origin.url())
    for (const [key, entry] of tier.entries)
      tier.entries.set(key, { ...entry, value: { kind: 'response', format: 2 } })
    expect((await read(fetch(origin.url())))[0]).toBe('answer 2')
  })
})

/** Paths of what a codec would refuse. */
function faultsOf(value: unknown, path = 'value'): string[] {
  if (value === undefined || typeof value === 'function') return [path]
  if (typeof value !== 'object' || value === null) return []
  if (ArrayBuffer.isView(value)) return value.byteLength === value.buffer.byteLength ? [] : [path]
  if (Array.isArray(value)) return value.flatMap((item, index) => faultsOf(item, `${path}[${index}]`))
  if (Object.getPrototypeOf(value) !== Object.prototype) return [path]
  return Object.entries(value).flatMap(([name, item]) => faultsOf(item, `${path}.${name}`))
}

describe('what the caller wants', () => {
  it('no-store and parts of a body go to the origin as they are', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const fetch = cached()
    await fetch(origin.url())
    const inits = [
      { cache: 'no-store' },
      { headers: { 'cache-control': 'no-store' } },
      { headers: { range: 'bytes=0-1' } },
      { headers: { 'if-none-match': '"1"' } },
    ] as RequestInit[]
    for (const [index, init] of inits.entries())
      expect(await read(fetch(origin.url(), init))).toEqual([`answer ${index + 2}`, null])
    expect((await read(fetch(origin.url())))[0]).toBe('answer 1')
  })

  it('reload takes a new answer whole, no-cache asks whether there is one', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60', etag: '"1"' }))
    const fetch = cached()
    const ask = (cache: string) => read(fetch(origin.url(), { cache } as RequestInit))
    await fetch(origin.url())
    expect((await ask('reload'))[1]).toBe('default; fwd=request; fwd-status=200; stored')
    expect(origin.requests[1]?.headers['if-none-match']).toBeUndefined()
    expect((await ask('no-cache'))[0]).toBe('answer 3')
    expect(origin.requests[2]?.headers['if-none-match']).toBe('"1"')
    expect(await ask('default')).toEqual(['answer 3', 'default; hit; ttl=60'])
    const wished = { headers: { 'cache-control': 'max-age=0' } }
    expect((await read(fetch(origin.url(), wished)))[0]).toBe('answer 4')
  })

  it('no-cache keeps the variants of a URL', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60', vary: 'accept' }))
    const fetch = cached()
    const ask = (accept: string, cache = 'default') =>
      read(fetch(origin.url(), { headers: { accept }, cache } as RequestInit))
    await ask('a')
    await ask('b')
    expect((await ask('a', 'no-cache'))[0]).toBe('answer 3')
    expect((await ask('a'))[0]).toBe('answer 3')
    expect((await ask('b'))[0]).toBe('answer 2')
  })

  it('only-if-cached asks nobody', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const fetch = cached()
    const init = { cache: 'only-if-cached' } as RequestInit
    const missing = await fetch(origin.url(), init)
    expect([missing.status, status(missing)]).toEqual([504, 'default; detail=only-if-cached'])
    await fetch(origin.url())
    expect((await read(fetch(origin.url(), init)))[0]).toBe('answer 1')
    expect(origin.requests).toHaveLength(1)
  })

  it('force-cache takes what is stale too', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=10', etag: '"1"' }))
    const fetch = cached()
    await fetch(origin.url())
    await clock.advance('1h')
    expect((await read(fetch(origin.url(), { cache: 'force-cache' } as RequestInit)))[0]).toBe('answer 1')
    await cache.drain()
  })

  it('max-stale and min-fresh are heard', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=10', etag: '"1"' }))
    const fetch = cached()
    const ask = (wish: string) => read(fetch(origin.url(), { headers: { 'cache-control': wish } }))
    await fetch(origin.url())
    await clock.advance('5s')
    expect((await ask('min-fresh=4'))[0]).toBe('answer 1')
    expect((await ask('min-fresh=8'))[0]).toBe('answer 2')
    await clock.advance('12s')
    expect((await ask('max-stale=5'))[0]).toBe('answer 2')
    await cache.drain()
  })
})

describe('signals', () => {
  it('end the wait of their caller only', async () => {
    const arrived = origin.next()
    let finish = () => {}
    origin.answer((_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60' })
      finish = () => response.end('body')
    })
    const fetch = cached()
    const leaving = new AbortController()
    const first = fetch(origin.url(), { signal: leaving.signal })
    const second = fetch(new Request(origin.url()))
    await arrived
    leaving.abort(new Error('left'))
    await expect(first).rejects.toThrow('left')
    finish()
    expect((await read(second))[0]).toBe('body')
    expect(origin.requests).toHaveLength(1)
  })

  it('of the last caller end the request', async () => {
    const arrived = origin.next()
    const closed = new Promise<void>(resolve => {
      origin.answer((request, response) => {
        request.on('close', () => undefined)
        response.on('close', resolve)
      })
    })
    const leaving = new AbortController()
    const fetched = cached()(new Request(origin.url(), { signal: leaving.signal }))
    await arrived
    leaving.abort(new Error('left'))
    await expect(fetched).rejects.toThrow('left')
    await closed
  })

  it('that have aborted already ask nobody', async () => {
    const signal = AbortSignal.abort(new Error('before'))
    await expect(cached()(origin.url(), { signal })).rejects.toThrow('before')
    expect(origin.requests).toHaveLength(0)
  })
})

describe('invalidation', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s makes the answers of its URL go', async method => {
    origin.answer(counting({ 'cache-control': 'max-age=60', vary: 'accept', etag: '"1"' }))
    const fetch = cached()
    await fetch(origin.url('/a'))
    await fetch(origin.url('/b'))
    const changed = await fetch(origin.url('/a#part'), { method, body: 'x' })
    expect([await changed.text(), status(changed)]).toEqual(['answer 3', null])
    expect((await read(fetch(origin.url('/a'))))[0]).toBe('answer 4')
    expect(origin.requests.at(-1)?.headers['if-none-match']).toBeUndefined()
    expect((await read(fetch(origin.url('/b'))))[0]).toBe('answer 2')
  })

  it('takes what the answer names, of the same origin, and nothing where it failed', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const fetch = cached()
    await fetch(origin.url('/list'))
    await fetch(origin.url('/item'))
    origin.answer(counting({ location: '/item' }, 500))
    await fetch(origin.url('/list'), { method: 'POST' })
    expect((await read(fetch(origin.url('/list'))))[1]).toContain('hit')
    origin.answer(counting({ location: '/item' }, 201))
    await fetch(new Request(origin.url('/list'), { method: 'POST', body: 'x' }))
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    expect((await read(fetch(origin.url('/list'))))[0]).toBe('answer 1')
    expect((await read(fetch(origin.url('/item'))))[0]).toBe('answer 2')
  })

  it('does not keep what was loaded before it and came after', async () => {
    for (const vary of ['', 'accept']) {
      let finish = () => {}
      const arrived = origin.next()
      origin.answer((_, response) => {
        response.writeHead(200, { 'cache-control': 'max-age=60', ...(vary && { vary }) })
        finish = () => response.end('old')
      })
      const fetch = cached()
      const before = read(fetch(origin.url(`/${vary}`)))
      await arrived
      origin.answer(counting({}))
      await fetch(origin.url(`/${vary}`), { method: 'POST' })
      finish()
      expect((await before)[0]).toBe('old')
      origin.answer(counting({ 'cache-control': 'max-age=60', ...(vary && { vary }) }))
      expect((await read(fetch(origin.url(`/${vary}`))))[0]).toBe('answer 1')
    }
  })

  it('works by the tags that the request is given', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60', vary: 'accept' }))
    const tags = jest.fn((request: Request) => [`path:${new URL(request.url).pathname}`])
    const fetch = cached({ tags })
    await fetch(origin.url('/a'))
    await cache.invalidate({ tags: ['path:/a'] })
    expect((await read(fetch(origin.url('/a'))))[0]).toBe('answer 2')
    expect((await read(fetch(origin.url('/a'))))[0]).toBe('answer 2')
  })
})

describe('invalidation by a tag while the origin reads', () => {
  it.each(['', 'accept-language'])('keeps nothing of before: vary %j', async vary => {
    const reached = deferred<void>()
    const release = deferred<void>()
    let db = 'OLD'
    origin.answer(async (_, response) => {
      const row = db
      reached.resolve()
      await release.promise
      response.writeHead(200, { 'cache-control': 'max-age=600', ...(vary && { vary }) })
      response.end(row)
    })
    const tier = mapTier({ clock })
    await using own = createCache({ tiers: [tier], clock })
    const fetch = cachedFetch(own, { clock, tags: () => ['host:x'] })
    const before = read(fetch(origin.url()))
    await reached.promise
    db = 'NEW'
    await own.invalidate({ tags: ['host:x'] })
    release.resolve()
    expect((await before)[0]).toBe('OLD')
    expect((await own.getMany([...tier.entries.keys()])).size).toBe(0)
    expect((await read(fetch(origin.url())))[0]).toBe('NEW')
    expect(await read(fetch(origin.url()))).toEqual(['NEW', 'default; hit; ttl=600'])
  })
})

describe('options and arguments', () => {
  it('null for the init is nothing, as the platform has it', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const fetch = cached()
    const init = null as unknown as RequestInit
    expect((await read(fetch(origin.url(), init)))[0]).toBe('answer 1')
    expect((await read(fetch(origin.url(), init)))[1]).toBe('default; hit; ttl=60')
  })

  it.each([
    [{ shared: 1 }, 'option shared must be true or false'],
    [{ maxBodyBytes: 0 }, 'option maxBodyBytes must be a size >= 1 bytes'],
    [{ maxVariants: 0 }, 'option maxVariants must be a whole number >= 1'],
    [{ revalidateFor: -1 }, 'option revalidateFor must be a duration >= 0 ms'],
    [{ storeCookies: 'no' }, 'option storeCookies must be true or false'],
    [{ fetch: {} }, 'option fetch must be a function'],
    [{ tags: [] }, 'option tags must be a function'],
    [{ clock: {} }, 'option clock must be a clock'],
    [{ ttl: 1 }, 'cachedFetch.ttl'],
  ])('%j are refused at construction', (options, message) => {
    expect(() => cachedFetch(cache, options as unknown as CachedFetchOptions)).toThrow(message)
  })

  it('a URL with a password is refused, and not shown', async () => {
    const fetched = cached()('http://ada:secret@localhost/')
    await expect(fetched).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(fetched).rejects.not.toThrow('secret')
  })

  it('a fetch of its own is called as fetch is', async () => {
    origin.answer(counting({ 'cache-control': 'max-age=60' }))
    const own = jest.fn<Fetch>((input, init) => globalThis.fetch(input, init))
    const fetch = cached({ fetch: own })
    await fetch(origin.url(), { headers: { 'x-mine': '1' } })
    expect(own.mock.calls[0]?.[0]).toBe(origin.url())
    expect(origin.requests[0]?.headers['x-mine']).toBe('1')
  })

  it('a closed cache says so; what changes something goes on', async () => {
    await cache.close()
    const fetch = cached()
    await expect(fetch(origin.url())).rejects.toMatchObject({ code: 'CLOSED' })
    expect((await fetch(origin.url(), { method: 'POST' })).status).toBe(200)
  })
})
