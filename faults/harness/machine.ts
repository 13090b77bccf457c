import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, release, type } from 'node:os'
import type { Need } from './row.ts'

/** Describes the machine in one line. */
export function machine(): string {
  return `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${type()} ${release()}`
}

/** The requirements that this machine does not meet. */
export function missingNeeds(needs: readonly Need[]): readonly Need[] {
  return needs.filter((need) => !has[need]())
}

const has: Readonly<Record<Need, () => boolean>> = {
  linux: () => process.platform === 'linux',
  root: () => process.getuid?.() === 0 && isThere('unshare'),
  gcc: () => isThere('gcc'),
  openssl: () => isThere('openssl'),
  // Tried in a separate network, because not every kernel has the queue.
  tc: () =>
    spawnSync('unshare', [
      '--net',
      'tc',
      'qdisc',
      'add',
      'dev',
      'lo',
      'root',
      'tbf',
      'rate',
      '1mbit',
      'burst',
      '4000',
      'limit',
      '8000',
    ]).status === 0,
  ext4: () => isThere('mkfs.ext4') && isThere('losetup'),
  xfs: () => isThere('mkfs.xfs') && isThere('xfs_io'),
  faketime: () => isThere('faketime'),
}

function isThere(program: string): boolean {
  return spawnSync('which', [program]).status === 0
}
