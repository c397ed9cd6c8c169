import type { CacheMethods } from '../cache-types.ts'
import type { Failures } from './failures.ts'
import type { HttpSettings } from './http-options.ts'
import type { Policies } from './policy.ts'
import type { Variants } from './variants.ts'

/** What one cached fetch is made of. */
export interface HttpParts {
  readonly cache: CacheMethods
  readonly settings: HttpSettings
  readonly policies: Policies
  readonly variants: Variants
  readonly failures: Failures
  /** In `Cache-Status`. */
  readonly name: string
}
