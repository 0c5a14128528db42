/** Numbers as Java's `toString` writes them. */

function inJavaForm(value: number, digits: string): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  if (value === 0) return `${sign}0.0`
  const [mantissa, power] = digits.split('e') as [string, string]
  const figures = mantissa.replace('.', '')
  const exponent = Number(power)
  if (exponent >= -3 && exponent < 7) return sign + plain(figures, exponent)
  return `${sign}${figures[0]}.${figures.slice(1) || '0'}E${exponent}`
}

/** The figures with a point and no exponent, at least one figure on either side. */
function plain(figures: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${figures}`
  const whole = figures.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${whole}.${figures.slice(exponent + 1) || '0'}`
}

/** The shortest digits that read back; where one would do, the closest two: 4.9E-324. */
export function doubleText(value: number): string {
  const absolute = Math.abs(value)
  const shortest = absolute.toExponential()
  return inJavaForm(value, shortest.includes('.') ? shortest : withoutZeros(absolute.toExponential(1)))
}

const withoutZeros = (digits: string): string => digits.replace(/\.?0+e/, 'e')

/** The shortest digits that single precision tells from its neighbours. */
export function floatText(value: number): string {
  const single = Math.fround(value)
  const absolute = Math.abs(single)
  let digits = absolute.toExponential()
  for (let precision = 0; precision < 9; precision++) {
    digits = absolute.toExponential(precision)
    if (Math.fround(Number(digits)) === absolute) break
  }
  return inJavaForm(single, withoutZeros(digits))
}

/** What Java reads as a double, hexadecimal ones aside; undefined for what is none. */
export function parseDouble(text: string): number | undefined {
  const match = /^([+-]?)(NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?$/.exec(text.trim())
  return match ? Number(`${match[1]}${match[2]}`) : undefined
}
