import { inRange, type Shape, type Spec } from '../../protocol/schema/index.ts'

/**
 * The fields that a message has in a version, as JSON: bytes and records in base64, numbers that are no quantity as digits in quotes, ids as Kafka prints
 * them.
 */
export const fieldsToJson = (shape: Shape, value: object, version: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(shape).flatMap(([name, { spec }]) =>
      inRange(spec.versions, version) ? [[name, valueToJson(spec, value[name as never], version)]] : [],
    ),
  )

export function valueToJson(spec: Spec, value: unknown, version: number): unknown {
  if (value === null || value === undefined) return null
  switch (spec.kind) {
    case 'hash64':
      return String(value)
    case 'bytes':
    case 'records':
      return Buffer.from(value as Uint8Array).toString('base64')
    case 'array':
      return (value as readonly unknown[]).map((one) => valueToJson(spec.element as Spec, one, version))
    case 'struct':
      return fieldsToJson(spec.shape as Shape, value, version)
    default:
      return value
  }
}
