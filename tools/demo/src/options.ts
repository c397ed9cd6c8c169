import { parseArgs } from 'node:util'

/** Servers that can be paused. */
export type Breakable = (typeof breakables)[number]
const breakables = ['redis', 'postgres'] as const

export interface DemoOptions {
  /** The server that is paused for some seconds under load. Default: none. */
  breaks?: Breakable
  /** Whether to end after the table instead of serving until Ctrl-C. Default `false`. */
  once: boolean
  /** TCP port of the service; 0 takes a free one. Default `0`. */
  port: number
  /** How much data: a few thousand rows, or more than a million. Default `demo`. */
  scale: 'small' | 'demo'
  /** Length of each measured phase, in seconds, 1 to 600. Default `6`. */
  seconds: number
  /** What the access pattern and the data are drawn from. Default `1`. */
  seed: number
}

const usage =
  'npm run demo -- [--once] [--port N] [--scale small|demo] [--seconds N] [--seed N] [--break redis|postgres]'

/** @throws Error in one sentence for an option that does not exist or is out of range. */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parse(args)
  const scale = values.scale ?? 'demo'
  if (scale !== 'demo' && scale !== 'small') throw new Error(`--scale must be small or demo; got "${scale}"`)
  const breaks = values.break === undefined ? {} : { breaks: checkBreakable(values.break) }
  return {
    ...breaks,
    once: values.once ?? false,
    scale,
    port: whole('port', values.port ?? '0', 0, 65_535),
    seconds: whole('seconds', values.seconds ?? '6', 1, 600),
    seed: whole('seed', values.seed ?? '1', 0, 2 ** 31),
  }
}

function checkBreakable(text: string): Breakable {
  const found = breakables.find(name => name === text)
  if (!found) throw new Error(`--break must be ${breakables.join(' or ')}; got "${text}"`)
  return found
}

/** @throws Error in one sentence where the server to pause is somebody else's. */
export function checkOwned({ breaks }: DemoOptions, environment: NodeJS.ProcessEnv): void {
  if (!breaks) return
  const variable = breaks === 'redis' ? 'REDIS_URL' : 'DATABASE_URL'
  if (environment[variable])
    throw new Error(
      `--break ${breaks} cannot pause the server of ${variable}; unset ${variable} to have one started`,
    )
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        break: { type: 'string' },
        once: { type: 'boolean' },
        port: { type: 'string' },
        scale: { type: 'string' },
        seconds: { type: 'string' },
        seed: { type: 'string' },
      },
    })
  } catch (error) {
    throw new Error(`${(error as Error).message.split('.')[0]}; usage: ${usage}`)
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (text !== '' && Number.isInteger(value) && value >= min && value <= max) return value
  throw new Error(`--${name} must be a whole number from ${min} to ${max}; got "${text}"`)
}
