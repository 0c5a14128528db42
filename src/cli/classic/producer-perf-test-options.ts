import { ArgparseError, suggestion } from './argparse.ts'

interface Option {
  readonly name: string
  readonly kind: 'text' | 'Long' | 'Integer' | 'Double' | 'flag' | 'list'
  /** One of the options of which exactly one is given. */
  readonly payload?: boolean
}

const options: readonly Option[] = [
  { name: '--bootstrap-server', kind: 'text' },
  { name: '--topic', kind: 'text' },
  { name: '--num-records', kind: 'Long' },
  { name: '--payload-delimiter', kind: 'text' },
  { name: '--throughput', kind: 'Double' },
  { name: '--producer-props', kind: 'list' },
  { name: '--command-property', kind: 'list' },
  { name: '--producer.config', kind: 'text' },
  { name: '--command-config', kind: 'text' },
  { name: '--print-metrics', kind: 'flag' },
  { name: '--transactional-id', kind: 'text' },
  { name: '--transaction-duration-ms', kind: 'Long' },
  { name: '--warmup-records', kind: 'Long' },
  { name: '--reporting-interval', kind: 'Long' },
  { name: '--record-size', kind: 'Integer', payload: true },
  { name: '--payload-file', kind: 'text', payload: true },
  { name: '--payload-monotonic', kind: 'flag', payload: true },
  { name: '--help', kind: 'flag' },
  { name: '-h', kind: 'flag' },
]

const names = options.map(({ name }) => name)

/** In the order in which Apache's parser misses them. */
const required = ['--throughput', '--num-records', '--topic']

const isNegativeNumber = (word: string): boolean => /^-\d+$|^-\d*\.\d+$/.test(word)
const isOption = (word: string): boolean => word.startsWith('-') && word !== '-' && !isNegativeNumber(word)

/** The values of a command line by option. Throws `ArgparseError` with the sentence that follows `error:`. */
export class ProducerPerfArguments {
  private readonly found = new Map<string, string[]>()
  private readonly unknown: string[] = []
  private at = 0

  constructor(private readonly args: readonly string[]) {
    while (this.at < args.length) this.word(args[this.at++] as string)
    if (this.wantsHelp) return
    if (this.unknown.length > 0)
      throw new ArgparseError(
        `unrecognized arguments: '${this.unknown.join(' ')}'${suggestion(this.unknown[0], names)}`,
      )
    for (const name of required) if (!this.found.has(name)) throw new ArgparseError(`argument ${name} is required`)
    const payloads = options.filter(({ payload }) => payload).map(({ name }) => name)
    if (!payloads.some((name) => this.found.has(name)))
      throw new ArgparseError(`one of the arguments ${payloads.join(' ')} is required`)
  }

  get wantsHelp(): boolean {
    return this.found.has('--help') || this.found.has('-h')
  }

  has(name: string): boolean {
    return this.found.has(`--${name}`)
  }

  text(name: string): string | undefined {
    return this.found.get(`--${name}`)?.[0]
  }

  number(name: string): number | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : Number(text)
  }

  list(name: string): readonly string[] | undefined {
    return this.found.get(`--${name}`)
  }

  private word(word: string): void {
    if (!isOption(word)) {
      this.unknown.push(word)
      return
    }
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    const option = this.find(name)
    if (!option) {
      this.unknown.push(word)
      return
    }
    if (option.payload) this.checkAlone(option.name)
    this.found.set(option.name, this.values(option, equals < 0 ? undefined : word.slice(equals + 1)))
  }

  private find(name: string): Option | undefined {
    const exact = options.find((option) => option.name === name)
    if (exact) return exact
    const near = options.filter((option) => option.name.startsWith(name) && name.startsWith('--'))
    if (near.length > 1)
      throw new ArgparseError(`ambiguous option: ${name} could match ${near.map((option) => option.name).join(', ')}`)
    return near[0]
  }

  private checkAlone(name: string): void {
    const other = options.find((option) => option.payload && option.name !== name && this.found.has(option.name))
    if (other) throw new ArgparseError(`argument ${name}: not allowed with argument ${other.name}`)
  }

  private values({ name, kind }: Option, inline: string | undefined): string[] {
    if (kind === 'flag') return []
    if (inline !== undefined) return [this.checked(name, kind, inline)]
    const values: string[] = []
    while (this.at < this.args.length && !isOption(this.args[this.at] as string)) {
      values.push(this.args[this.at++] as string)
      if (kind !== 'list') break
    }
    if (values.length === 0)
      throw new ArgparseError(`argument ${name}: expected ${kind === 'list' ? '1 argument(s)' : 'one argument'}`)
    return values.map((value) => this.checked(name, kind, value))
  }

  private checked(name: string, kind: Option['kind'], value: string): string {
    const isWhole = /^[+-]?\d+$/.test(value) && Number.isSafeInteger(Number(value))
    const fits = kind === 'Double' ? value.trim() !== '' && !Number.isNaN(Number(value)) : isWhole
    if ((kind === 'Long' || kind === 'Integer' || kind === 'Double') && !fits)
      throw new ArgparseError(
        `argument ${name}: could not convert '${value}' to ${kind} (For input string: "${value}")`,
      )
    return value
  }
}
