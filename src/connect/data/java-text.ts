import { isDecimal } from './decimal.ts'
import type { StructValue } from './schema.ts'
import { isStruct } from './validate.ts'

/** The digits and the exponent of the first one, of the shortest text that gives the same number. */
function digitsOf(text: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = text.split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const all = (whole + fraction).replace(/^0+/, '')
  const leading = (whole + fraction).length - all.length
  return { digits: all.replace(/0+$/, '') || '0', exponent: whole.length - 1 - leading + Number(power) }
}

/** A number as Java's `Double.toString` has it: always with a point, with an exponent outside of 10^-3 to 10^7. */
function javaNumber(shortest: string): string {
  const sign = shortest.startsWith('-') ? '-' : ''
  const { digits, exponent } = digitsOf(shortest.slice(sign.length))
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const padded = digits.padEnd(exponent + 1, '0')
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value < 0 ? '-Infinity' : 'Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  return undefined
}

/** Java's text of a double. */
export function doubleText(value: number): string {
  const known = special(value)
  if (known !== undefined) return known
  const shortest = String(value)
  // Java shows two digits in any case, the closest ones: 4.9E-324.
  return javaNumber(/^-?\d(e|$)/.test(shortest) ? value.toPrecision(2) : shortest)
}

/** Java's text of a float. */
export function floatText(value: number): string {
  const single = Math.fround(value)
  const known = special(single)
  if (known !== undefined) return known
  let precision = 1
  while (precision < 9 && Math.fround(Number(single.toPrecision(precision))) !== single) precision++
  return javaNumber(String(Number(single.toPrecision(precision))))
}

/**
 * A value as Java's `toString` shows it, which is what StringConverter and the file sink write: `{a=1}`, `[1, 2]`, `Struct{a=1}`. A number
 * without a schema is a whole one where it can be.
 */
export function javaText(value: unknown, type?: string): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') {
    if (type === 'FLOAT32') return floatText(value)
    return type === 'FLOAT64' || !Number.isSafeInteger(value) || Object.is(value, -0)
      ? doubleText(value)
      : String(value)
  }
  if (isDecimal(value) || typeof value !== 'object') return String(value)
  if (isStruct(value)) return structText(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex')
  if (Array.isArray(value)) return `[${value.map((item) => javaText(item)).join(', ')}]`
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return `{${entries.map(([key, item]) => `${javaText(key)}=${javaText(item)}`).join(', ')}}`
}

/** Fields that are null are left out. */
function structText(struct: StructValue): string {
  const fields = struct.schema.fields.flatMap(({ name, schema }) => {
    const value = struct.getWithoutDefault(name)
    return value === null ? [] : [`${name}=${javaText(value, schema.type)}`]
  })
  return `Struct{${fields.join(',')}}`
}
