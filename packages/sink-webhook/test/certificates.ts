import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly cert: string
  readonly key: string
}

export interface IssueOptions {
  /** Days of validity from now; negative for an expired certificate. Default 9. */
  readonly days?: number
  /** Encrypts the key. */
  readonly passphrase?: string
}

export interface Authority extends Certificate {
  /** Issues a certificate for that name or address. */
  issue(name: string, options?: IssueOptions): Certificate
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', 'key']

/** A certificate authority of our own, made by openssl. */
export function makeAuthority(): Authority {
  const authority = withOpenssl({}, (openssl) => {
    openssl('req', '-x509', ...newKey, '-nodes', '-out', 'cert', '-subj', '/CN=authority', '-days', '9')
  })
  return {
    ...authority,
    issue: (name, { days = 9, passphrase } = {}) =>
      withOpenssl({ authority: authority.cert, 'authority.key': authority.key, names: namesOf(name) }, (openssl) => {
        const lock = passphrase === undefined ? ['-nodes'] : ['-passout', `pass:${passphrase}`]
        openssl('req', ...newKey, ...lock, '-out', 'request', '-subj', `/CN=${name}`)
        const issuer = ['-CA', 'authority', '-CAkey', 'authority.key', '-days', String(days)]
        openssl('x509', '-req', '-in', 'request', '-extfile', 'names', '-out', 'cert', ...issuer)
      }),
  }
}

function namesOf(name: string): string {
  return `subjectAltName=${isIP(name) ? 'IP' : 'DNS'}:${name}\n`
}

/** Runs openssl in a directory that holds the files, and takes `cert` and `key` from there. */
function withOpenssl(files: Record<string, string>, run: (openssl: (...command: string[]) => void) => void): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'audit-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
    run((...command) => void execFileSync('openssl', command, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] }))
    return { cert: readFileSync(join(directory, 'cert'), 'utf8'), key: readFileSync(join(directory, 'key'), 'utf8') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
