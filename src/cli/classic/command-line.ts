import type { Context } from '../context.ts'
import { Exit, exitCode } from '../exit.ts'
import { KAFKA_VERSION } from '../version.ts'
import { lastTrouble } from '../warnings.ts'
import { formatHelp } from './help.ts'
import { OptionError, type OptionSet, type OptionSpec, parseOptions } from './option-parser.ts'

const bracketed = (name: string): string => `[${name}]`

/** One command line of a tool in Apache's spelling, with the checks and the complaints that its tools share. */
export class CommandLine {
  readonly options: OptionSet

  /** Throws `OptionError` for a line that cannot be read. */
  constructor(
    private readonly context: Context,
    private readonly table: readonly OptionSpec[],
    readonly args: readonly string[],
  ) {
    this.options = parseOptions(table, args)
  }

  /** The same, where a tool answers such a line with its option table. */
  static orUsage(context: Context, table: readonly OptionSpec[], args: readonly string[]): CommandLine {
    try {
      return new CommandLine(context, table, args)
    } catch (error) {
      if (error instanceof OptionError) return printUsage(context, table, error.message, error.meant)
      throw error
    }
  }

  has(name: string): boolean {
    return this.options.has(name)
  }

  value(name: string): string | undefined {
    return this.options.value(name)
  }

  values(name: string): string[] {
    return this.options.values(name)
  }

  number(name: string): number | undefined {
    return this.options.number(name)
  }

  /** Prints a complaint and the option table, and ends the tool. */
  usage(message: string): never {
    return printUsage(this.context, this.table, message)
  }

  /** Without arguments the same as `--help`. */
  helpOrVersion(message: string): void {
    if (this.args.length === 0 || this.has('help')) this.usage(message)
    if (!this.has('version')) return
    this.context.console.out(`${KAFKA_VERSION}\n`)
    throw new Exit(exitCode.done)
  }

  require(...names: string[]): void {
    for (const name of names) if (!this.has(name)) this.usage(`Missing required argument "${bracketed(name)}"`)
  }

  /** Complains when `used` stands together with one of the others. */
  forbid(used: string, others: readonly string[]): void {
    if (!this.has(used)) return
    for (const other of others)
      if (this.has(other)) this.usage(`Option "${bracketed(used)}" can't be used with option "${bracketed(other)}"`)
  }

  exactlyOneOf(...names: string[]): void {
    if (names.filter((name) => this.has(name)).length !== 1)
      this.usage(`Exactly one of the following arguments is required: ${names.map(bracketed).join(', ')}`)
  }

  /** Two spellings of one option, of which only one may be given. */
  notBoth(first: string, second: string): void {
    if (this.has(first) && this.has(second))
      this.usage(`Options --${first} and --${second} cannot be specified together.`)
  }
}

function printUsage(context: Context, table: readonly OptionSpec[], message: string, meant?: string): never {
  context.console.error(`${message}\n${formatHelp(table)}${suggestion(meant)}`)
  throw new Exit(exitCode.failed)
}

/** One line after all that Apache's tool prints. */
const suggestion = (meant: string | undefined): string => (meant === undefined ? '' : `Did you mean --${meant}?\n`)

/** Runs a tool; what it throws becomes a sentence on standard error and the exit code 1. */
export async function finish(context: Context, tool: () => Promise<number>): Promise<number> {
  const code = await attempt(context, tool)
  // The words of Apache's tools, such as a time-out of a call, seldom tell why: that follows as the last line.
  const trouble = code === exitCode.failed ? lastTrouble(context) : undefined
  if (trouble !== undefined) context.console.error(`${trouble}\n`)
  return code
}

async function attempt(context: Context, tool: () => Promise<number>): Promise<number> {
  try {
    return await tool()
  } catch (error) {
    if (error instanceof Exit) return error.code
    const meant = error instanceof OptionError ? error.meant : undefined
    context.console.error(`${error instanceof Error ? error.message : String(error)}\n${suggestion(meant)}`)
    if (context.console.env.KAFKA_DEBUG && error instanceof Error) context.console.error(`${error.stack}\n`)
    return exitCode.failed
  }
}
