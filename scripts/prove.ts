/** `npm run prove -- <name>`: a long proof, with its report under docs/evidence/. CI runs the same code with a small budget. */
import { proveCache } from './prove-cache.ts'
import { proveCoherence } from './prove-coherence.ts'
import { proveDisk } from './prove-disk.ts'
import { proveRedis } from './prove-redis.ts'

type Proof = (args: readonly string[]) => Promise<boolean>

const proofs: Readonly<Record<string, Proof>> = {
  coherence: takesNothing(proveCoherence),
  redis: proveRedis,
  disk: proveDisk,
  cache: proveCache,
}

const [name = '', ...rest] = process.argv.slice(2)
const proof = Object.hasOwn(proofs, name) ? proofs[name] : undefined
if (proof === undefined) refuse(name)
else {
  try {
    process.exitCode = (await proof(rest)) ? 0 : 1
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

function takesNothing(proof: () => Promise<boolean>): Proof {
  return args => {
    if (args.length === 0) return proof()
    refuse([name, ...args].join(' '))
    return Promise.resolve(false)
  }
}

function refuse(asked: string): void {
  process.stderr.write(
    `unknown proof "${asked}"; use npm run prove -- <name>, where <name> is one of: ${Object.keys(proofs).join(', ')}\n`,
  )
  process.exitCode = 1
}
