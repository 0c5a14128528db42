import type avro from 'avsc'
import { DAY_MS, dateText } from '../../std/calendar.ts'
import { parseDateTime } from '../java/time.ts'
import { Converted } from './avro-types.ts'

type Schema = Readonly<Record<string, unknown>>

/** The type beneath: the schema without its logical type. */
const beneath = ({ logicalType: _, ...rest }: Schema): avro.Schema => rest as avro.Schema

/** A number as a text. What is a number already is taken as it is, and so is a long that no number holds. */
abstract class NumberAsText extends Converted {
  constructor(schema: Schema, options: object) {
    super(beneath(schema), options)
  }

  protected abstract write(value: number): string
  /** Undefined for what is no such text. */
  protected abstract read(text: string): number | undefined

  protected override _fromValue(value: number | string): string {
    return typeof value === 'string' ? value : this.write(value)
  }

  protected override _toValue(value: unknown): unknown {
    if (typeof value !== 'string' || /^-?\d+$/.test(value)) return value
    try {
      return this.read(value)
    } catch {
      return undefined
    }
  }
}

class AvroDate extends NumberAsText {
  protected write(days: number): string {
    return dateText(days)
  }

  protected read(text: string): number | undefined {
    return /^\d{4}-\d\d-\d\d$/.test(text) ? parseDateTime(`${text}T00:00:00Z`) / DAY_MS : undefined
  }
}

/** `12:00:00.000` with so many digits of a second's fraction. */
const clockText = (units: number, digits: number): string => {
  const perSecond = 10 ** digits
  const seconds = Math.floor(units / perSecond)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const fraction = String(units - seconds * perSecond).padStart(digits, '0')
  return `${parts.map((part) => String(part).padStart(2, '0')).join(':')}.${fraction}`
}

/** Units of a second's fraction, of the digits after the point. */
const fractionUnits = (fraction: string | undefined, digits: number): number =>
  Number((fraction ?? '').padEnd(digits, '0').slice(0, digits) || 0)

const timeOfDay = (digits: number) =>
  class extends NumberAsText {
    protected write(units: number): string {
      return clockText(units, digits)
    }

    protected read(text: string): number | undefined {
      const [, clock, fraction] = /^(\d\d:\d\d:\d\d)(?:\.(\d+))?$/.exec(text) ?? []
      if (clock === undefined) return undefined
      return parseDateTime(`1970-01-01T${clock}Z`) * 10 ** (digits - 3) + fractionUnits(fraction, digits)
    }
  }

const moment = (digits: number, zone: '' | 'Z') =>
  class extends NumberAsText {
    protected write(units: number): string {
      const perDay = 86_400 * 10 ** digits
      const days = Math.floor(units / perDay)
      return `${dateText(days)}T${clockText(units - days * perDay, digits)}${zone}`
    }

    protected read(text: string): number | undefined {
      const [, second, fraction, offset] = /^([\d-]+T\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
      if (second === undefined || (zone === '' && offset !== undefined)) return undefined
      return parseDateTime(second + (offset ?? 'Z')) * 10 ** (digits - 3) + fractionUnits(fraction, digits)
    }
  }

class Decimal extends Converted {
  private readonly scale: number
  private readonly size: number | undefined

  constructor(schema: Schema, options: object) {
    super(beneath(schema), { ...options, typeHook: undefined })
    this.scale = Number(schema['scale'] ?? 0)
    this.size = schema['type'] === 'fixed' ? Number(schema['size']) : undefined
  }

  protected override _fromValue(bytes: Buffer): string {
    const digits = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
    const figures = String(digits < 0n ? -digits : digits).padStart(this.scale + 1, '0')
    const point = figures.length - this.scale
    const fraction = this.scale > 0 ? `.${figures.slice(point)}` : ''
    return `${digits < 0n ? '-' : ''}${figures.slice(0, point)}${fraction}`
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value)) ?? []
    if (whole === undefined || fraction.length > this.scale) return undefined
    const digits = BigInt(sign + whole + fraction.padEnd(this.scale, '0'))
    let size = this.size ?? 1
    if (this.size === undefined) while (BigInt.asIntN(size * 8, digits) !== digits) size++
    if (BigInt.asIntN(size * 8, digits) !== digits) return undefined
    return Buffer.from(
      BigInt.asUintN(size * 8, digits)
        .toString(16)
        .padStart(size * 2, '0'),
      'hex',
    )
  }
}

/** Avro's logical types as texts. A `uuid` is one already; what is not here stays what is beneath. */
export const logicalTypes = {
  decimal: Decimal,
  date: AvroDate,
  'time-millis': timeOfDay(3),
  'time-micros': timeOfDay(6),
  'timestamp-millis': moment(3, 'Z'),
  'timestamp-micros': moment(6, 'Z'),
  'local-timestamp-millis': moment(3, ''),
  'local-timestamp-micros': moment(6, ''),
} as unknown as Record<string, new (schema: avro.Schema) => avro.types.LogicalType>
