import { doubleText } from '../../std/java-numbers.ts'

/** A number as it was written: nothing of it is lost before it is known what it shall be. */
export class JsonNumber {
  constructor(readonly text: string) {}

  get isWhole(): boolean {
    return /^-?\d+$/.test(this.text)
  }

  toNumber(): number {
    return Number(this.text)
  }

  /** The whole part, cut to 64 bits as Java's `longValue`. */
  toLong(): bigint {
    return BigInt.asIntN(64, this.isWhole ? BigInt(this.text) : BigInt(Math.trunc(Number(this.text))))
  }
}

export type JsonNode = null | boolean | string | JsonNumber | readonly JsonNode[] | ReadonlyMap<string, JsonNode>

/** As deep as Jackson reads. */
const DEEPEST = 500

/** Reads JSON text. Throws `SyntaxError`. */
export function parseJson(text: string): JsonNode {
  const parser = new JsonParser(text)
  return parser.document()
}

const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const BLANK = /[ \t\r\n]*/y

class JsonParser {
  private at = 0

  constructor(private readonly text: string) {}

  document(): JsonNode {
    const value = this.value(0)
    if (this.peek() !== '') this.fail()
    return value
  }

  private value(depth: number): JsonNode {
    if (depth > DEEPEST) throw new SyntaxError(`JSON is nested deeper than ${DEEPEST} levels`)
    const char = this.peek()
    if (char === '{') return this.object(depth)
    if (char === '[') return this.array(depth)
    if (char === '"') return this.string()
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const)
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return value
      }
    const number = this.match(NUMBER)
    return number === undefined ? this.fail() : new JsonNumber(number)
  }

  private object(depth: number): JsonNode {
    const fields = new Map<string, JsonNode>()
    this.at++
    if (this.take('}')) return fields
    do {
      if (this.peek() !== '"') this.fail()
      const name = this.string()
      if (!this.take(':')) this.fail()
      fields.set(name, this.value(depth + 1))
    } while (this.take(','))
    return this.take('}') ? fields : this.fail()
  }

  private array(depth: number): JsonNode {
    const items: JsonNode[] = []
    this.at++
    if (this.take(']')) return items
    do items.push(this.value(depth + 1))
    while (this.take(','))
    return this.take(']') ? items : this.fail()
  }

  private string(): string {
    const quoted = this.match(STRING)
    return quoted === undefined ? this.fail() : (JSON.parse(quoted) as string)
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found === undefined) return undefined
    this.at += found.length
    return found
  }

  /** The next character that is no blank; empty at the end. */
  private peek(): string {
    this.match(BLANK)
    return this.text.charAt(this.at)
  }

  private take(char: string): boolean {
    if (this.peek() !== char) return false
    this.at++
    return true
  }

  private fail(): never {
    const char = this.text.charAt(this.at)
    throw new SyntaxError(
      char === ''
        ? 'Unexpected end of JSON'
        : `Unexpected character ${JSON.stringify(char)} in JSON at position ${this.at}`,
    )
  }
}

/** A string as Jackson writes it: escapes in capitals, and characters beyond the first plane as two of them. */
export const stringJson = (text: string): string =>
  JSON.stringify(text)
    .replace(/\\u[0-9a-f]{4}/g, (sequence, at: number, all: string) =>
      precededByEscape(all, at) ? sequence : `\\u${sequence.slice(2).toUpperCase()}`,
    )
    .replace(/[\ud800-\udfff]/g, (half) => `\\u${half.charCodeAt(0).toString(16).toUpperCase()}`)

/** Whether the backslash at a place is itself escaped. */
function precededByEscape(text: string, at: number): boolean {
  let slashes = 0
  while (text[at - 1 - slashes] === '\\') slashes++
  return slashes % 2 === 1
}

/** A double as Jackson writes it: what is no number is a string. */
export const doubleJson = (value: number): string =>
  Number.isFinite(value) ? doubleText(value) : `"${doubleText(value)}"`
