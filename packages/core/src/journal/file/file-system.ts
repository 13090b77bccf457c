/**
 * Every call the file journal makes to the disk, so that tests can put a disk underneath that loses power. Errors are Node's, with
 * an errno `code`.
 */
export interface FileSystem {
  /** Makes one directory, 0700. Rejects with `EEXIST` if it is there. */
  makeDirectory(path: string): Promise<void>
  /** The names in a directory, in no order. */
  list(directory: string): Promise<readonly string[]>
  /**
   * `create`: a new file, 0600, appended to and readable; rejects with `EEXIST`. `update`: made if it is not there, written to at
   * places. Symbolic links are refused, and so is everything else that is not a regular file, with `AUDIT_JOURNAL_UNAVAILABLE`: it
   * never waits for the other end of a FIFO.
   */
  open(path: string, mode: OpenMode): Promise<OpenFile>
  /** Replaces what is at `to`, in one step. */
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Of the thing itself: symbolic links are not followed. */
  stat(path: string): Promise<FileStat>
  /** Makes the entries of a directory durable: what was created, renamed or removed in it. */
  syncDirectory(path: string): Promise<void>
  space(path: string): Promise<DiskSpace>
  /**
   * Takes an exclusive lock that ends with this process at the latest, or gives nothing if somebody holds it. The file is made if
   * it is not there.
   */
  lock(path: string): FileLock | undefined
  /** Creates a file with these bytes and makes it durable, all before it returns: for the moment in which a process ends. */
  createSync(path: string, bytes: Uint8Array): void
  /** Whether the file at `path` is still that one, at once. */
  isSameSync(path: string, stat: FileStat): boolean
}

export type OpenMode = 'create' | 'update' | 'read'

export interface OpenFile {
  /** Appends, or writes at `position` to a file that is updated; resolves with how many bytes were taken, which may be fewer. */
  write(bytes: Uint8Array, position?: number): Promise<number>
  /** Fills `bytes` from `position` on; resolves with how many were there. */
  read(bytes: Uint8Array, position: number): Promise<number>
  /** Makes what was written durable (`fdatasync`). */
  sync(): Promise<void>
  stat(): Promise<FileStat>
  close(): Promise<void>
}

/** `other`: a FIFO, a device or a socket. */
export type FileKind = 'file' | 'directory' | 'link' | 'other'

export interface FileStat {
  readonly inode: number
  /** Names the file has: 0 once it is removed. */
  readonly links: number
  readonly size: number
  readonly mode: number
  /** Milliseconds since 1970: when it was last written to. */
  readonly modifiedAt: number
  readonly kind: FileKind
}

export interface DiskSpace {
  /** What `statfs` calls the kind of file system: a magic number. */
  readonly type: number
  /** For the likes of us, not for root. */
  readonly freeBytes: number
  readonly totalBytes: number
}

export interface FileLock {
  /** Gives it back. Safe to call twice. */
  release(): void
}
