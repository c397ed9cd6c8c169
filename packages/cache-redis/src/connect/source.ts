import type { Access, RedisAddress } from './address.ts'
import type { Borrowed } from './borrowed.ts'

/** Where Redis is, checked. */
export type CheckedSource = ServerSource | SentinelSource | ClusterSource | ClientSource

export interface ClientSource {
  readonly kind: 'client'
  readonly borrowed: Borrowed
  readonly subscriber: Borrowed | undefined
}

/** What the sources share whose connections are our own. */
interface Own {
  readonly access: Access
  readonly poolSize: number
}

export interface ServerSource extends Own {
  readonly kind: 'server'
  readonly address: RedisAddress
}

export interface SentinelSource extends Own {
  readonly kind: 'sentinel'
  readonly name: string
  readonly nodes: readonly RedisAddress[]
  /** To the Sentinels. */
  readonly sentinelAccess: Access
  readonly addressMap: AddressMap
}

export interface ClusterSource extends Own {
  readonly kind: 'cluster'
  readonly nodes: readonly RedisAddress[]
  readonly addressMap: AddressMap
}

export type AddressMap = (address: RedisAddress) => RedisAddress
