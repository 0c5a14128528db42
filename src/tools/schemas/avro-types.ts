import avro from 'avsc'
import { floatText } from '../../std/java-numbers.ts'

/**
 * The types whose values JSON does not have, as JSON: bytes and fixed are texts with a character a byte (as Avro says), longs beyond what a
 * number holds are their digits, and so are the floating points that are no numbers.
 */
export function plainType(schema: avro.Schema, options: object): avro.Type | undefined {
  const { type, logicalType } = (typeof schema === 'string' ? { type: schema } : schema) as Parts
  // Its own class asks for what is beneath.
  if (logicalType !== undefined && known.has(logicalType)) return undefined
  if (type === 'long') return longType
  if (type === 'float') return new FloatText(avro.Type.forSchema('float'))
  if (type === 'double') return new DoubleText(avro.Type.forSchema('double'))
  if (type === 'bytes') return new BytesText(avro.Type.forSchema('bytes'))
  if (type === 'fixed') return new BytesText(schema, { ...options, typeHook: undefined })
  return undefined
}

const known = new Set([
  'decimal',
  'date',
  'time-millis',
  'time-micros',
  'timestamp-millis',
  'timestamp-micros',
  'local-timestamp-millis',
  'local-timestamp-micros',
])

interface Parts {
  readonly type?: unknown
  readonly logicalType?: string
}

/** A type in another form. Throws and undefined mean that a value does not fit. */
export abstract class Converted extends avro.types.LogicalType {
  protected override _resolve(): undefined {
    return undefined
  }
}

class BytesText extends Converted {
  protected override _fromValue(bytes: Buffer): string {
    return bytes.toString('latin1')
  }

  protected override _toValue(text: unknown): Buffer | undefined {
    return typeof text === 'string' && /^[\0-\xff]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined
  }
}

class DoubleText extends Converted {
  protected override _fromValue(value: number): number | string {
    return Number.isFinite(value) ? value : String(value)
  }

  protected override _toValue(value: unknown): number | undefined {
    if (typeof value === 'number') return value
    return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined
  }
}

class FloatText extends DoubleText {
  /** The shortest number that is this one in single precision. */
  protected override _fromValue(value: number): number | string {
    return Number.isFinite(value) ? Number(floatText(value)) : String(value)
  }
}

const isLong = (value: unknown): boolean => {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  return typeof value === 'string' && /^-?\d{1,19}$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value)
}

const longType = avro.types.LongType.__with({
  fromBuffer(bytes: Buffer): number | string {
    const value = bytes.readBigInt64LE()
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  },
  toBuffer(value: number | string): Buffer {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromJSON: (value: number | string) => value,
  toJSON: (value: number | string) => value,
  isValid: isLong,
  compare: (one: number | string, other: number | string) => Number(BigInt(one) - BigInt(other)),
})
