/**
 * What a directory is on. `network`: other machines write there too, and neither locks nor syncs mean what they say. `memory`: gone
 * when the machine stops. `layer`: a container's own, gone with the container.
 */
export type DiskKind = 'disk' | 'network' | 'memory' | 'layer'

/** Magic numbers as `statfs(2)` and Linux's `magic.h` list them. FUSE may be either; it is taken for a disk. */
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

/** What an operator should know about such a place, one sentence each. */
export const diskProblems: Readonly<Record<DiskKind, readonly string[]>> = {
  disk: [],
  network: ['The journal is on a network file system: whether its syncs survive a power failure is for that to say.'],
  memory: ['The journal is in memory (tmpfs): it survives the process, not the machine or the container. Mount a disk.'],
  layer: ["The journal is on the container's own layer, and goes away with the container. Mount a volume."],
}
