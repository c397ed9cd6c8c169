import { isGreenlangError } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import {
  type FaultConnection,
  type FaultProxyOptions,
  type Faults,
  faultProxy,
  type LaneSelection,
} from '../src/index.ts'
import { inLab } from './support/proxied.ts'

const to = { host: '127.0.0.1', port: 6_379 }

describe('what a proxy is asked for', () => {
  it.each<[string, unknown]>([
    ['of faultProxy', undefined],
    ['of to', {}],
    ['to.host', { to: { port: 1 } }],
    ['to.port', { to: { host: 'a', port: 0 } }],
    ['to.tls', { to: { ...to, tls: true } }],
    ['host', { to, host: '' }],
    ['port', { to, port: 65_536 }],
    ['classify', { to, classify: 'GET' }],
    ['clock', { to, clock: {} }],
    ['random', { to, random: 7 }],
    ['faultProxy.latency', { to, latency: 5 }],
  ])('names the bad option %s', async (option, options) => {
    const error = await faultProxy(options as FaultProxyOptions).catch(error => error)
    expect(isGreenlangError(error, 'INVALID_OPTION')).toBe(true)
    expect(error.option).toBe(option)
  })

  it.each<{ option: string; faults?: unknown; selection?: unknown }>([
    { option: 'delayMs', faults: { delayMs: -1 } },
    { option: 'delayMs', faults: { delayMs: '5s' } },
    { option: 'jitterMs', faults: { jitterMs: Number.POSITIVE_INFINITY } },
    { option: 'dropped', faults: { dropped: 1 } },
    { option: 'held', faults: { held: null } },
    { option: 'sliceBytes', faults: { sliceBytes: 0 } },
    { option: 'limitBytes', faults: { limitBytes: 1.5 } },
    { option: 'atLimit', faults: { atLimit: 'close' } },
    { option: 'faults.latency', faults: { latency: 5 } },
    { option: 'of faults', faults: undefined },
    { option: 'of selection', faults: { held: true }, selection: 'up' },
    { option: 'direction', faults: {}, selection: { direction: 'left' } },
    { option: 'label', faults: {}, selection: { label: '' } },
    { option: 'match', faults: {}, selection: { match: true } },
    { option: 'selection.id', faults: {}, selection: { id: 1 } },
  ])('names the bad fault or selection $option, and changes nothing', ({ option, faults, selection }) =>
    inLab(async ({ proxy, link }) => {
      const { through } = await link()
      const calls = [proxy, through].slice(0, selection === undefined ? 2 : 1)
      for (const each of calls) {
        const set = () => each.set(faults as Faults, selection as LaneSelection<FaultConnection>)
        expect(set).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
      }
      expect(through.up.faults).toMatchObject({ delayMs: 0, held: false, dropped: false })
    }),
  )

  it('takes so many selections and no more, and none twice', () =>
    inLab(async ({ proxy }) => {
      for (let time = 0; time < 2_000; time += 1) proxy.set({ held: time % 2 === 0 }, { label: 'same' })
      const another = (label: number) => () => proxy.set({ delayMs: 1 }, { label: String(label) })
      for (let label = 1; label < 1_000; label += 1) another(label)()
      expect(another(1_000)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
      proxy.heal()
      expect(another(1_000)).not.toThrow()
    }))

  it('gives a url through it, and never shows a bad one', () =>
    inLab(async ({ proxy }) => {
      const { port } = proxy
      expect(proxy.url('redis://:secret@localhost/3')).toBe(`redis://:secret@127.0.0.1:${port}/3`)
      expect(proxy.url('postgres://a:b@db:5432/x?y=1')).toBe(`postgres://a:b@127.0.0.1:${port}/x?y=1`)
      expect(proxy.url('http://db')).toBe(`http://127.0.0.1:${port}/`)
      for (const bad of ['secret', 'mailto:secret', ''])
        expect(() => proxy.url(bad)).toThrow(/argument from must be a url with a host.*a string of/)
    }))
})
