import { closest } from '../../std/closest.ts'
import type { Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { ArgparseError, type ArgparseOption, label, parseArguments } from './argparse.ts'
import { justify } from './justify.ts'
import type { Controllers } from './with-admin.ts'

export type Arguments = ReadonlyMap<string, readonly string[]>

interface Subcommands {
  /** The script's name, for complaints. */
  readonly tool: string
  /** Help texts by command; that of the empty name is the tool's. */
  readonly help: Readonly<Record<string, string>>
  /** What may stand before the command. */
  readonly before?: readonly ArgparseOption[]
  readonly commands: Readonly<Record<string, readonly ArgparseOption[]>>
  /** Options that are put to the user after one that is not known. */
  readonly suggestions?: readonly string[]
  /** The exit code of a request for help. */
  readonly helpCode: number
  /** Whether a server or a controller has to be named; a tool for which it depends asks itself. */
  readonly target?: 'needed' | 'own'
  /** Puts a complaint about the command line into words, for tools that do not print their usage with it. */
  readonly complaint?: (sentence: string) => string
}

const isHelp = (argument: string): boolean => argument === '-h' || argument === '--help'

/** Where the connection goes: exactly one of these has to be given. */
export const targets: readonly ArgparseOption[] = [
  { long: 'bootstrap-server', value: true },
  { long: 'bootstrap-controller', value: true },
]

/** Runs a tool that has commands of its own, in the manner of argparse: help on request, complaints behind the usage. */
export async function runSubcommand(
  spec: Subcommands,
  args: readonly string[],
  { console }: Context,
  work: (command: string, found: Arguments) => Promise<number>,
): Promise<number> {
  const { before = [], commands, help } = spec
  const at = commandIndex(before, args)
  const command = args[at]
  const known = command !== undefined && Object.hasOwn(commands, command)
  let usage = help[''] as string
  try {
    if (args.slice(0, at).some(isHelp) || (command === undefined && args.some(isHelp))) {
      console.out(usage)
      return spec.helpCode
    }
    if (args.length === 0) throw new ArgparseError('too few arguments')
    const global = parseArguments(before, args.slice(0, at))
    if (command === undefined) throw new ArgparseError('too few arguments')
    if (!known) throw new ArgparseError(complaintAbout(command, Object.keys(commands)))
    const rest = args.slice(at + 1)
    if (rest.some(isHelp)) {
      console.out(help[command] as string)
      return spec.helpCode
    }
    const asks = spec.target !== 'own'
    if (asks && before.length > 0) checkTarget(global, before)
    usage = help[command] as string
    const found = parseArguments(commands[command] as readonly ArgparseOption[], rest)
    if (asks && before.length === 0) checkTarget(found, commands[command] as readonly ArgparseOption[])
    return await work(command, new Map([...global, ...found]))
  } catch (error) {
    if (!(error instanceof ArgparseError)) throw error
    if (spec.complaint) {
      console.error(`${spec.complaint(error.message)}\n`)
      return exitCode.failed
    }
    const [head] = usage.split('\n\n')
    console.error(`${(head as string).trimEnd()}\n${justify(`${spec.tool}: error: ${error.message}`)}\n`)
    const meant = known ? meantOptions(error, spec, command) : closest(command ?? '', Object.keys(commands))
    const words = typeof meant === 'string' ? [meant] : meant
    if (words && words.length > 0) console.error(`\nDid you mean:\n${words.map((word) => `\t${word}\n`).join('')}`)
    return exitCode.failed
  }
}

/** Options near the first one that is not known; otherwise those that the tool puts to every user. */
function meantOptions({ unknown }: ArgparseError, spec: Subcommands, command: string): string[] {
  if (unknown === undefined) return []
  const names = (spec.commands[command] ?? []).map(({ long }) => long)
  const near = closest(unknown.replace(/^-+|=.*$/g, ''), names)
  return (near === undefined ? (spec.suggestions ?? ['help']) : [near]).map((name) => `--${name}`)
}

/** The first word that is neither an option nor an option's argument. */
function commandIndex(options: readonly ArgparseOption[], args: readonly string[]): number {
  let at = 0
  for (; at < args.length; at++) {
    const word = args[at] as string
    if (!word.startsWith('-')) return at
    if (options.some(({ long, value }) => value && `--${long}` === word)) at++
  }
  return at
}

function complaintAbout(word: string, names: readonly string[]): string {
  return `invalid choice: '${word}' (choose from ${names.map((name) => `'${name}'`).join(', ')})`
}

function checkTarget(found: Arguments, options: readonly ArgparseOption[]): void {
  if (![...found.keys()].some((name) => name.startsWith('bootstrap-'))) {
    const names = options.filter(({ long }) => long.startsWith('bootstrap-')).map(label)
    throw new ArgparseError(`one of the arguments ${names.join(' ')} is required`)
  }
  checkSingleTarget(found, options)
}

/** Servers and controllers exclude each other. */
export function checkSingleTarget(found: Arguments, options: readonly ArgparseOption[]): void {
  const given = [...found.keys()].filter((name) => name.startsWith('bootstrap-'))
  const [first, second] = given.map((name) => label(options.find(({ long }) => long === name) as ArgparseOption))
  if (second !== undefined) throw new ArgparseError(`argument ${second}: not allowed with argument ${first}`)
}

/** What the target options of a tool in argparse's manner name. */
export function targetOf(found: Arguments): string | Controllers | undefined {
  const controllers = found.get('bootstrap-controller')?.[0]
  return controllers === undefined ? found.get('bootstrap-server')?.[0] : { controllers }
}
