/** Kinds of schemas, by the names that registries give them. */
export type SchemaKind = 'AVRO' | 'PROTOBUF' | 'JSON'

/** A schema that others refer to, by the name that they use. */
export interface SchemaFile {
  readonly name: string
  readonly text: string
}

export interface SchemaText {
  readonly kind: SchemaKind
  readonly text: string
  /** What it refers to, each behind those that it refers to itself. */
  readonly imports: readonly SchemaFile[]
}

/** Where a schema that another one refers to is in a registry; the newest version where none is named. */
export interface Reference {
  /** As the schema calls it: the path of an import, or the full name of an Avro type. */
  readonly name: string
  readonly subject: string
  readonly version?: number | undefined
}

/** A schema that is to be registered. */
export interface NewSchema {
  readonly kind: SchemaKind
  readonly text: string
  readonly references?: readonly Reference[] | undefined
}

/** Between the bytes of a kind, which come after a schema's id, and JSON. */
export interface Codec {
  /** JSON on one line. Throws for bytes that are not of the schema. */
  decode(payload: Buffer): string
  /** Throws, in one sentence, for a value that does not fit the schema. */
  encode(value: unknown): Buffer
}
