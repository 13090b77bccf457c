import { AuditError } from '../errors.ts'

// Requests that a person outside of a process signs, and the process carries out.

/** Writes a request as the text that is signed: its title, and a line for each part. */
export function requestText(title: string, parts: readonly string[]): string {
  return `${title}\n${parts.map((part) => encodeURIComponent(part)).join('\n')}\n`
}

/** Reads such a text. Undefined if it has another title. */
export function requestParts(title: string, text: string): readonly string[] | undefined {
  const [found, ...parts] = text.trimEnd().split('\n')
  return found === title ? parts.map(decodeURIComponent) : undefined
}

/** The signed requests that this process carried out. Each counts for the process that it names, and once. */
export class SignedRequests {
  readonly #used = new Set<string>()

  /** Throws `AUDIT_INVALID_OPTIONS` if the request is for another process, or was carried out. `refused` begins the message. */
  check(request: string, { isForUs, refused }: { readonly isForUs: boolean; readonly refused: string }): void {
    if (isForUs && !this.#used.has(request)) return
    const problem = 'is for another process, or was carried out before. Run the command again.'
    throw new AuditError('AUDIT_INVALID_OPTIONS', `${refused} ${problem}`)
  }

  /** The request counts no longer. */
  use(request: string): void {
    this.#used.add(request)
  }
}
