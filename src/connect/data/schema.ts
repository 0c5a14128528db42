import { DataError } from './errors.ts'

export type PrimitiveType =
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FLOAT32'
  | 'FLOAT64'
  | 'BOOLEAN'
  | 'STRING'
  | 'BYTES'
export type SchemaType = PrimitiveType | 'ARRAY' | 'MAP' | 'STRUCT'

export interface Field {
  readonly name: string
  readonly index: number
  readonly schema: Schema
}

/** What may be said of a schema of any type. */
export interface SchemaOptions {
  readonly optional?: boolean
  /** Stands for a null. */
  readonly defaultValue?: unknown
  /** With a version and parameters, what the bare type means, such as `org.apache.kafka.connect.data.Decimal`. */
  readonly name?: string
  readonly version?: number
  readonly doc?: string
  readonly parameters?: Readonly<Record<string, string>>
}

interface Parts {
  readonly fields?: readonly Field[]
  readonly keySchema?: Schema
  readonly valueSchema?: Schema
}

/**
 * The type of a value, as Java's `org.apache.kafka.connect.data.Schema`; immutable. Values are in JavaScript:
 * INT8, INT16, INT32, FLOAT32, FLOAT64 a number; INT64 a bigint (a whole number is taken, too); BOOLEAN; STRING; BYTES a Buffer; ARRAY an array;
 * MAP a Map; STRUCT a `Struct`. Named schemas of logical types have values of their own (`logical.ts`).
 */
export class Schema {
  readonly optional: boolean
  readonly defaultValue: unknown
  readonly name: string | undefined
  readonly version: number | undefined
  readonly doc: string | undefined
  readonly parameters: Readonly<Record<string, string>> | undefined
  /** Of a STRUCT. */
  readonly fields: readonly Field[]
  private readonly byName = new Map<string, Field>()

  constructor(
    readonly type: SchemaType,
    options: SchemaOptions = {},
    private readonly parts: Parts = {},
  ) {
    this.optional = options.optional ?? false
    this.defaultValue = options.defaultValue
    this.name = options.name
    this.version = options.version
    this.doc = options.doc
    this.parameters = options.parameters
    this.fields = parts.fields ?? []
    for (const field of this.fields) {
      if (this.byName.has(field.name))
        throw new DataError(`Cannot create field because of field name duplication ${field.name}`)
      this.byName.set(field.name, field)
    }
  }

  field(name: string): Field | undefined {
    return this.byName.get(name)
  }

  /** Of a MAP. */
  get keySchema(): Schema {
    if (!this.parts.keySchema) throw new DataError(`A schema of type ${this.type} has no keys.`)
    return this.parts.keySchema
  }

  /** Of a MAP's values or an ARRAY's items. */
  get valueSchema(): Schema {
    if (!this.parts.valueSchema) throw new DataError(`A schema of type ${this.type} has no values of its own.`)
    return this.parts.valueSchema
  }

  /** The same with some of it said differently. */
  with(options: SchemaOptions): Schema {
    return new Schema(this.type, { ...this.options(), ...options }, this.parts)
  }

  private options(): SchemaOptions {
    const { optional, defaultValue, name, version, doc, parameters } = this
    return {
      optional,
      defaultValue,
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
      ...(doc === undefined ? {} : { doc }),
      ...(parameters === undefined ? {} : { parameters }),
    }
  }

  static int8 = (options?: SchemaOptions): Schema => new Schema('INT8', options)
  static int16 = (options?: SchemaOptions): Schema => new Schema('INT16', options)
  static int32 = (options?: SchemaOptions): Schema => new Schema('INT32', options)
  static int64 = (options?: SchemaOptions): Schema => new Schema('INT64', options)
  static float32 = (options?: SchemaOptions): Schema => new Schema('FLOAT32', options)
  static float64 = (options?: SchemaOptions): Schema => new Schema('FLOAT64', options)
  static boolean = (options?: SchemaOptions): Schema => new Schema('BOOLEAN', options)
  static string = (options?: SchemaOptions): Schema => new Schema('STRING', options)
  static bytes = (options?: SchemaOptions): Schema => new Schema('BYTES', options)
  static array = (items: Schema, options?: SchemaOptions): Schema =>
    new Schema('ARRAY', options, { valueSchema: items })
  static map = (keys: Schema, values: Schema, options?: SchemaOptions): Schema =>
    new Schema('MAP', options, { keySchema: keys, valueSchema: values })
  /** Fields keep the order in which they are given. */
  static struct = (fields: Readonly<Record<string, Schema>>, options?: SchemaOptions): Schema =>
    Schema.structOf(Object.entries(fields), options)
  /** The same of pairs: names that are whole numbers keep their place, too. */
  static structOf = (fields: Iterable<readonly [string, Schema]>, options?: SchemaOptions): Schema =>
    new Schema('STRUCT', options, { fields: Array.from(fields, ([name, schema], index) => ({ name, index, schema })) })
}

/** What a `Struct` gives. */
export interface StructValue {
  readonly schema: Schema
  /** The value of a field, or its default. */
  get(name: string): unknown
  /** The same without the default. */
  getWithoutDefault(name: string): unknown
}

/** A value with its schema; null for data without one. */
export interface SchemaAndValue {
  readonly schema: Schema | null
  readonly value: unknown
}

export const NO_DATA: SchemaAndValue = { schema: null, value: null }
