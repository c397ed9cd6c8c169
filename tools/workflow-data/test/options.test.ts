import { loadWorkflowData, sampleKeys } from '@greenlang/workflow-data'
import { describe, expect, it } from '@jest/globals'
import { toLoadError } from '../src/error.ts'

describe('the error', () => {
  it.each([
    [{ code: 'ENOSPC' }, 'disk-full'],
    [{ code: 'ECONNRESET' }, 'connection'],
    [{ code: 'EPIPE' }, 'connection'],
    [{ code: 'ERR_STREAM_PREMATURE_CLOSE', message: 'Premature close' }, 'connection'],
    [{ code: '08006' }, 'connection'],
    [{ message: 'Connection terminated unexpectedly' }, 'connection'],
    [{ code: '42501' }, 'refused'],
    [new TypeError('x is not a function'), 'unexpected'],
    [undefined, 'unexpected'],
  ])('of %p is %s', (cause, reason) => {
    expect(toLoadError(cause, 'copying users')).toMatchObject({ reason, cause })
  })
})

describe('options', () => {
  it.each([
    [{ url: undefined }, /^option url must be a connection string like postgres:.*; got nothing/],
    [{ url: 'mysql://ann:s3cret@h/x' }, /^option url must be .* \(not shown\)$/],
    [{ scale: 'huge' }, /^option scale must be one of 'small', 'demo'; got "huge"$/],
    [{ seed: -1 }, /^option seed must be a whole number >= 0 and <= 4294967295; got -1$/],
    [{ now: Number.NaN }, /^option now must be a number/],
    [{ replace: 'yes' }, /^option replace must be true or false/],
    [{ onProgress: 1 }, /^option onProgress must be a function/],
    [{ signal: {} }, /^option signal must be an AbortSignal/],
    [{ sed: 1 }, /^option loadWorkflowData.sed must be one that exists/],
  ])('that are wrong are named: %j', async (options, message) => {
    const load = loadWorkflowData({
      url: 'postgres://ann@127.0.0.1:1/x',
      scale: 'small',
      ...(options as object),
    })
    await expect(load).rejects.toThrow(message)
  })

  it('of sampleKeys too', () => {
    expect(() => sampleKeys({ scale: 'small', count: 0 })).toThrow(
      'option count must be a whole number >= 1; got 0',
    )
    expect(() => sampleKeys({ scale: 'tiny' as never })).toThrow('option scale must be one of')
  })
})
