import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inOwnMounts } from '../harness/own-mounts.ts'

/**
 * Runs this program once more, in a separate network in which every address leads to this machine. Returns only in
 * that program. Needs root.
 */
export async function inOwnNetwork(): Promise<void> {
  await inOwnMounts('--net')
  for (const command of ['link set lo up', '-4 route add local 0.0.0.0/0 dev lo', '-6 route add local ::/0 dev lo']) {
    execFileSync('ip', command.split(' '), { stdio: ['ignore', 'ignore', 'inherit'] })
  }
}

/** Lets the resolver of the system ask 127.0.0.1 while this program runs. The directory is for its configuration. */
export function askOwnNameServer(directory: string): void {
  replace(directory, 'resolv.conf', 'nameserver 127.0.0.1\noptions timeout:1 attempts:2\n')
  replace(directory, 'nsswitch.conf', 'hosts: files dns\n')
}

function replace(directory: string, name: string, text: string): void {
  writeFileSync(join(directory, name), text)
  execFileSync('mount', ['--bind', join(directory, name), join('/etc', name)])
}
