import { checkInteger, checkOptions, type Duration, parseDuration } from '@greenlang/core'

export interface AuditOptions {
  /** Number of hits of which one is compared. Whole, >= 1. Default `1_000`. */
  every?: number
  /** How much older a hit may be than what the next tier holds; beyond it is a violation. >= 0. Default `'1500ms'`: lease, deadline and a margin. */
  tolerated?: Duration
}

/** `AuditOptions` checked. */
export interface AuditSettings {
  readonly every: number
  readonly toleratedMs: number
}

/** @throws InvalidOptionError */
export function checkAudit(options: AuditOptions): AuditSettings {
  checkOptions('audit', options, ['every', 'tolerated'])
  const { every = 1_000, tolerated = '1500ms' } = options
  return {
    every: checkInteger('audit.every', every, 1),
    toleratedMs: parseDuration('audit.tolerated', tolerated, { minMs: 0 }),
  }
}
