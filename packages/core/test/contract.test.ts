import { describe, expect, it } from '@jest/globals'
import { assertContract, type Contract, contractOf, contractVersion, isGreenlangError } from '../src/index.ts'

const mismatch = (user: Contract, part: Contract): unknown => {
  try {
    assertContract(user, { contract: part })
  } catch (error) {
    return error
  }
  return undefined
}

const manager = { package: '@greenlang/cache-manager', version: 2 }

describe('assertContract', () => {
  it('accepts parts of the same contract, from whichever copy', () => {
    const user = contractOf('@greenlang/cache-manager')
    expect(mismatch(user, { package: 'my-tier', version: contractVersion })).toBe(undefined)
  })

  it.each([
    [{ package: '@greenlang/cache-redis', version: 1 }, 'upgrade @greenlang/cache-redis'],
    [{ package: '@greenlang/cache-redis', version: 3 }, 'upgrade @greenlang/cache-manager'],
  ])('refuses %p, naming both packages and which to upgrade', (part, remedy) => {
    const error = mismatch(manager, part)
    expect(isGreenlangError(error, 'CONTRACT_MISMATCH')).toBe(true)
    expect((error as Error).message).toContain('@greenlang/cache-manager speaks contract 2')
    expect((error as Error).message).toContain(`@greenlang/cache-redis contract ${part.version}`)
    expect((error as Error).message).toContain(remedy)
    expect(error).toMatchObject({ expected: manager, actual: part })
  })

  it.each([[undefined], [null], ['1'], [{}]])('refuses a part whose contract is %p', contract => {
    expect(isGreenlangError(mismatch(manager, contract as never), 'CONTRACT_MISMATCH')).toBe(true)
  })
})
