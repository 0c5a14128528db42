import { closest } from '../../std/closest.ts'

/**
 * Command lines as Apache Kafka's tools read them: `--opt value`, `--opt=value`, `-opt value`, options that repeat, `--` before plain
 * arguments. Beyond what Apache takes today an unambiguous beginning of a name will do, as it did before 4.0.
 */
export interface OptionSpec {
  readonly name: string
  /** The description in the help text; may have several lines. */
  readonly text: string
  readonly argument?: Argument
  /** Usable only together with one of these. */
  readonly availableIf?: readonly string[]
  /** A spelling of an earlier release for this option, or for nothing any more: taken, and not shown. */
  readonly standsFor?: string
  /** The parser itself asks for it, and the help text marks it. */
  readonly mandatory?: boolean
}

interface Argument {
  readonly required: boolean
  readonly type: 'String' | 'Integer' | 'Long'
  /** What the argument is, for the help text. */
  readonly label: string
  readonly fallback?: string
  /** The only values, in any case of letters. */
  readonly choices?: readonly string[]
  /** What the help text has between them: a comma, in brackets, unless it is given. */
  readonly separator?: string
}

type ArgumentOptions = Partial<Omit<Argument, 'label'>> & Pick<OptionSpec, 'availableIf'>

export const flag = (name: string, text: string, availableIf?: readonly string[]): OptionSpec => ({
  name,
  text,
  availableIf,
})

export function takes(name: string, label: string, text: string, options: ArgumentOptions = {}): OptionSpec {
  const { required = true, type = 'String', fallback, choices, separator, availableIf } = options
  return { name, text, argument: { required, type, label, fallback, choices, separator }, availableIf }
}

/** The two that every tool has. */
export const commonOptions: readonly OptionSpec[] = [
  flag('help', 'Print usage information.'),
  flag('version', 'Display Kafka version.'),
]

/** A command line that breaks the tool's grammar. */
export class OptionError extends Error {
  override name = 'OptionError'

  constructor(
    message: string,
    /** The option that was probably meant. */
    readonly meant?: string,
  ) {
    super(message)
  }
}

const LIMITS = { Integer: 2n ** 31n, Long: 2n ** 63n }

function isInteger(text: string, type: 'Integer' | 'Long'): boolean {
  if (!/^[+-]?\d+$/.test(text)) return false
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return value >= -LIMITS[type] && value < LIMITS[type]
}

export class OptionSet {
  private readonly found = new Map<string, string[]>()
  /** Arguments that belong to no option. */
  readonly rest: string[] = []

  constructor(private readonly specs: ReadonlyMap<string, OptionSpec>) {}

  add(name: string, value?: string): void {
    const values = this.found.get(name) ?? []
    this.found.set(name, values)
    if (value !== undefined) values.push(value)
  }

  has(name: string): boolean {
    return this.given(name) || this.former(name).length > 0
  }

  /** Whether the option was given in this very spelling. */
  given(name: string): boolean {
    return this.found.has(name)
  }

  /** Spellings of earlier releases in which it was given. */
  private former(name: string): string[] {
    return [...this.found.keys()].filter((key) => this.specs.get(key)?.standsFor === name)
  }

  /** The option's argument, or its default; an option given twice is an error. */
  value(name: string): string | undefined {
    const values = this.values(name)
    if (values.length > 1)
      throw new OptionError(`Found multiple arguments for option ${name}, but you asked for only one`)
    return values[0]
  }

  values(name: string): string[] {
    const { argument } = this.specs.get(name) ?? {}
    const given = this.found.get(name) ?? this.former(name).flatMap((key) => this.found.get(key) ?? [])
    const values = given.length === 0 && argument?.fallback !== undefined ? [argument.fallback] : given
    const { choices } = argument ?? {}
    for (const value of choices ? values : [])
      if (!choices?.includes(value.toUpperCase()))
        throw new OptionError(`Cannot parse argument '${value}' of option ${name}`)
    if (argument && argument.type !== 'String')
      for (const value of values)
        if (!isInteger(value, argument.type))
          throw new OptionError(`Cannot parse argument '${value}' of option ${name}`)
    return values
  }

