/** The primaries of a cluster that are in use, each with connections of its own, and who has which slot. */
import { addressText, type RedisAddress } from './address.ts'
import { type ClusterMap, primariesOf } from './cluster-map.ts'
import { openPool, type Pool } from './pool.ts'
import { openSession } from './session.ts'
import { slotCount } from './slot.ts'
import type { ClusterSource } from './source.ts'

export interface ClusterNode {
  readonly address: RedisAddress
  readonly pool: Pool
}

export interface ClusterNodesOptions {
  readonly source: ClusterSource
  readonly scripts: readonly string[]
  /** A connection was lost, or could not be made. */
  onDown(): void
  /** A connection that had been lost stands again. */
  onAgain(): void
}

export class ClusterNodes {
  readonly #options: ClusterNodesOptions
  readonly #nodes = new Map<string, ClusterNode>()
  readonly #slots = new Array<ClusterNode | undefined>(slotCount).fill(undefined)
  readonly #leaving = new Set<Promise<void>>()

  constructor(options: ClusterNodesOptions) {
    this.#options = options
  }

  get all(): ClusterNode[] {
    return [...this.#nodes.values()]
  }

  of(slot: number): ClusterNode | undefined {
    return this.#slots[slot]
  }

  /** The node at `address`, known from now on. */
  at(address: RedisAddress): ClusterNode {
    const text = addressText(address)
    const known = this.#nodes.get(text)
    if (known) return known
    const node = { address, pool: this.#connect(address) }
    this.#nodes.set(text, node)
    return node
  }

  assign(slot: number, node: ClusterNode): void {
    this.#slots[slot] = node
  }

  /** Nodes that have no slots are left. Whether any slot has another owner than before. */
  apply(map: ClusterMap): boolean {
    const before = [...this.#slots]
    this.#slots.fill(undefined)
    for (const { from, to, owner } of map.owners) this.#slots.fill(this.at(owner), from, to + 1)
    const wanted = new Set(primariesOf(map).map(addressText))
    for (const [text, node] of this.#nodes) if (!wanted.has(text)) this.#leave(text, node)
    return before.some((node, slot) => node !== this.#slots[slot])
  }

  async close(): Promise<void> {
    for (const [text, node] of this.#nodes) this.#leave(text, node)
    this.#slots.fill(undefined)
    await Promise.all(this.#leaving)
  }

  #connect(address: RedisAddress): Pool {
    const { source, scripts, onDown, onAgain } = this.#options
    let stood = 0
    const onReady = () => {
      stood += 1
      if (stood > source.poolSize) onAgain()
    }
    const open = (signal: AbortSignal) => openSession({ address, access: source.access, scripts }, signal)
    return openPool(source.poolSize, { open, onReady, onDown })
  }

  #leave(text: string, node: ClusterNode): void {
    this.#nodes.delete(text)
    const left = node.pool.close()
    this.#leaving.add(left)
    left.then(() => this.#leaving.delete(left))
  }
}
