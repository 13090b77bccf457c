#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { nodeProblem } from '@audit/core/internal'
import { runCommandLine } from './run-command-line.ts'
import { progressOn } from './terminal.ts'

// Connects the command line to this process.

const aborter = new AbortController()
const outClosed = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => aborter.abort())

// A reader such as `head` has closed the pipe. The command goes on, because its exit code is the result.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (stream === process.stdout) outClosed.abort()
  })
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const unsupported = nodeProblem(process.versions.node)
if (unsupported) {
  process.stderr.write(`audit: ${unsupported}\n`)
  // Not 1, which says that a trail was tampered with.
  process.exit(3)
}

const ended = runCommandLine(
  process.argv.slice(2),
  {
    stdin: process.stdin,
    out: (line) => void (outClosed.signal.aborted || process.stdout.write(`${line}\n`)),
    outClosed: outClosed.signal,
    error: (line) => void process.stderr.write(`${line}\n`),
    isTerminal: process.stdout.isTTY === true && !process.env['NO_COLOR'],
    progress: progressOn(process.stderr, () => performance.now()),
    now: Date.now,
    signal: aborter.signal,
    env: process.env,
  },
  version,
)
void ended.then((code) => (process.exitCode = code))
