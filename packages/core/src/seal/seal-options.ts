import { readFileSync, statSync, type Stats } from 'node:fs'
import { parseSigningKey, type Signer } from '@audit/proof'
import type { Anchor } from './anchor.ts'

/** A signing key as `audit keygen` prints it, or a signer whose key is elsewhere: see `createSigner`. */
export type SealKey = string | Signer

export interface SealOptions {
  /**
   * Signs every checkpoint. With several keys all sign, so that a new key and the old one overlap. An undefined key is an error.
   */
  readonly key?: SealKey | readonly SealKey[] | undefined
  /**
   * A file with a signing key, read once. Its owner's group may read it, as in a Kubernetes Secret; it is refused if all users may
   * read it, or others than the owner may write to it.
   */
  readonly keyFile?: string | readonly string[] | undefined
  /** Shortest time between two checkpoints of a log, in milliseconds. Default 1,000. */
  readonly everyMs?: number
}

/** The resolved seal of a log. */
export interface ResolvedSeal {
  /** Empty: checkpoints are not signed. */
  readonly signers: readonly Signer[]
  readonly anchors: readonly Anchor[]
  readonly everyMs: number
}

type Check = (systemEvent: boolean, problem: string) => void

/**
 * Reads keys and collects problems with them; a message never shows a part of a key. Undefined if the log is not to be sealed.
 */
export function resolveSeal(
  given: SealOptions | 'unsigned' | false | undefined,
  anchors: readonly Anchor[],
  check: Check,
): Pick<ResolvedSeal, 'signers' | 'anchors'> | undefined {
  anchors.forEach((anchor, index) => {
    const isAnchor = typeof anchor?.publish === 'function' && typeof anchor.name === 'string'
    check(isAnchor, `anchors[${index}]: give an anchor, such as fileAnchor({ path }), or { name, publish }`)
  })
  if (given === false) {
    check(anchors.length === 0, 'anchors: with seal: false there are no checkpoints to anchor; remove one of them')
    return undefined
  }
  if (given === undefined || given === 'unsigned') return { signers: [], anchors }
  if (typeof given !== 'object' || given === null) {
    check(false, "seal: give { key }, { keyFile }, 'unsigned' or false")
    return { signers: [], anchors }
  }
  const { key, keyFile } = given
  const signers = [
    ...('key' in given ? listOf(key).map((each, index) => signerOf(each, pathOf('seal.key', key, index), check)) : []),
    ...('keyFile' in given
      ? listOf(keyFile).map((each, index) => fileSignerOf(each, pathOf('seal.keyFile', keyFile, index), check))
      : []),
  ]
  check(signers.length > 0, "seal: give a key or a keyFile, or set it to 'unsigned'")
  return { signers: signers.filter((signer) => signer !== undefined), anchors }
}

/** An undefined key is missing in the environment; that must not turn signing off. */
function signerOf(key: SealKey | undefined, path: string, check: Check): Signer | undefined {
  if (typeof key === 'object' && key !== null) {
    const isSigner = typeof key.sign === 'function' && typeof key.verifierKey === 'string'
    check(isSigner, `${path}: give a signing key, or a signer of createSigner()`)
    return isSigner ? key : undefined
  }
  if (typeof key !== 'string' || key.trim() === '') {
    check(false, `${path}: it is empty; give the signing key that 'audit keygen' prints, or set seal: 'unsigned'`)
    return undefined
  }
  try {
    return parseSigningKey(key.trim())
  } catch (error) {
    check(false, `${path}: ${(error as Error).message}`)
    return undefined
  }
}

function fileSignerOf(file: string | undefined, path: string, check: Check): Signer | undefined {
  if (typeof file !== 'string' || file === '') {
    check(false, `${path}: give the path of a file with a signing key`)
    return undefined
  }
  try {
    const problem = keyFileProblem(statSync(file))
    check(problem === undefined, `${path}: '${file}' ${problem}`)
    return problem === undefined ? signerOf(readFileSync(file, 'utf8'), path, check) : undefined
  } catch (error) {
    check(false, `${path}: '${file}' cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`)
    return undefined
  }
}

/** A key is some 100 characters; a device or a log given by mistake must not be read into memory. */
const MAX_KEY_FILE_BYTES = 65_536
const WRITABLE_BY_OTHERS = 0o022
const READABLE_BY_ALL = 0o004

/**
 * The group may read the file: Kubernetes gives the files of a Secret to root and makes them readable for the pod's `fsGroup`,
 * whatever `defaultMode` says.
 */
function keyFileProblem(file: Stats): string | undefined {
  if (!file.isFile()) return 'is not a file'
  if (file.size > MAX_KEY_FILE_BYTES) return `is larger than ${MAX_KEY_FILE_BYTES} bytes; it is not a signing key`
  // Windows has no such modes.
  if (process.platform === 'win32') return undefined
  if ((file.mode & WRITABLE_BY_OTHERS) !== 0) return 'can be written by other users; run chmod 600 on it, and consider a new key'
  if ((file.mode & READABLE_BY_ALL) !== 0) return 'can be read by all users; run chmod 600 on it, and consider a new key'
  return undefined
}

function listOf<T>(given: T | readonly T[] | undefined): readonly (T | undefined)[] {
  return Array.isArray(given) ? given : [given as T | undefined]
}

function pathOf(name: string, given: unknown, index: number): string {
  return Array.isArray(given) ? `${name}[${index}]` : name
}
