import type { Asker, DeadLetterActions, Force } from './dead-letters-api.ts'
import { AuditError } from '../errors.ts'
import { parseReplayText } from '../journal/dead-letter-store.ts'
import { parseReleaseText, type HeldLines } from '../journal/held.ts'
import type { JournalCapabilities } from '../journal/capabilities.ts'
import { SignedRequests } from '../journal/signed-requests.ts'
import type { OwnerRequest } from '../journal/owner-request.ts'
import type { Seal } from '../journal/seal.ts'

/**
 * Carries out commands. Rejects an invalid command with `AUDIT_INVALID_OPTIONS`, and as the command itself does. Any user who can
 * write the journal's files can write a command, so the name in it is a claim, and is recorded as one.
 */
export function createCommandExecutor(
  { sealable, forgettable }: Pick<JournalCapabilities, 'sealable' | 'forgettable'>,
  letters: DeadLetterActions,
  seal: Seal | undefined,
): (command: unknown, owner: string) => Promise<unknown> {
  const signed = new SignedRequests()
  return async (given, owner) => {
    const command = checked(given)
    if (command.command === 'forget-sink') return { forgotten: (await forgettable?.forget(command.sink)) ?? false }
    if (command.command === 'release-held') return { released: await releaseSigned(command.request, sealable?.held, seal) }
    const asker: Asker = { via: 'file', ...(command.by !== undefined && { claimedBy: command.by }) }
    if (command.command === 'purge-dead-letters') return { purged: await letters.purge(command, asker) }
    const force = command.request === undefined ? forceIn(command, asker, seal) : signedForce(command, owner, signed, seal)
    const { unproven, ...counts } = await letters.replay(command, force)
    return { ...counts, ...(unproven.length > 0 && { unproven: unproven.length }) }
  }
}

/** Any user who can write a command can write a log. Only the key shows that an authorized person made the request. */
async function releaseSigned(request: string, held: HeldLines | undefined, seal: Seal | undefined): Promise<number> {
  const release = parseReleaseText(openedBy(seal, request))
  if (!release || !held) throw new AuditError('AUDIT_INVALID_OPTIONS', 'The command is wrong: request: give a signed release.')
  return held.release(release)
}

type ReplayCommand = Exclude<OwnerRequest, { readonly command: 'release-held' }>

/** A key of the seal must sign what nothing else proves. Without a key, a name in a file is all there is. */
function forceIn({ force }: ReplayCommand, asker: Asker, seal: Seal | undefined): Force | undefined {
  if (!force) return undefined
  if (!seal?.keys.length) return { asker }
  const problem = `force: a key of this seal must sign it. Run 'audit dead-letters replay' with --force and --key-file.`
  throw new AuditError('AUDIT_INVALID_OPTIONS', `The command is wrong: ${problem}`)
}

function signedForce(
  { request = '', sink }: ReplayCommand,
  owner: string,
  signed: SignedRequests,
  seal: Seal | undefined,
): Force {
  const text = openedBy(seal, request)
  const replay = parseReplayText(text)
  if (!replay || replay.sink !== sink)
    throw new AuditError('AUDIT_INVALID_OPTIONS', 'The command is wrong: request: give a signed replay of this sink.')
  signed.check(text, { isForUs: replay.owner === owner, refused: 'Nothing was sent: the request' })
  signed.use(text)
  return { asker: { by: replay.by }, sha256: replay.sha256 }
}

function openedBy(seal: Seal | undefined, request: string): string {
  try {
    return seal?.openNote(request) ?? ''
  } catch (error) {
    throw new AuditError('AUDIT_INVALID_OPTIONS', 'The command is wrong: request: no key of this seal has signed it.', {
      cause: error,
    })
  }
}

const names: readonly OwnerRequest['command'][] = ['release-held', 'forget-sink', 'replay-dead-letters', 'purge-dead-letters']

function checked(given: unknown): OwnerRequest {
  const { command, sink, ids, force, by, request } = (given ?? {}) as Partial<
    Record<'command' | 'sink' | 'ids' | 'force' | 'by' | 'request', unknown>
  >
  const isRelease = command === 'release-held'
  const needsName = command === 'purge-dead-letters' || (command === 'replay-dead-letters' && force === true)
  const problems = [
    ...(names.some((name) => name === command) ? [] : [`command: give one of ${names.join(', ')}`]),
    ...(isRelease || (typeof sink === 'string' && sink !== '') ? [] : ['sink: give its name']),
    ...((request === undefined ? !isRelease : typeof request === 'string') ? [] : ['request: give a signed text']),
    ...(ids === undefined || (Array.isArray(ids) && ids.every((id) => typeof id === 'string'))
      ? []
      : ['ids: give a list of ids']),
    ...(force === undefined || typeof force === 'boolean' ? [] : ['force: give true or false']),
    ...((by === undefined ? !needsName : typeof by === 'string' && by !== '') ? [] : ['by: name the person who asks']),
  ]
  if (problems.length > 0) throw new AuditError('AUDIT_INVALID_OPTIONS', `The command is wrong: ${problems.join('; ')}.`)
  return given as OwnerRequest
}
