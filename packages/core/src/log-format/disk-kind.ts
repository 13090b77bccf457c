/**
 * Kind of a directory's file system. `network`: other machines write there too, and its locks and syncs promise less. `memory`:
 * it is lost when the machine stops. `layer`: it belongs to a container, and is lost with it.
 */
export type DiskKind = 'disk' | 'network' | 'memory' | 'layer'

/** Magic numbers from `statfs(2)` and Linux's `magic.h`. FUSE may be any kind; it counts as a disk. */
const kinds: ReadonlyMap<number, DiskKind> = new Map([
  [0x6969, 'network'], // NFS
  [0x517b, 'network'], // SMB
  [0xfe534d42, 'network'], // SMB2
  [0xff534d42, 'network'], // CIFS
  [0x01021997, 'network'], // 9P
  [0x00c36400, 'network'], // Ceph
  [0x5346414f, 'network'], // AFS
  [0x0bd00bd0, 'network'], // Lustre
  [0x47504653, 'network'], // GPFS
  [0x01021994, 'memory'], // tmpfs
  [0x858458f6, 'memory'], // ramfs
  [0x794c7630, 'layer'], // overlayfs
])

export function diskKind(type: number): DiskKind {
  return kinds.get(type >>> 0) ?? 'disk'
}

/** The problems of each kind for an operator, one sentence each. */
export const diskProblems: Readonly<Record<DiskKind, readonly string[]>> = {
  disk: [],
  network: ['The journal is on a network file system, which decides whether its syncs survive a power failure.'],
  memory: [
    'The journal is in memory (tmpfs): it survives the end of the process, but not of the machine or the container. Mount a disk.',
  ],
  layer: ["The journal is on the container's own layer: it is lost with the container. Mount a volume."],
}
