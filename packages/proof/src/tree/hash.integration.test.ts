import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { leafHash } from './hash.ts'

const isThere = spawnSync('sha256sum', ['--version']).status === 0 || process.env['CI'] === 'true'
if (!isThere)
  process.stderr.write('\nSKIPPED: sha256sum is not on the PATH, so it is not checked that it reproduces a leaf hash.\n')

test
  .skipIf(!isThere)
  .each(['{"name":"flag:deleted","actor":{"name":"Zoë \'Q\'"},"payload":{"key":"%s \\\\n $HOME"},"sequence":41}', '-n', ''])(
  'sha256sum reproduces a leaf from its line: %s',
  (line) => {
    // The command that the documentation gives to auditors.
    const script = `(printf '\\0'; printf %s "$line") | sha256sum`
    const { stdout, status } = spawnSync('sh', ['-c', script], { env: { ...process.env, line }, encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, `${Buffer.from(leafHash(line)).toString('hex')}  -\n`])
  },
)
