import type { RecordReader } from '../console/produce.ts'
import { createCodec } from './codecs.ts'
import type { Part } from './reading.ts'
import type { RegisteredSchema, SchemaRegistry } from './registry.ts'
import type { NewSchema } from './schema.ts'
import { frame } from './wire-format.ts'

/** Makes bytes of what JSON says; throws for what does not fit. */
export type Encode = (value: unknown) => Buffer

export type Encoders = Readonly<Partial<Record<Part, Encode>>>

/** Which schema is written with: one by its id, the newest of a subject, or a text, which is registered under a subject. */
export type SchemaChoice = { readonly id: number } | { readonly subject: string; readonly text?: NewSchema | undefined }

/** `message` names one of a Protobuf schema; its first one where it is left out. */
export async function registryEncoder(
  registry: SchemaRegistry,
  choice: SchemaChoice,
  message?: string,
): Promise<Encode> {
  const { id, ...schema } = await choose(registry, choice)
  const codec = await createCodec(schema, message)
  return (value) => frame(id, codec.encode(value))
}

async function choose(registry: SchemaRegistry, choice: SchemaChoice): Promise<RegisteredSchema> {
  if ('id' in choice) return registry.schema(choice.id)
  if (!choice.text) return registry.latest(choice.subject)
  return registry.schema(await registry.register(choice.subject, choice.text))
}

/** Lines whose keys and values are JSON of a schema: each part that has an encoder is written with it; nulls stay. */
export function withEncoders(reader: RecordReader, encoders: Encoders): RecordReader {
  let line = 0
  return {
    isPlain: false,
    read(bytes) {
      line++
      const record = reader.read(bytes)
      if (!record) return undefined
      const parts: Partial<Record<Part, Buffer>> = {}
      for (const part of ['key', 'value'] as const) {
        const [encode, text] = [encoders[part], record[part]]
        if (encode && text !== null && text !== undefined) parts[part] = encoded(encode, text.toString(), part, line)
      }
      return { ...record, ...parts }
    },
  }
}

function encoded(encode: Encode, text: string, part: Part, line: number): Buffer {
  try {
    return encode(parseExactly(text))
  } catch (error) {
    const { message } = error as Error
    throw new Error(`Line ${line}: the ${part} ${error instanceof SyntaxError ? 'is no JSON.' : message}`)
  }
}

/** JSON without whole numbers that would lose digits; throws for them. */
export function parseExactly(text: string): unknown {
  const value = JSON.parse(text)
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g))
    if (!token.startsWith('"') && !Number.isSafeInteger(Number(token)))
      throw new Error(`has ${token}, which would lose digits: write it as text.`)
  return value
}
