/** Bytes of a key or a value, and back. Null is never given to either: it stands for itself. */
export interface Serde<T> {
  serialize(value: T): Uint8Array
  /** Throws for bytes that are none of its kind. */
  deserialize(bytes: Buffer): T
}

/** A serde around others, which may be left to the application's defaults. */
export interface DependentSerde<T> extends Serde<T> {
  /** The same with another where it was made without one. */
  withDefault(serde: Serde<unknown> | undefined): DependentSerde<T>
}
