import { parseArgs } from 'node:util'
import { AuditError } from '@audit/core'
import { nearest } from '@audit/core/internal'
import { CommandError, exitCodes, UsageError, type Command, type CommandInput, type CommandIo } from './command.ts'
import { commands } from './commands.ts'
import { helpOf, helpOfAll } from './help.ts'
import { printable, printableLines } from './printable.ts'

/** Runs the command line after `audit`. Resolves with the exit code, after it has written any error to `io.error`. */
export async function runCommandLine(words: readonly string[], io: CommandIo, version: string): Promise<number> {
  if (words[0] === '--version' || words[0] === 'version') {
    io.out(version)
    return exitCodes.fine
  }
  const isHelp = words[0] === 'help' || words.includes('--help') || words.includes('-h')
  const named = words.filter((word, index) => word !== '--help' && word !== '-h' && !(index === 0 && word === 'help'))
  const command = commandOf(isHelp ? named : words)
  if (words.length === 0 || isHelp) {
    if (isHelp && named.length > 0 && !command) return unknownCommand(named, io)
    const lines = command ? helpOf(command) : helpOfAll(commands)
    for (const line of lines) (isHelp ? io.out : io.error)(line)
    return isHelp ? exitCodes.fine : exitCodes.wrongUse
  }
  if (!command) return unknownCommand(words, io)
  try {
    return await command.run(inputOf(command, words.slice(command.name.split(' ').length)), io)
  } catch (error) {
    io.progress.end()
    return reportError(error, command, io)
  }
}

/** Finds the command whose name the words begin with. The name of a group is not a command. */
function commandOf(words: readonly string[]): Command | undefined {
  return commands.find(({ name }) => {
    const parts = name.split(' ')
    return parts.every((part, index) => words[index] === part)
  })
}

function inputOf({ options }: Command, words: readonly string[]): CommandInput {
  try {
    const { values, positionals } = parseArgs({
      args: withNegativeNumbers(words, options),
      allowPositionals: true,
      options: Object.fromEntries(
        options.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' : 'string', multiple: true } as const]),
      ),
    })
    const given = Object.entries(values) as [string, readonly (string | boolean)[]][]
    for (const { name, multiple, value } of options) {
      const times = (values[name] as readonly unknown[] | undefined)?.length ?? 0
      if (value !== undefined && !multiple && times > 1) throw new UsageError(`--${name} is given more than once.`)
    }
    const isFlag = (name: string) => options.find((option) => option.name === name)?.value === undefined
    return {
      positionals,
      flags: new Set(given.filter(([name]) => isFlag(name)).map(([name]) => name)),
      values: new Map(given.filter(([name]) => !isFlag(name)).map(([name, each]) => [name, each as readonly string[]])),
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // The rest of Node's message explains how to pass a value that begins with a dash.
    throw new UsageError(error.message.split('. ')[0]!.replace(/\.?$/, '.') + optionMeant(error, options))
  }
}

/** Joins a negative number to its option, because Node would take it for another option. The command then rejects the value. */
function withNegativeNumbers(words: readonly string[], options: Command['options']): string[] {
  const takesValue = (word: string | undefined) => options.some(({ name, value }) => value !== undefined && word === `--${name}`)
  return words.flatMap((word, index) => {
    if (/^-\d/.test(word) && takesValue(words[index - 1])) return []
    const next = words[index + 1]
    return takesValue(word) && /^-\d/.test(next ?? '') ? [`${word}=${next}`] : [word]
  })
}

function unknownCommand(words: readonly string[], io: CommandIo): number {
  const group = commands.filter(({ name }) => name.startsWith(`${words[0]} `)).map(({ name }) => name)
  const meant = nearest(words.slice(0, 2).join(' '), group) ?? nearest(words[0] ?? '', namesOf(commands))
  const question = meant === undefined ? '' : ` Did you mean 'audit ${meant}'?`
  io.error(
    group.length > 0
      ? `audit: '${printable(words[0])}' is incomplete. Use one of: ${group.map((name) => `audit ${name}`).join(', ')}.${question}`
      : `audit: there is no command '${printable(words[0])}'.${question || " Run 'audit help'."}`,
  )
  return exitCodes.wrongUse
}

/** The names of commands and of their groups. */
function namesOf(all: readonly Command[]): readonly string[] {
  return [...new Set(all.flatMap(({ name }) => [name, name.split(' ')[0]!]))]
}

function optionMeant({ message }: Error, options: Command['options']): string {
  const [, unknown] = /^Unknown option '--([^']+)'/.exec(message) ?? []
  const meant =
    unknown === undefined
      ? undefined
      : nearest(
          unknown,
          options.map(({ name }) => name),
        )
  return meant === undefined ? '' : ` Did you mean '--${meant}'?`
}

/** Codes of errors in the arguments. */
const usageCodes: ReadonlySet<string> = new Set(['AUDIT_INVALID_OPTIONS', 'AUDIT_INVALID_PATTERN'])

function reportError(error: unknown, command: Command, io: CommandIo): number {
  const isAuditError = AuditError.isInstance(error)
  if (error instanceof UsageError || (isAuditError && usageCodes.has(error.code))) {
    // A list of problems has a line for each.
    for (const [index, line] of error.message.split('\n').entries())
      io.error(index === 0 ? `audit ${command.name}: ${printable(line)}` : printable(line))
    io.error(`Usage: ${command.usage}`)
    io.error(`See 'audit help ${command.name}'.`)
    return exitCodes.wrongUse
  }
  const { code, message, stack } = error as NodeJS.ErrnoException
  const isKnown = isAuditError || error instanceof CommandError || code !== undefined
  io.error(`audit ${command.name}: ${isKnown ? printable(message) : printableLines(stack ?? String(error))}`)
  return exitCodes.failed
}
