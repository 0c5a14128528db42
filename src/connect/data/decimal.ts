import { DataError } from './errors.ts'

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** A decimal number of any length: `unscaled` * 10^-`scale`, as Java's BigDecimal. */
export class DecimalValue {
  constructor(
    readonly unscaled: bigint,
    readonly scale: number,
  ) {}

  /** Throws `DataError` for what is no number. */
  static parse(text: string): DecimalValue {
    const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? []
    if (sign === undefined || whole + fraction === '') throw new DataError(`Not a decimal number: ${text}`)
    const digits = BigInt(whole + fraction)
    return new DecimalValue(sign === '-' ? -digits : digits, fraction.length - Number(exponent))
  }

  /** From the two's complement, big-endian bytes that Connect writes. */
  static fromBytes(bytes: Uint8Array, scale: number): DecimalValue {
    if (bytes.length === 0) throw new DataError('Zero length BigInteger')
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
    return new DecimalValue(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)), scale)
  }

  /** The shortest two's complement, at least one byte. */
  toBytes(): Buffer {
    let length = 1
    while (BigInt.asIntN(length * 8, this.unscaled) !== this.unscaled) length++
    const hex = BigInt.asUintN(length * 8, this.unscaled).toString(16)
    return Buffer.from(hex.padStart(length * 2, '0'), 'hex')
  }

  /** As Java prints it: with an exponent where the scale is negative or the number is tiny. */
  toString(): string {
    const sign = this.unscaled < 0n ? '-' : ''
    const digits = String(this.unscaled < 0n ? -this.unscaled : this.unscaled)
    if (this.scale === 0) return sign + digits
    const exponent = digits.length - 1 - this.scale
    if (this.scale > 0 && exponent >= -6) {
      const padded = digits.padStart(this.scale + 1, '0')
      return `${sign}${padded.slice(0, -this.scale)}.${padded.slice(-this.scale)}`
    }
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
    return `${sign}${mantissa}${exponent === 0 ? '' : `E${exponent > 0 ? '+' : ''}${exponent}`}`
  }

  toNumber(): number {
    return Number(this.toString())
  }
}

/** By its looks, as `isStruct`. */
export const isDecimal = (value: unknown): value is DecimalValue =>
  typeof (value as Partial<DecimalValue> | null)?.unscaled === 'bigint'
