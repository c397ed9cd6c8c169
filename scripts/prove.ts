/** `npm run prove -- <name>`: a long proof, with its report under docs/evidence/. CI runs the same code with a small budget. */
import { proveCoherence } from './prove-coherence.ts'

const proofs: Readonly<Record<string, () => Promise<boolean>>> = { coherence: proveCoherence }

const [name = '', ...rest] = process.argv.slice(2)
const proof = Object.hasOwn(proofs, name) && rest.length === 0 ? proofs[name] : undefined
if (proof === undefined) {
  process.stderr.write(
    `unknown proof "${[name, ...rest].join(' ')}"; use npm run prove -- <name>, where <name> is one of: ${Object.keys(proofs).join(', ')}\n`,
  )
  process.exitCode = 1
} else {
  try {
    process.exitCode = (await proof()) ? 0 : 1
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
