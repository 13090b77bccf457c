import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A registry that has only the packed packages, for the scope of their names. */
export interface Registry {
  readonly url: string
  close(): Promise<void>
}

/** Serves tarballs as npm's registry does, so that the install lines of the documentation run as they stand. */
export async function startRegistry(tarballs: readonly string[]): Promise<Registry> {
  const files = new Map(tarballs.map((path) => [basename(path), readFileSync(path)]))
  // Package managers keep what they got by its address, and the same version has other content in the next run.
  const prefix = randomUUID()
  let url = ''
  const documents = new Map([...files].map(([file, bytes]) => [manifestOf(bytes).name, () => documentOf(url, file, bytes)]))
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice(prefix.length + 2))
    const found = files.get(basename(path)) ?? documents.get(path)?.()
    response.writeHead(found === undefined ? 404 : 200)
    response.end(typeof found === 'string' || found === undefined ? (found ?? '{}') : found)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${prefix}`
  return {
    url,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
}

interface Manifest {
  readonly name: string
  readonly version: string
}

function documentOf(url: string, file: string, bytes: Buffer): string {
  const manifest = manifestOf(bytes)
  const shasum = createHash('sha1').update(bytes).digest('hex')
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  const dist = { tarball: `${url}/-/${file}`, shasum, integrity }
  const { name, version } = manifest
  return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } })
}

const BLOCK = 512

/** Reads `package/package.json` of a tarball. A header has the name at its beginning and the size, in octal digits, at 124. */
function manifestOf(tarball: Buffer): Manifest {
  const tar = gunzipSync(tarball)
  for (let at = 0; at < tar.length;) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '')
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0
    if (name === 'package/package.json') return JSON.parse(tar.toString('utf8', at + BLOCK, at + BLOCK + size)) as Manifest
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  throw new Error('The tarball has no package.json.')
}
