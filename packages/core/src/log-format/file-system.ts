/**
 * Every call of the file journal to the disk, so that tests can use a disk that loses power. Errors are Node's, with an errno
 * `code`.
 */
export interface FileSystem {
  /** Makes one directory, 0700. Rejects with `EEXIST` if it exists. */
  makeDirectory(path: string): Promise<void>
  /** The names in a directory, in any order. */
  list(directory: string): Promise<readonly string[]>
  /**
   * `create`: a new file, 0600, for appending and reading; rejects with `EEXIST`. `update`: is created if it does not exist, and
   * is written at positions. Rejects with `AUDIT_JOURNAL_UNAVAILABLE` for a symbolic link and for everything else that is not a
   * regular file, and never waits for the other end of a FIFO.
   */
  open(path: string, mode: OpenMode): Promise<OpenFile>
  /** Replaces `to` in one step. */
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Describes the entry itself: symbolic links are not followed. */
  stat(path: string): Promise<FileStat>
  /** Makes the entries of a directory durable: everything that was created, renamed or removed in it. */
  syncDirectory(path: string): Promise<void>
  space(path: string): Promise<DiskSpace>
  /**
   * Takes an exclusive lock that ends with this process at the latest. Undefined if it is taken. The file is created if it does
   * not exist.
   */
  lock(path: string): FileLock | undefined
  /** Creates a file with these bytes and makes it durable before it returns, for a process that is ending. */
  createSync(path: string, bytes: Uint8Array): void
  /** True if the file at `path` is still that one. Synchronous. */
  isSameSync(path: string, stat: FileStat): boolean
}

export type OpenMode = 'create' | 'update' | 'read'

export interface OpenFile {
  /**
   * Appends, or writes at `position` to a file that is updated. Resolves with the number of bytes written, which may be smaller.
   */
  write(bytes: Uint8Array, position?: number): Promise<number>
  /** Fills `bytes` from `position` on. Resolves with the number of bytes read. */
  read(bytes: Uint8Array, position: number): Promise<number>
  /** Makes all written bytes durable (`fdatasync`). */
  sync(): Promise<void>
  stat(): Promise<FileStat>
  close(): Promise<void>
}

/** `other`: a FIFO, a device or a socket. */
export type FileKind = 'file' | 'directory' | 'link' | 'other'

export interface FileStat {
  readonly inode: number
  /** Number of names of the file: 0 once it is removed. */
  readonly links: number
  readonly size: number
  readonly mode: number
  /** Time of the last write, in milliseconds since 1970. */
  readonly modifiedAt: number
  readonly kind: FileKind
}

export interface DiskSpace {
  /** The type of the file system from `statfs`: a magic number. */
  readonly type: number
  /** Bytes available to users other than root. */
  readonly freeBytes: number
  readonly totalBytes: number
}

export interface FileLock {
  /** Releases it. Safe to call twice. */
  release(): void
}
