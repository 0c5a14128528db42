/** The classes of Confluent's console tools, which scripts name: readers and formatters for records whose schemas are in a registry. */
import type { FormatterOptions } from '../../tools/console/formatter.ts'
import { LineReader } from '../../tools/console/line-reader.ts'
import type { RecordReader } from '../../tools/console/produce.ts'
import { type Part, RegistryReader } from '../../tools/schemas/reading.ts'
import { parseReferences } from '../../tools/schemas/references.ts'
import { SchemaRegistry } from '../../tools/schemas/registry.ts'
import type { SchemaKind } from '../../tools/schemas/schema.ts'
import { type Encode, registryEncoder, withEncoders } from '../../tools/schemas/writing.ts'
import type { ClientSettings } from '../client-config.ts'
import type { Context } from '../context.ts'

const kinds: Readonly<Record<string, SchemaKind>> = {
  Avro: 'AVRO',
  'protobuf.Protobuf': 'PROTOBUF',
  'json.JsonSchema': 'JSON',
}

/** Whether a formatter or reader is one of these classes. */
export const isConfluents = (name: string): boolean => kindOf(name) !== undefined

const kindOf = (name: string): SchemaKind | undefined =>
  kinds[/^io\.confluent\.kafka\.formatter\.(.+)Message(?:Formatter|Reader)$/.exec(name)?.[1] ?? '']

function registryOf(settings: ClientSettings, { runtime }: Context): SchemaRegistry {
  const url = settings['schema.registry.url']?.split(',', 1)[0]
  if (!url) throw new Error('Missing schema registry url!')
  const user = settings['basic.auth.user.info'] ?? settings['schema.registry.basic.auth.user.info']
  return new SchemaRegistry(runtime.http, { url, user, token: settings['bearer.auth.token'] })
}

/** What reads values, and keys unless they have a deserializer, and what fetches their schemas. */
export function confluentReaders(
  settings: ClientSettings,
  context: Context,
): {
  readonly readers: NonNullable<FormatterOptions['readers']>
  readonly prepare: RegistryReader['prepare']
} {
  const readsKeys = settings['print.key']?.toLowerCase() === 'true' && settings['key.deserializer'] === undefined
  const parts: Part[] = readsKeys ? ['key', 'value'] : ['value']
  const { read, prepare } = new RegistryReader(registryOf(settings, context), parts)
  return { readers: { value: read, key: readsKeys ? read : undefined }, prepare }
}

/**
 * Lines of JSON, written by the schema that `value.schema`, `value.schema.file` or `value.schema.id` names (and `key.schema...` where keys are
 * parsed and have no serializer); a schema is registered under `<topic>-value`, with the references that `value.refs` or `value.refs.file` has.
 */
export async function confluentReader(
  name: string,
  topic: string,
  settings: ClientSettings,
  context: Context,
): Promise<RecordReader> {
  const registry = registryOf(settings, context)
  const kind = kindOf(name) as SchemaKind
  const encoder = (part: Part): Promise<Encode> => {
    const [id, file] = [settings[`${part}.schema.id`], settings[`${part}.schema.file`]]
    if (id !== undefined) return registryEncoder(registry, { id: Number(id) })
    const text = file === undefined ? settings[`${part}.schema`] : context.runtime.disk.readFile(file)?.toString()
    if (text === undefined)
      throw new Error(
        `Must provide the ${part} schema in either ${part}.schema, ${part}.schema.id or ${part}.schema.file`,
      )
    const references = referencesOf(part, settings, context)
    return registryEncoder(registry, { subject: `${topic}-${part}`, text: { kind, text, references } })
  }
  const readsKeys = settings['parse.key']?.toLowerCase() === 'true' && settings['key.serializer'] === undefined
  const value = await encoder('value')
  return withEncoders(new LineReader(topic, settings), readsKeys ? { value, key: await encoder('key') } : { value })
}

/** `value.refs`, or a file with the same. */
function referencesOf(part: Part, settings: ClientSettings, { runtime }: Context) {
  const file = settings[`${part}.refs.file`]
  const json = file === undefined ? settings[`${part}.refs`] : runtime.disk.readFile(file)?.toString()
  if (file !== undefined && json === undefined) throw new Error(`There is no file ${file}.`)
  return json === undefined ? undefined : parseReferences(json)
}
