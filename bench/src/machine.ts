import { statfsSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'

/** Describes the machine of the numbers. On another machine compare ratios, not numbers. */
export interface Machine {
  readonly system: string
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly fileSystem: string
  readonly node: string
}

/** The common file systems of Linux, by statfs(2). */
const FILE_SYSTEMS = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs, which no sync makes durable'],
  [0x794c7630, 'overlayfs'],
  [0x2fc12fc1, 'zfs'],
])

export function describeMachine(directory: string): Machine {
  const kind = statfsSync(directory).type
  return {
    system: `${type()} ${release()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    fileSystem: FILE_SYSTEMS.get(kind) ?? `type 0x${kind.toString(16)}`,
    node: process.version,
  }
}
