/** How high versions had risen by a moment. Only those that were the highest so far are kept. */
export interface Steps {
  /** In the order of time. */
  add(at: number, rank: number): void
  /** The highest one that came more than `marginMs` before `moment`. */
  before(moment: number, marginMs: number): Step | undefined
}

export interface Step {
  readonly at: number
  readonly rank: number
}

export function createSteps(): Steps {
  return new RisingSteps()
}

class RisingSteps implements Steps {
  readonly #steps: Step[] = []

  add(at: number, rank: number): void {
    if (rank > (this.#steps.at(-1)?.rank ?? -1)) this.#steps.push({ at, rank })
  }

  before(moment: number, marginMs: number): Step | undefined {
    const count = countWhile(this.#steps.length, index => {
      const step = this.#steps[index]
      return step !== undefined && moment - step.at > marginMs
    })
    return this.#steps[count - 1]
  }
}

/** How many of the first `length` indexes `holds` for, which does so for all up to some index and for none after. */
export function countWhile(length: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) low = middle + 1
    else high = middle
  }
  return low
}
