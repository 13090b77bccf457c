import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A claim for the program in `go/`, which documents each kind. Hashes and bytes are in Base64. */
export interface GoClaim {
  readonly kind: 'checkpoint' | 'inclusion' | 'consistency' | 'tiles' | 'sign' | 'prove'
  readonly vkeys?: readonly string[]
  readonly note?: string
  readonly oldNote?: string
  readonly line?: string
  readonly index?: number
  readonly proof?: readonly string[]
  readonly tiles?: Readonly<Record<string, string>>
  readonly skey?: string
  readonly text?: string
  readonly lines?: readonly string[]
  readonly oldSize?: number
}

/** Go's answer. An empty error: it accepts the claim. */
export interface GoAnswer {
  readonly error: string
  readonly note?: string
  readonly signers?: readonly string[]
  readonly root: string
  readonly inclusion?: readonly string[]
  readonly consistency?: readonly string[]
}

/** Finds the `go` command on the PATH or where its installer puts it. Undefined, with a line on stderr, if it is missing. */
export function findGo(): string | undefined {
  const found = ['go', '/usr/local/go/bin/go'].find((go) => spawnSync(go, ['version']).status === 0)
  if (!found)
    process.stderr.write("\nSKIPPED: Go is not installed, so @audit/proof is not compared with Go's sumdb/note and sumdb/tlog.\n")
  return found
}

/** Builds the program in `go/` and returns a function that runs it. Throws the compiler's output. */
export function buildGoVerifier(go: string): {
  readonly ask: (claims: readonly GoClaim[]) => readonly GoAnswer[]
  remove(): void
} {
  const folder = mkdtempSync(join(tmpdir(), 'audit-proof-go-'))
  const program = join(folder, 'check')
  const build = spawnSync(go, ['build', '-o', program, '.'], {
    cwd: fileURLToPath(new URL('go', import.meta.url)),
    encoding: 'utf8',
  })
  if (build.status !== 0) throw new Error(`go build: ${build.stderr}`, { cause: build.error })
  return {
    ask(claims) {
      const { status, stdout, stderr } = spawnSync(program, {
        input: JSON.stringify(claims),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      })
      if (status !== 0) throw new Error(`${program}: ${stderr}`)
      return JSON.parse(stdout) as readonly GoAnswer[]
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
