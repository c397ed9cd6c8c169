/** What a busy writer has done, as far as it came to say, and so what may be found after it was killed. */

export interface Deed {
  readonly kind: 'set' | 'delete' | 'invalidate'
  readonly key: string
  readonly version: number
  /** Of the value, about. */
  readonly length: number
}

/** `undefined`: absent. */
type Held = { readonly value: string; readonly invalidated: boolean } | undefined

export function textOf({ key, version, length }: Deed): string {
  const word = `${key}#${version};`
  return word.repeat(Math.max(1, Math.floor(length / word.length)))
}

export class WriterBook {
  /** What was acknowledged last. */
  readonly #held = new Map<string, Held>()
  readonly #underWay = new Map<string, Deed>()
  acknowledged = 0

  begun(deed: Deed): void {
    this.#underWay.set(deed.key, deed)
  }

  done(deed: Deed): void {
    this.acknowledged += 1
    this.#underWay.delete(deed.key)
    this.#held.set(deed.key, this.#after(deed))
  }

  get keys(): readonly string[] {
    return [...new Set([...this.#held.keys(), ...this.#underWay.keys()])]
  }

  /** What is wrong with what was found, if anything. From now on that is what is there. @param mayMiss Where entries are evicted. */
  judge(key: string, found: Held, mayMiss: boolean): string | undefined {
    const deed = this.#underWay.get(key)
    const allowed = [this.#held.get(key), ...(deed ? [this.#after(deed)] : [])]
    const isAllowed = allowed.some(one => same(one, found)) || (found === undefined && mayMiss)
    this.#held.set(key, found)
    this.#underWay.delete(key)
    if (isAllowed) return undefined
    const held = allowed[0]
    if (found === undefined) return `${key}: lost, acknowledged ${held?.value.slice(0, 30)}`
    if (held && held.value === found.value) return `${key}: its mark is lost`
    return `${key}: ${found.value.slice(0, 30)} (${found.value.length}), acknowledged ${held?.value.slice(0, 30) ?? 'none'}`
  }

  #after(deed: Deed): Held {
    if (deed.kind === 'delete') return undefined
    const held = this.#held.get(deed.key)
    if (deed.kind === 'invalidate') return held && { ...held, invalidated: true }
    return { value: textOf(deed), invalidated: false }
  }
}

function same(one: Held, other: Held): boolean {
  return one?.value === other?.value && one?.invalidated === other?.invalidated
}
