import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inOwnMounts } from './own-mounts.ts'

/**
 * Runs this program once more, in a network of its own in which every address there is leads to this machine; returns only in
 * there. Needs root.
 */
export async function inOwnNetwork(): Promise<void> {
  await inOwnMounts('--net')
  for (const command of ['link set lo up', '-4 route add local 0.0.0.0/0 dev lo', '-6 route add local ::/0 dev lo']) {
    execFileSync('ip', command.split(' '), { stdio: ['ignore', 'ignore', 'inherit'] })
  }
}

/** From now on the resolver of the system asks 127.0.0.1. The directory is for its configuration, while this program runs. */
export function askOwnNameServer(directory: string): void {
  replace(directory, 'resolv.conf', 'nameserver 127.0.0.1\noptions timeout:1 attempts:2\n')
  replace(directory, 'nsswitch.conf', 'hosts: files dns\n')
}

function replace(directory: string, name: string, text: string): void {
  writeFileSync(join(directory, name), text)
  execFileSync('mount', ['--bind', join(directory, name), join('/etc', name)])
}
