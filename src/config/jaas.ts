/** `sasl.jaas.config`: one entry in the language of Java's login configuration, `Module required name="value" ...;` (KIP-85). */
import { ConfigError } from './define.ts'

export interface JaasEntry {
  /** The class of the login module. */
  readonly module: string
  readonly options: ReadonlyMap<string, string>
}

const flags = ['required', 'requisite', 'sufficient', 'optional']

interface Token {
  readonly text: string
  readonly isQuoted: boolean
}

/** Blanks and comments; then a text in either quotes, a sign, or a word. */
const pattern =
  /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|"((?:[^"\\\n]|\\[\s\S])*)"|'((?:[^'\\\n]|\\[\s\S])*)'|([;={}])|([^\s;={}"']+)|([\s\S])/g

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', b: '\b' }

const unescaped = (text: string): string =>
  text.replace(/\\(?:([0-3]?[0-7]{1,2})|([\s\S]))/g, (_, octal: string | undefined, char: string) =>
    octal === undefined ? (escapes[char] ?? char) : String.fromCharCode(Number.parseInt(octal, 8)),
  )

function tokens(text: string): Token[] {
  const found: Token[] = []
  for (const [, double, single, sign, word, stray] of text.matchAll(pattern)) {
    const quoted = double ?? single
    if (quoted !== undefined) found.push({ text: unescaped(quoted), isQuoted: true })
    else if (stray !== undefined) throw wrong('a quotation mark is not closed')
    else if (sign !== undefined || word !== undefined) found.push({ text: (sign ?? word) as string, isQuoted: false })
  }
  return found
}

const wrong = (why: string): Error => new Unreadable(why)

const complaint = (property: string, why: string): ConfigError =>
  new ConfigError(
    `${property} cannot be read: ${why}. It looks like: org.apache.kafka.common.security.plain.PlainLoginModule required username="NAME" password="PASSWORD";`,
  )

class Unreadable extends Error {}

/** Throws `ConfigError`, whose sentence shows no value: there are passwords among them. */
export function parseJaas(text: string, property = 'sasl.jaas.config'): JaasEntry {
  try {
    return parse(text)
  } catch (error) {
    throw error instanceof Unreadable ? complaint(property, error.message) : error
  }
}

function parse(text: string): JaasEntry {
  const [module, flag, ...rest] = tokens(text)
  if (module === undefined || isSign(module)) throw wrong('it names no login module')
  if (flag === undefined || !flags.includes(flag.text.toLowerCase()))
    throw wrong(`after the login module comes one of ${flags.join(', ')}`)
  const end = rest.findIndex((token) => token.text === ';' && !token.isQuoted)
  if (end < 0) throw wrong('there is no semicolon at its end')
  if (end < rest.length - 1) throw wrong('it has more than one login module')
  return { module: module.text, options: readOptions(rest.slice(0, end)) }
}

const isSign = ({ text, isQuoted }: Token): boolean => !isQuoted && /^[;={}]$/.test(text)

function readOptions(list: readonly Token[]): Map<string, string> {
  const options = new Map<string, string>()
  for (let i = 0; i < list.length; i += 3) {
    const [name, equals, value] = list.slice(i, i + 3) as [Token, Token | undefined, Token | undefined]
    if (isSign(name) || equals?.text !== '=' || equals.isQuoted || value === undefined || isSign(value))
      throw wrong(`its option ${i / 3 + 1} is not name="value"`)
    options.set(name.text, value.text)
  }
  return options
}
