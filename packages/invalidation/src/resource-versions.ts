/**
 * The highest version this process was told of each resource. Bounded: of what was told long ago nothing is known, so that a
 * version told again counts as new; that invalidates once more than need be, and never once less.
 */
import { checkInteger, checkOptions, checkText } from '@greenlang/core'

export interface ResourceVersionsOptions {
  /** Most resources that are remembered. Whole, >= 1. Default `10_000`. */
  maxResources?: number
}

export interface ResourceVersions {
  /** Whether this version is higher than what was known. @throws InvalidOptionError for a bad name or version. */
  raise(resource: string, version: number): boolean
  known(resource: string): number | undefined
}

/** @throws InvalidOptionError for a bad option. */
export function createResourceVersions(options: ResourceVersionsOptions = {}): ResourceVersions {
  checkOptions('createResourceVersions', options, ['maxResources'])
  const { maxResources = 10_000 } = options
  checkInteger('maxResources', maxResources, 1)
  const versions = new Map<string, number>()
  return {
    raise(resource, version) {
      checkText('resource', resource)
      checkInteger('version', version, 0)
      const known = versions.get(resource)
      if (known !== undefined && known >= version) return false
      versions.delete(resource)
      versions.set(resource, version)
      for (const oldest of versions.keys()) {
        if (versions.size <= maxResources) break
        versions.delete(oldest)
      }
      return true
    },
    known: resource => versions.get(resource),
  }
}
