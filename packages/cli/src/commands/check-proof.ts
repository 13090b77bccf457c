import { ProofError } from '@audit/proof'
import { CommandError, exitCodes, UsageError, type Command } from '../command.ts'
import { printable, printableJson } from '../printable.ts'
import { checkProof, type CheckedProof } from '../prove/check-proof.ts'
import { readGiven } from '../verify/input-file.ts'
import { keysOf } from './verify.ts'

/** More than the largest event, and than the largest proof. */
const MAX_INPUT_BYTES = 4 << 20

export const checkProofCommand: Command = {
  name: 'check-proof',
  summary: 'Checks an event against its proof',
  usage: 'audit check-proof <proof> <event> --key key',
  options: [
    { name: 'key', value: 'key', multiple: true, summary: 'the verifier key of the service, or a file with it' },
    { name: 'json', summary: 'print the result as JSON' },
  ],
  examples: ['audit check-proof event-41.tlog-proof event-41.json --key seal.pub'],
  async run({ positionals, flags, values }, io) {
    const [proofPath, eventPath, ...more] = positionals
    if (proofPath === undefined || eventPath === undefined || more.length > 0)
      throw new UsageError('Give two files: the proof and the event.')
    const keys = await keysOf(values.get('key') ?? [])
    if (keys.length === 0) throw new UsageError('Give --key: a proof can only be checked with the verifier key of the service.')
    // As bytes, because different bytes can decode to the same text.
    const [proof, event] = [(await readInput(proofPath)).toString('utf8'), await readInput(eventPath)]
    const result = checked(proof, event, keys)
    if (flags.has('json')) io.out(printableJson(result))
    else if (result.ok) {
      io.out(`Proven: this event is number ${result.sequence} of ${printable(result.origin)}, exactly as it was sealed.`)
      io.out(
        `Signed by ${result.signedBy.map(printable).join(' and ')}, over ${result.size} events. The proof does not show that the event is true, or that the log continues from this checkpoint.`,
      )
    } else io.out(`Not proven: ${printable(result.message)}`)
    return result.ok ? exitCodes.fine : exitCodes.no
  },
}

type Result = ({ readonly ok: true } & CheckedProof) | { readonly ok: false; readonly code: string; readonly message: string }

function checked(proof: string, event: Buffer, keys: readonly string[]): Result {
  try {
    return { ok: true, ...checkProof(proof, event, keys) }
  } catch (error) {
    if (!(error instanceof ProofError)) throw error
    return { ok: false, code: error.code, message: error.message }
  }
}

function readInput(path: string): Promise<Buffer> {
  return readGiven(path, MAX_INPUT_BYTES, (reason) => new CommandError(`'${path}' cannot be read (${reason}).`))
}
