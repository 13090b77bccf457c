import { parentPort, workerData } from 'node:worker_threads'
import type { DatabaseSync } from 'node:sqlite'
import { SinkError } from '@audit/core/sink'
import { classifyReadError, classifyWriteError } from './classify-error.ts'
import { EventReader } from './event-reader.ts'
import { EventWriter } from './event-writer.ts'
import { openDatabase, type OpenOptions } from './schema.ts'

// Runs in a thread: the calls of SQLite are synchronous, and would stop the event loop of the application.

export interface WorkerOptions extends OpenOptions {
  readonly maxExamined: number
}

/** One call of a method, and its answer. */
export interface WorkerRequest {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

export interface WorkerAnswer {
  readonly id: number
  readonly value?: unknown
  readonly error?: PlainError
}

/** An error that a message can carry with all its members. */
export interface PlainError {
  readonly code: string
  readonly message: string
  readonly problems?: readonly string[] | undefined
  readonly refused?: readonly number[] | undefined
  readonly retryable?: boolean | undefined
  readonly parks?: boolean | undefined
}

const options = workerData as WorkerOptions
let database: DatabaseSync | undefined
let writer: EventWriter | undefined
let reader: EventReader | undefined

/** Opens the database again if an earlier call could not. */
function opened(): DatabaseSync {
  return (database ??= openDatabase(options))
}

const methods: { readonly [name: string]: (...args: never[]) => unknown } = {
  open: () => void opened(),
  write: (lines: readonly string[]) => {
    writer ??= new EventWriter(opened())
    const refused = writer.write(lines)
    if (refused.length > 0) throw new SinkError(`The store '${options.path}' refused lines that are not events.`, { refused })
  },
  page: (...args: Parameters<EventReader['page']>) => readerOf().page(...args),
  event: (...args: Parameters<EventReader['event']>) => readerOf().event(...args),
  summary: (...args: Parameters<EventReader['summary']>) => readerOf().summary(...args),
  arrivals: (...args: Parameters<EventReader['arrivals']>) => readerOf().arrivals(...args),
  lastArrival: () => readerOf().lastArrival(),
  close: () => {
    database?.close()
    parentPort?.close()
  },
}

function readerOf(): EventReader {
  return (reader ??= new EventReader(opened(), options.maxExamined))
}

parentPort?.on('message', ({ id, method, args }: WorkerRequest) => void answer(id, method, args))

async function answer(id: number, method: string, args: readonly unknown[]): Promise<void> {
  const post = (message: WorkerAnswer) => parentPort?.postMessage(message, [])
  try {
    const value = await methods[method]!(...(args as never[]))
    post({ id, value })
  } catch (error) {
    if (isLost(error)) forget()
    post({ id, error: plain(error) })
  }
}

/** After these errors a connection may see a file that no longer exists. */
function isLost(error: unknown): boolean {
  const { errcode } = error as { readonly errcode?: number }
  return errcode !== undefined && [10, 11, 14, 26].includes(errcode & 0xff)
}

function forget(): void {
  database?.close()
  database = writer = reader = undefined
}

function plain(error: unknown): PlainError {
  const classify = options.role === 'write' ? classifyWriteError : classifyReadError
  const { code, message, problems, ...rest } = classify(error, options.path)
  const { refused, retryable, parks } = rest as { refused?: readonly number[]; retryable?: boolean; parks?: boolean }
  return { code, message, problems, refused, retryable, parks }
}
