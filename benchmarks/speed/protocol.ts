/** What the judge says to a process, and what that answers. One question at a time. */
export type Question =
  | { readonly kind: 'prepare'; readonly scenario: string; readonly warmMs: number }
  | { readonly kind: 'measure'; readonly ms: number }
  | { readonly kind: 'release' }

export interface Measured {
  /** Nanoseconds an operation. */
  readonly cost: number
  readonly hitShare?: number
}

export type Answer =
  | { readonly kind: 'prepared'; readonly isThere: boolean }
  | ({ readonly kind: 'measured' } & Measured)
  | { readonly kind: 'released' }
  | { readonly kind: 'failed'; readonly message: string }
