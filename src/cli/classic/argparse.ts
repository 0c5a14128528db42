/** Command lines in the manner of argparse, which a few of Apache's tools use: options with a short and a long name, no abbreviations. */
export interface ArgparseOption {
  readonly long: string
  readonly short?: string
  readonly value: boolean
  readonly repeats?: boolean
  readonly required?: boolean
  /** Whether it stands in a group of its own, which changes the sentence that says that it is missing. */
  readonly group?: boolean
}

export class ArgparseError extends Error {
  override name = 'ArgparseError'

  constructor(
    message: string,
    /** The first argument that is not known. */
    readonly unknown?: string,
  ) {
    super(message)
  }
}

/** Arguments by long name; throws `ArgparseError` with the sentence that follows `error:`. */
export function parseArguments(options: readonly ArgparseOption[], args: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (let at = 0; at < args.length; at++) {
    const [name, inline] = splitArgument(args[at] as string)
    const option = options.find(({ long, short }) => `--${long}` === name || (short && `-${short}` === name))
    if (!option) throw unrecognized(args.slice(at))
    const values = option.repeats ? (found.get(option.long) ?? []) : []
    found.set(option.long, values)
    if (!option.value) continue
    const value = inline ?? args[++at]
    if (value === undefined || (inline === undefined && value.startsWith('-') && !/^-\d+$/.test(value)))
      throw new ArgparseError(`argument ${label(option)}: expected one argument`)
    values.push(value)
  }
  for (const option of options) {
    if (!option.required || found.has(option.long)) continue
    throw new ArgparseError(
      option.group ? `one of the arguments ${label(option)} is required` : `argument ${label(option)} is required`,
    )
  }
  return found
}

/** The first option that is not known, or all that follows a word in no option's place. */
function unrecognized(rest: readonly string[]): ArgparseError {
  const [first = ''] = rest
  return new ArgparseError(`unrecognized arguments: '${first.startsWith('-') ? first : rest.join(' ')}'`, first)
}

/** An option as complaints name it. */
export const label = ({ long, short }: ArgparseOption): string => (short ? `--${long}/-${short}` : `--${long}`)

/** `--name=value`, `-nvalue` and plain names. */
function splitArgument(argument: string): [string, string | undefined] {
  if (argument.startsWith('--')) {
    const at = argument.indexOf('=')
    return at < 0 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)]
  }
  if (argument.startsWith('-') && argument.length > 2) return [argument.slice(0, 2), argument.slice(2)]
  return [argument, undefined]
}

/** What follows the complaint about a word in no option's place: the option that was meant, if one is near. */
export function suggestion(word = '', names: readonly string[]): string {
  if (!word.startsWith('--')) return ''
  const near = names.find((name) => name.startsWith('--') && distance(word, name) <= 3)
  return near ? `\n\nDid you mean:\n\t${near}` : ''
}

/** Letters to insert, delete or change to come from one word to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length] as number
}
