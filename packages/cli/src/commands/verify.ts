import { acceptances, defaultAcceptances, parseVerifierKey, type Acceptance, type Verdict } from '@audit/proof'
import { CommandError, exitCodes, UsageError, type Command, type CommandInput } from '../command.ts'
import { printableJson } from '../printable.ts'
import { journalDirectory } from '../journal-directory.ts'
import { sentencesOf } from '../verify/describe-report.ts'
import { readGiven } from '../verify/input-file.ts'
import { verifyTrail } from '../verify/verify-trail.ts'

/** A key has some 100 characters. */
const MAX_KEYS_BYTES = 1 << 20

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Checks that a trail is complete, in order and unchanged',
  usage: 'audit verify [journal | file… | -] [--key key] [--anchor file] [--accept names | --strict]',
  note: 'Verify a journal and its copy separately, because together they have every event twice.',
  options: [
    {
      name: 'key',
      value: 'key',
      multiple: true,
      summary: 'a verifier key, or a file with one per line; without a key, signatures are not checked',
    },
    {
      name: 'anchor',
      value: 'file',
      multiple: true,
      summary: 'an anchor: a file of checkpoints, kept where the service cannot change it',
    },
    { name: 'tiles', value: 'journal', summary: 'for a copy of selected events: the journal that has their hashes' },
    {
      name: 'accept',
      value: 'names',
      multiple: true,
      summary: `states that may stay unproven, separated by commas; default: ${defaultAcceptances.join(',')}; possible: ${acceptances.join(', ')}`,
    },
    { name: 'strict', summary: 'accept no unproven state: exit code 4 unless every event is proven' },
    { name: 'unique-ids', summary: 'look for events with the same id; needs 12 bytes per event' },
    { name: 'json', summary: 'print the whole report as JSON' },
  ],
  examples: [
    'audit verify --key seal.pub',
    'audit verify audit.log audit.log-*.gz --key flags-api+446d65c7+AVn… --anchor flags-api.anchor',
    'audit verify flags.log --tiles .audit --key seal.pub',
    'zcat archive.gz | audit verify - --key seal.pub --json',
  ],
  async run({ positionals, flags, values }, io) {
    const isStream = positionals.includes('-')
    if (isStream && positionals.length > 1) throw new UsageError('Give either - for standard input, or files.')
    const paths = positionals.length > 0 ? positionals : [journalDirectory(undefined, io.env)]
    const keys = await keysOf(values.get('key') ?? [])
    const tiles = values.get('tiles')?.at(-1)
    const accept = acceptanceOf(values.get('accept'))
    if (accept && flags.has('strict')) throw new UsageError('Give either --accept or --strict, which accepts no unproven state.')
    const report = await verifyTrail({
      ...(isStream ? { stream: io.stdin as AsyncIterable<unknown> } : { paths }),
      keys,
      anchors: values.get('anchor') ?? [],
      ...(tiles !== undefined && { tiles }),
      ...(accept && { accept }),
      strict: flags.has('strict'),
      uniqueIds: flags.has('unique-ids'),
      onProgress: (done, total) => io.progress.update(done, total, 'bytes'),
      signal: io.signal,
    }).catch((error: unknown) => {
      throw unreadable(error)
    })
    io.progress.end()
    if (flags.has('json')) io.out(printableJson(report, 2))
    else for (const line of sentencesOf(report, { hasKeys: keys.length > 0, hasColours: io.isTerminal })) io.out(line)
    return exitCodeOf[report.verdict]
  },
}

const exitCodeOf: Readonly<Record<Verdict, number>> = {
  proven: exitCodes.fine,
  consistent: exitCodes.fine,
  unproven: exitCodes.unproven,
  wrong: exitCodes.no,
}

/** The names given with `--accept`; nothing if it was not given. Throws a `UsageError` for a name that is not one. */
function acceptanceOf(given: readonly string[] | undefined): readonly Acceptance[] | undefined {
  return given
    ?.flatMap((list) => list.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const known = acceptances.find((each) => each === name)
      if (known) return known
      throw new UsageError(`--accept: '${name}' is not one of ${acceptances.join(', ')}.`)
    })
}

/** Reads the values of `--key`: keys, or files with keys. Throws a `UsageError` for anything else. */
export async function keysOf(given: readonly string[]): Promise<readonly string[]> {
  const keys: string[] = []
  for (const each of given) {
    if (isKey(each)) keys.push(each)
    else keys.push(...(await keysInFile(each)))
  }
  for (const key of keys) checkKey(key)
  return keys
}

function isKey(text: string): boolean {
  return /^[^+\s]+\+[0-9a-f]{8}\+|^PRIVATE\+KEY\+/.test(text)
}

/** Throws a `UsageError` for an invalid key. Its message never contains a signing key. */
function checkKey(key: string): void {
  if (key.startsWith('PRIVATE+KEY+')) {
    throw new UsageError('--key: this is a signing key, which must stay secret. Give the verifier key.')
  }
  try {
    parseVerifierKey(key)
  } catch (error) {
    throw new UsageError(`--key: ${(error as Error).message}`)
  }
}

async function keysInFile(path: string): Promise<readonly string[]> {
  const bytes = await readGiven(path, MAX_KEYS_BYTES, (reason) => {
    return new UsageError(`--key: '${path}' is neither a verifier key (name+1a2b3c4d+…) nor a file with one (${reason}).`)
  })
  const lines = bytes
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (keys.length === 0) throw new UsageError(`--key: '${path}' has no key.`)
  return keys
}

/** Turns an error about an input file into a message without a stack. */
function unreadable(error: unknown): Error {
  const { code, message, name, path } = error as NodeJS.ErrnoException
  if (code === 'AUDIT_GIVEN_TWICE') return new UsageError(message)
  if (code === 'ENOENT' && path !== undefined) return new CommandError(`There is no '${path}'.`)
  return code === undefined && name !== 'AbortError' ? (error as Error) : new CommandError(message)
}

/** Returns the value of an option that is given at most once. */
export function valueOf({ values }: CommandInput, name: string): string | undefined {
  return values.get(name)?.at(-1)
}
