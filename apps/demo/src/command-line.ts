import { parseArgs } from 'node:util'
import { nearest } from '@audit/core/internal'
import { frameworks, type Framework } from './service.ts'

export interface CommandLine {
  readonly help: boolean
  readonly once: boolean
  readonly port: number
  readonly framework: Framework
  /** Left out: `audit.log`, or with `once` a new temporary file. */
  readonly file?: string
  readonly format: 'native' | 'flipt'
  /** Configures the trail instead: a path, or the name of an example. */
  readonly config?: string
}

/** A mistake in the command line, in one line for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const usage = `A small feature-flag service, audited.

  --once            play a tour against the service, compare the trail with it, and end
  --framework <name> the web framework: koa or nest (default koa)
  --port <number>   the port on 127.0.0.1; 0 for any free one (default 4400, with --once 0)
  --file <path>     the file of the trail (default audit.log, with --once a new temporary file)
  --format <name>   the format of the file: native or flipt (default native)
  --config <file>   configure the trail by a file instead: a path, or the name of an example
                    (stdout, file, webhook, messages, file-and-webhook, flipt)
  --help            show this text`

const formats = ['native', 'flipt'] as const
const options = {
  once: { type: 'boolean' },
  framework: { type: 'string' },
  port: { type: 'string' },
  file: { type: 'string' },
  format: { type: 'string' },
  config: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Throws a UsageError that names what was probably meant. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values } = parse(args)
  const {
    help = false,
    once = false,
    port = once ? '0' : '4400',
    framework: server = 'koa',
    file,
    format: given = 'native',
    config,
  } = values
  const format = formats.find((name) => name === given)
  if (!format) throw new UsageError(`--format ${given}: give ${formats.join(' or ')}.`)
  const framework = frameworks.find((name) => name === server)
  if (!framework) throw new UsageError(`--framework ${server}: give ${frameworks.join(' or ')}.`)
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new UsageError(`--port ${port}: give a number from 0 to 65535.`)
  if (file === '') throw new UsageError('--file: give a path.')
  if (config === '') throw new UsageError('--config: give a path, or the name of an example.')
  if (config !== undefined && (file !== undefined || values.format !== undefined)) {
    throw new UsageError('--config configures the trail; leave --file and --format out.')
  }
  return {
    help,
    once,
    port: Number(port),
    framework,
    format,
    ...(file !== undefined && { file }),
    ...(config !== undefined && { config }),
  }
}

function parse(args: readonly string[]) {
  const known = Object.keys(options)
  const unknown = args.find((argument) => /^--./.test(argument) && !known.includes(argument.slice(2).split('=')[0]!))
  if (unknown) {
    const name = unknown.slice(2).split('=')[0]!
    const meant = nearest(name, known)
    throw new UsageError(`--${name}: there is no such option.${meant ? ` Did you mean --${meant}?` : ' --help lists them.'}`)
  }
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
