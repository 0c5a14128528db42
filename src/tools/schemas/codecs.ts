import type { Codec, SchemaText } from './schema.ts'

/** Loads only the library of the schema's kind. `message` is Protobuf's: which one of its file is written. */
export async function createCodec(schema: SchemaText, message?: string): Promise<Codec> {
  if (schema.kind === 'PROTOBUF') {
    const { protobufCodec } = await import('./protobuf.ts')
    return protobufCodec(schema, message)
  }
  if (message !== undefined)
    throw new Error(`A message can be chosen of a Protobuf schema only, and this one is ${schema.kind}.`)
  if (schema.kind === 'AVRO') return (await import('./avro.ts')).avroCodec(schema)
  return (await import('./json-schema.ts')).jsonSchemaCodec(schema)
}
