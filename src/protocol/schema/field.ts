/**
 * The schema language: a message is a plain object of fields, one object for all versions.
 *
 * A field is an immutable value; every method gives back a new one. Two types ride along: what a decoder gives (`Out`) and what
 * an encoder takes (`In`, where a field with a default, a later first version, a tag or the `ignorable` mark may be left out).
 */
export type Kind =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'hash64'
  | 'float64'
  | 'uuid'
  | 'string'
  | 'bytes'
  | 'records'
  | 'struct'
  | 'array'

/** The first and the last version of something; no upper end is `Infinity`. */
export type Range = readonly [number, number]

export interface Spec {
  readonly kind: Kind
  /** What an array holds. */
  readonly element?: Spec
  /** The fields of a struct. */
  readonly shape?: Shape
  readonly versions: Range
  readonly nullable?: Range
  readonly tag?: number
  readonly tagged?: Range
  /** What a version without the field is filled with; unset means the zero of the kind. */
  readonly default?: unknown
  /** Dropped in silence when a version lacks it; otherwise a value other than the default cannot be encoded. */
  readonly ignorable: boolean
}

const always: Range = [0, Number.POSITIVE_INFINITY]

export class Field<Out, In = Out, Optional extends boolean = false> {
  declare readonly out: Out
  declare readonly in: In
  declare readonly optional: Optional

  constructor(readonly spec: Spec) {}

  private with<O, I>(change: Partial<Spec>): Field<O, I, true> {
    return new Field<O, I, true>({ ...this.spec, ...change })
  }

  /** The first version that has the field. */
  since(version: number): Field<Out, In, true> {
    return this.with({ versions: [version, this.spec.versions[1]] })
  }

  /** The last version that has the field. */
  until(version: number): Field<Out, In, true> {
    return this.with({ versions: [this.spec.versions[0], version] })
  }

  /** A tagged field, from the given version on (from the field's first version when it is left out). */
  tag(tag: number, since = this.spec.versions[0]): Field<Out, In, true> {
    return this.with({ tag, tagged: [since, Number.POSITIVE_INFINITY] })
  }

  default(value: Out): Field<Out, In, true> {
    return this.with({ default: value })
  }

  nullable(since = 0, until = Number.POSITIVE_INFINITY): Field<Out | null, In | null, Optional> {
    return new Field<Out | null, In | null, Optional>({ ...this.spec, nullable: [since, until] })
  }

  ignorable(): Field<Out, In, true> {
    return this.with({ ignorable: true })
  }
}

export type AnyField = Field<unknown, unknown, boolean>
export type Shape = { readonly [name: string]: AnyField }

/** What a decoder gives: every field present, those of other versions filled with their defaults. */
export type Output<S extends Shape> = { -readonly [K in keyof S]: S[K]['out'] }

type OptionalKeys<S extends Shape> = { [K in keyof S]: S[K]['optional'] extends true ? K : never }[keyof S]
/** What an encoder takes. */
export type Input<S extends Shape> = { readonly [K in Exclude<keyof S, OptionalKeys<S>>]: S[K]['in'] } & {
  readonly [K in OptionalKeys<S>]?: S[K]['in'] | undefined
}

const scalar = <T>(kind: Kind): Field<T> => new Field<T>({ kind, versions: always, ignorable: false })

export const bool: Field<boolean> = scalar('bool')
export const int8: Field<number> = scalar('int8')
export const int16: Field<number> = scalar('int16')
export const uint16: Field<number> = scalar('uint16')
export const int32: Field<number> = scalar('int32')
/**
 * Offsets, timestamps, sizes and producer ids: a `number`, because BigInt costs a third of the decoding speed. A value outside the
 * safe range decodes to the nearest double; encoding one throws, save that anything from 2^63 on is written as 2^63-1.
 */
export const int64: Field<number> = scalar('int64')
/** 64 bits that are no quantity, all of which count. */
export const hash64: Field<bigint> = scalar('hash64')
export const float64: Field<number> = scalar('float64')
/** 22 characters of URL-safe base64, as Kafka prints them; `ZERO_UUID` when absent. */
export const uuid: Field<string> = scalar('uuid')
export const string: Field<string> = scalar('string')
/** A view of the request's bytes, not a copy. */
export const bytes: Field<Buffer, Uint8Array> = scalar('bytes') as unknown as Field<Buffer, Uint8Array>
/** Record batches, never decoded here: a view on reading; on writing one buffer or a list, sent without a copy. */
export const records: Field<Buffer | null, RecordsInput> = new Field<Buffer | null, RecordsInput>({
  kind: 'records',
  versions: always,
  ignorable: false,
})
export type RecordsInput = Uint8Array | readonly Uint8Array[] | null

export function struct<S extends Shape>(shape: S): Field<Output<S>, Input<S>> {
  return new Field<Output<S>, Input<S>>({ kind: 'struct', shape, versions: always, ignorable: false })
}

type ArrayOf<E extends Shape | AnyField> =
  E extends Field<infer O, infer I, boolean>
    ? Field<O[], readonly I[]>
    : E extends Shape
      ? Field<Output<E>[], readonly Input<E>[]>
      : never

/** An array of a scalar field, or of structs given as their shape. */
export function array<E extends Shape | AnyField>(element: E): ArrayOf<E> {
  const spec = element instanceof Field ? element.spec : struct(element as Shape).spec
  return new Field({ kind: 'array', element: spec, versions: always, ignorable: false }) as unknown as ArrayOf<E>
}

export const inRange = (range: Range | undefined, version: number): boolean =>
  range !== undefined && range[0] <= version && version <= range[1]
