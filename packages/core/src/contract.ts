import { GreenlangError } from './error.ts'

/**
 * Version of the contracts in this package. Raised when `Tier`, `Entry` or `InvalidationBus` change so that an older
 * implementation would misbehave. 1 was a draft; 2 is proven by the coherence model, and frozen.
 */
export const contractVersion: number = 2

/** Which package made an object, and which contract it was made for. */
export interface Contract {
  /** Name of the package that made it, e.g. `@greenlang/cache-redis`. */
  readonly package: string
  readonly version: number
}

/** Two packages were installed with copies of `@greenlang/core` that do not fit each other. */
export class ContractMismatchError extends GreenlangError {
  readonly code = 'CONTRACT_MISMATCH'
  /** The package that refused, and its contract. */
  readonly expected: Contract
  /** The package that was refused, and its contract. */
  readonly actual: Contract

  constructor(expected: Contract, actual: Contract) {
    const older = actual.version < expected.version ? actual.package : expected.package
    super(
      `${expected.package} speaks contract ${expected.version} of @greenlang/core, ` +
        `${actual.package} contract ${actual.version}: upgrade ${older}, then check with "npm ls @greenlang/core"`,
    )
    this.expected = expected
    this.actual = actual
  }
}

/** What an implementation puts in its `contract` field. */
export function contractOf(packageName: string): Contract {
  return { package: packageName, version: contractVersion }
}

/** @throws ContractMismatchError unless `part` was made for the contract of `user`. */
export function assertContract(user: Contract, part: { readonly contract: Contract }): void {
  const actual: Partial<Contract> | undefined = part.contract ?? undefined
  if (actual?.version === user.version) return
  const { package: maker = 'a package that does not say its name', version = 0 } = actual ?? {}
  throw new ContractMismatchError(user, { package: maker, version })
}
