import { StreamsError } from './errors.ts'

/** Bytes of a key or a value, and back. Null is never given to either: it stands for itself. */
export interface Serde<T> {
  serialize(value: T): Uint8Array
  /** Throws for bytes that are none of its kind. */
  deserialize(bytes: Buffer): T
}

/** A serde around others, which may be left to the application's defaults. */
export interface DependentSerde<T> extends Serde<T> {
  /** The same with others where it was made without: the default for what it is used for, and the one for keys. */
  withDefault(serde: Serde<unknown> | undefined, keys: Serde<unknown> | undefined): DependentSerde<T>
}

/** Serdes of keys and values; the application's defaults where one is undefined. */
export interface SerdePair {
  readonly key: Serde<unknown> | undefined
  readonly value: Serde<unknown> | undefined
}

/** The serde, if there is one. Throws a `StreamsError`. */
export function neededSerde<T>(name: string, part: 'key' | 'value', serde: Serde<T> | undefined): Serde<T> {
  if (serde) return serde
  throw new StreamsError(`${name} has no ${part} serde: give it one, or set default.${part}.serde.`)
}

/** A serde, or the application's. Throws a `StreamsError` where there is neither. */
export function resolveSerde<T>(
  name: string,
  part: 'key' | 'value',
  own: Serde<T> | undefined,
  defaults: SerdePair,
): Serde<T> {
  const serde = neededSerde(name, part, own ?? (defaults[part] as Serde<T> | undefined))
  return 'withDefault' in serde ? (serde as DependentSerde<T>).withDefault(defaults[part], defaults.key) : serde
}
