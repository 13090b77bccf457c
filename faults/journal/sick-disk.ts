import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('sick-disk.c', import.meta.url))

/** The calls to a directory that fail, and how; `sick-disk.c` has the names. */
export interface Sickness {
  readonly call: string
  readonly action: string
  /** The first call that fails, counted from 1. Default: the next. */
  readonly from?: number
  /** Number of calls that fail. Default: all from there on. */
  readonly count?: number
}

/** A call that a process made to the directory. */
export interface SeenCall {
  readonly call: string
  readonly path: string
  /** The fault it met. Undefined if it was passed on. */
  readonly action: string | undefined
  /** In Node, the thread of the event loop. */
  readonly isOnMainThread: boolean
}

export interface SickDiskOptions {
  /** Every call is written down. */
  readonly isLogged?: boolean
  /** The process makes one call after the other, so that the nth call does not depend on the scheduler. */
  readonly isOrdered?: boolean
}

const ALWAYS = 1_000_000_000

/** Builds the shim once, for all processes that use it. Needs gcc. */
export function buildSickDisk(folder: string): string {
  const library = join(folder, 'sick-disk.so')
  execFileSync('gcc', ['-O2', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl', '-lpthread'])
  return library
}

/** The disk under one directory, for the processes that get its environment. */
export class SickDisk {
  readonly environment: NodeJS.ProcessEnv
  readonly #rule: string
  readonly #log: string

  /** `name` is a path for two files outside of the directory. */
  constructor(library: string, directory: string, name: string, { isLogged, isOrdered }: SickDiskOptions = {}) {
    this.#rule = `${name}.rule`
    this.#log = `${name}.calls`
    this.environment = {
      LD_PRELOAD: library,
      FAULT_DIRECTORY: directory,
      FAULT_RULE: this.#rule,
      ...(isLogged && { FAULT_LOG: this.#log }),
      ...(isOrdered && { UV_THREADPOOL_SIZE: '1' }),
    }
    this.heal()
  }

  fallIll({ call, action, from = 1, count = ALWAYS }: Sickness): void {
    writeFileSync(this.#rule, `${call} ${action} ${from} ${count}\n`)
  }

  heal(): void {
    writeFileSync(this.#rule, '')
  }

  /** The calls up to now. */
  get calls(): readonly SeenCall[] {
    const lines = readFileSync(this.#log, 'utf8').trimEnd().split('\n')
    return lines.map((line) => {
      const [call = '', path = '', action = '-', thread] = line.split(' ')
      return { call, path, action: action === '-' ? undefined : action, isOnMainThread: thread === 'main' }
    })
  }
}
