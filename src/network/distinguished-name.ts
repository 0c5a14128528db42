/** Names of the owners of certificates, as Java writes them (RFC 2253), by which Kafka's ACLs know a client. */
import { type Item, itemsIn } from './der.ts'

/** Attributes with a keyword; all others are written as their number and the bytes of their value. */
const keywords: Readonly<Record<string, string>> = {
  '550403': 'CN',
  '550406': 'C',
  '550407': 'L',
  '550408': 'ST',
  '55040a': 'O',
  '55040b': 'OU',
  '550409': 'STREET',
  '0992268993f22c640119': 'DC',
  '0992268993f22c640101': 'UID',
}

const SEQUENCE = 0x30
const CONTEXT_0 = 0xa0
const UTF8_STRING = 0x0c
const BMP_STRING = 0x1e

/** The owner of a certificate (DER), the most special part first: `CN=client,OU=tests,O=us`. */
export function ownerOf(certificate: Buffer): string {
  const [signed] = itemsIn((itemsIn(certificate).next().value as Item).content)
  // Version where there is one, serial number, signature algorithm, issuer, validity, subject.
  const fields = [...itemsIn((signed as Item).content)].filter(({ tag }) => tag !== CONTEXT_0)
  const subject = fields.filter(({ tag }) => tag === SEQUENCE)[3] as Item
  return [...itemsIn(subject.content)]
    .reverse()
    .map(({ content }) => [...itemsIn(content)].map(attribute).join('+'))
    .join(',')
}

function attribute({ content }: Item): string {
  const [type, value] = [...itemsIn(content)] as [Item, Item]
  const keyword = keywords[type.content.toString('hex')]
  if (keyword === undefined) return `${dotted(type.content)}=#${value.whole.toString('hex')}`
  return `${keyword}=${escaped(textOf(value))}`
}

function textOf({ tag, content }: Item): string {
  if (tag === UTF8_STRING) return content.toString('utf8')
  if (tag === BMP_STRING) return Buffer.from(content).swap16().toString('utf16le')
  return content.toString('latin1')
}

/** With a backslash before each sign that means something, and each blank at either end. */
const escaped = (text: string): string =>
  text.replace(/[,=+<>#;"\\]|^ +| +$/g, (found) => found.replace(/[\s\S]/g, '\\$&'))

/** An object identifier in digits and dots. */
function dotted(bytes: Buffer): string {
  const numbers: number[] = []
  let value = 0
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) {
      numbers.push(value)
      value = 0
    }
  }
  const [first = 0, ...rest] = numbers
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - 40 * root, ...rest].join('.')
}