  number(name: string): number | undefined {
    const value = this.value(name)
    return value === undefined ? undefined : Number(value)
  }
}

class Parser {
  private readonly specs: Map<string, OptionSpec>
  private readonly result: OptionSet
  private at = 0

  constructor(
    table: readonly OptionSpec[],
    private readonly args: readonly string[],
  ) {
    this.specs = new Map(table.map((spec) => [spec.name, spec]))
    this.result = new OptionSet(this.specs)
  }

  parse(): OptionSet {
    while (this.at < this.args.length) {
      const argument = this.args[this.at++] as string
      if (argument === '--') break
      if (argument.startsWith('--')) this.long(argument.slice(2))
      else if (argument.startsWith('-') && argument !== '-') this.short(argument.slice(1))
      else this.result.rest.push(argument)
    }
    this.result.rest.push(...this.args.slice(this.at))
    this.checkMandatory()
    this.checkAvailable()
    return this.result
  }

  private long(text: string): void {
    const [name, value] = splitPair(text)
    const spec = this.find(name)
    if (!spec) throw new OptionError(`${name} is not a recognized option`, this.meant(name))
    this.take(spec, value)
  }

  /** One dash introduces a long name too; otherwise a cluster of one-letter options, of which no tool here has any. */
  private short(text: string): void {
    const [name, value] = splitPair(text)
    const spec = this.find(name)
    if (!spec) throw new OptionError(`${text[0]} is not a recognized option`, this.meant(name))
    this.take(spec, value)
  }

  private find(name: string): OptionSpec | undefined {
    const exact = this.specs.get(name)
    if (exact || name === '') return exact
    // A former spelling must not make an abbreviation ambiguous.
    const shown = [...this.specs.values()].filter(({ standsFor }) => standsFor === undefined)
    const matching = shown.filter((spec) => spec.name.startsWith(name))
    return matching.length === 1 ? matching[0] : undefined
  }

  private meant(name: string): string | undefined {
    return closest(name, this.specs.keys())
  }

  private take(spec: OptionSpec, value: string | undefined): void {
    const { name, argument } = spec
    if (!argument) this.result.add(name)
    else if (value !== undefined) this.result.add(name, value)
    else if (argument.required) {
      if (this.at === this.args.length) throw new OptionError(`Option ${name} requires an argument`)
      this.result.add(name, this.args[this.at++])
    } else {
      const next = this.args[this.at]
      const isNumber = argument.type !== 'String' && next !== undefined && isInteger(next, argument.type)
      const isWord = next !== undefined && (!next.startsWith('-') || next === '-' || next === '--')
      const isValue = argument.type === 'String' ? isWord : isNumber
      if (isValue) this.at++
      this.result.add(name, isValue ? next : undefined)
    }
  }

  private get asksForHelp(): boolean {
    return this.result.has('help') || this.result.has('version')
  }

  private checkMandatory(): void {
    if (this.asksForHelp) return
    const missing = [...this.specs.values()].filter(({ name, mandatory }) => mandatory && !this.result.has(name))
    if (missing.length > 0)
      throw new OptionError(`Missing required option(s) [${missing.map(({ name }) => name).join(', ')}]`)
  }

  private checkAvailable(): void {
    if (this.asksForHelp) return
    const wrong = [...this.specs.values()].filter(
      ({ name, availableIf }) => availableIf && this.result.has(name) && !availableIf.some((o) => this.result.has(o)),
    )
    if (wrong.length > 0)
      throw new OptionError(
        `Option(s) [${wrong.map((spec) => spec.name).join(', ')}] are unavailable given other options on the command line`,
      )
  }
}

function splitPair(text: string): [string, string | undefined] {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** Reads a command line; throws `OptionError` with the sentence that Apache's tools print. */
export function parseOptions(table: readonly OptionSpec[], args: readonly string[]): OptionSet {
  return new Parser(table, args).parse()
}
