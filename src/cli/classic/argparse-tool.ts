import type { Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { ArgparseError, type ArgparseOption, parseArguments, suggestion } from './argparse.ts'
import { finish } from './command-line.ts'
import { justify } from './justify.ts'

interface ArgparseTool {
  /** Stands before complaints. */
  readonly name: string
  /** Begins with the usage, up to the first empty line. */
  readonly help: string
  readonly options: readonly (ArgparseOption & { readonly type?: 'Integer' | 'Long' })[]
}

/** The values of a command line. */
export class ArgparseValues {
  constructor(private readonly found: ReadonlyMap<string, readonly string[]>) {}

  has(name: string): boolean {
    return this.found.has(name)
  }

  text(name: string): string | undefined {
    return this.found.get(name)?.[0]
  }

  number(name: string): number | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : Number(text)
  }
}

/** Runs a tool without commands in the manner of argparse: without arguments it prints its help and is done. */
export function runArgparse(
  { name, help, options }: ArgparseTool,
  args: readonly string[],
  context: Context,
  work: (line: ArgparseValues) => Promise<number>,
): Promise<number> {
  const { console } = context
  return finish(context, async () => {
    if (args.length === 0 || args.includes('-h') || args.includes('--help')) {
      console.out(help)
      return args.length === 0 ? exitCode.done : exitCode.failed
    }
    try {
      const line = new ArgparseValues(parseArguments(options, args))
      for (const { long, type } of options) checkNumber(long, type, line.text(long))
      return await work(line)
    } catch (error) {
      if (!(error instanceof ArgparseError)) throw error
      const usage = help.slice(0, help.indexOf('\n\n') + 1)
      const near = suggestion(
        error.unknown,
        options.map(({ long }) => `--${long}`),
      )
      console.error(`${usage}${justify(`${name}: error: ${error.message}`)}${near}\n`)
      return exitCode.failed
    }
  })
}

/** Throws a complaint about what Java reads as no number of that kind. */
export function checkNumber(name: string, type: 'Integer' | 'Long' | undefined, text: string | undefined): void {
  if (type === undefined || text === undefined) return
  const limit = type === 'Integer' ? 2 ** 31 : 2 ** 63
  if (/^[+-]?\d+$/.test(text) && Number(text) < limit && Number(text) >= -limit) return
  throw new ArgparseError(`argument --${name}: could not convert '${text}' to ${type} (For input string: "${text}")`)
}
