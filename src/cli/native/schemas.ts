import path from 'node:path'
import type { Deserializer } from '../../tools/console/deserializers.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import { type Part, RegistryReader } from '../../tools/schemas/reading.ts'
import { parseReference } from '../../tools/schemas/references.ts'
import { SchemaRegistry } from '../../tools/schemas/registry.ts'
import type { Codec, Reference, SchemaFile, SchemaKind } from '../../tools/schemas/schema.ts'
import { type Encode, type Encoders, registryEncoder, type SchemaChoice } from '../../tools/schemas/writing.ts'
import { type ClientSettings, MissingFile } from '../client-config.ts'
import type { Context } from '../context.ts'

interface RegistryFlags {
  readonly 'schema-registry': string | undefined
  readonly 'schema-registry-user': string | undefined
  readonly 'schema-registry-token': string | undefined
}

interface ProtoFlags {
  readonly proto: string | undefined
  readonly 'proto-message': string | undefined
  readonly 'proto-key-message': string | undefined
  readonly 'proto-path': string[] | undefined
}

type ReadingFlags = RegistryFlags & ProtoFlags & Readonly<Record<`${Part}-deserializer`, string | undefined>>

type PartFlags<P extends Part> = Readonly<
  Record<`${P}-subject` | `${P}-schema` | `${P}-message`, string | undefined> &
    Record<`${P}-schema-id`, number | undefined> &
    Record<`${P}-reference`, readonly string[] | undefined>
>
type WritingFlags = RegistryFlags & ProtoFlags & PartFlags<'key'> & PartFlags<'value'>

const parts = ['key', 'value'] as const

/**
 * The registry that flags, environment or settings name, in this order. Who asks it comes from where its address comes from, or from something
 * stronger, so that no secret of a profile goes to another server.
 */
function registryOf(
  flags: RegistryFlags,
  { console: { env }, runtime }: Context,
  settings: () => ClientSettings,
): SchemaRegistry {
  const told = flags['schema-registry'] ?? (env.KAFKA_SCHEMA_REGISTRY || undefined)
  const given = told === undefined ? settings() : {}
  const url = told ?? given['schema.registry.url']
  if (url === undefined)
    throw new InvalidRequest(
      'No schema registry is named: --schema-registry, $KAFKA_SCHEMA_REGISTRY or a profile does.',
    )
  const flagged = { user: flags['schema-registry-user'], token: flags['schema-registry-token'] }
  const fromEnv = {
    user: env.KAFKA_SCHEMA_REGISTRY_USER || undefined,
    token: env.KAFKA_SCHEMA_REGISTRY_TOKEN || undefined,
  }
  const fromSettings = {
    user: given['basic.auth.user.info'] ?? given['schema.registry.basic.auth.user.info'],
    token: given['bearer.auth.token'],
  }
  const isSet = ({ user, token }: typeof flagged) => user !== undefined || token !== undefined
  const who = [flagged, fromEnv, fromSettings].find(isSet)
  return new SchemaRegistry(runtime.http, { url, ...who })
}

interface SchemaReaders extends Partial<Record<Part, Deserializer>> {
  readonly prepare?: RegistryReader['prepare']
}

/** What reads the keys and values that are of a schema: values, unless a deserializer is named for them, and keys where `schema` is. */
export async function schemaReaders(
  flags: ReadingFlags,
  context: Context,
  settings: () => ClientSettings,
): Promise<SchemaReaders> {
  if (flags.proto !== undefined) {
    const codecs = await protoCodecs(flags, context)
    return { ...reader('key', codecs), ...reader('value', codecs) }
  }
  const wanted = parts.filter(
    (part) => (flags[`${part}-deserializer`] ?? (part === 'value' ? 'schema' : '')) === 'schema',
  )
  const registry = new RegistryReader(registryOf(flags, context, settings), wanted)
  return { prepare: registry.prepare, ...Object.fromEntries(wanted.map((part) => [part, registry.read])) }
}

const reader = (part: Part, codecs: Partial<Record<Part, Codec>>) => {
  const codec = codecs[part]
  return codec ? { [part]: (bytes: Buffer) => codec.decode(bytes) } : {}
}

/** What writes keys and values by a schema; nothing where no flag asks for one. */
export async function schemaEncoders(
  topic: string,
  flags: WritingFlags,
  context: Context,
  settings: () => ClientSettings,
): Promise<Encoders> {
  if (flags.proto !== undefined) {
    const codecs = await protoCodecs(flags, context)
    return Object.fromEntries(
      Object.entries(codecs).map(([part, codec]): [string, Encode] => [part, (value) => codec.encode(value)]),
    )
  }
  const choices = { key: choiceOf('key', topic, flags, context), value: choiceOf('value', topic, flags, context) }
  const registry = registryOf(flags, context, settings)
  const encoders: Partial<Record<Part, Encode>> = {}
  for (const part of parts) {
    const choice = choices[part]
    if (choice) encoders[part] = await registryEncoder(registry, choice, flags[`${part}-message`])
  }
  return encoders
}

/** Keys are of a schema only where a flag says so; values are of the newest of the topic's subject where nothing else is said. */
function choiceOf(part: Part, topic: string, flags: WritingFlags, context: Context): SchemaChoice | undefined {
  const [id, file, named] = [flags[`${part}-schema-id`], flags[`${part}-schema`], flags[`${part}-subject`]]
  if (id !== undefined && (file !== undefined || named !== undefined))
    throw new InvalidRequest(
      `--${part}-schema-id names a schema already: leave --${part}-schema and --${part}-subject out.`,
    )
  const references = flags[`${part}-reference`]?.map(readReference)
  if (references && file === undefined) throw new InvalidRequest(`--${part}-reference goes with --${part}-schema.`)
  if (id !== undefined) return { id }
  if (part === 'key' && file === undefined && named === undefined) return undefined
  const subject = named ?? `${topic}-${part}`
  return {
    subject,
    text: file === undefined ? undefined : { kind: kindOf(file), text: fileText(file, context), references },
  }
}

function readReference(text: string): Reference {
  try {
    return parseReference(text)
  } catch (error) {
    throw new InvalidRequest((error as Error).message)
  }
}

function kindOf(file: string): SchemaKind {
  const kinds: Readonly<Record<string, SchemaKind>> = { '.avsc': 'AVRO', '.proto': 'PROTOBUF', '.json': 'JSON' }
  const kind = kinds[path.extname(file)]
  if (!kind) throw new InvalidRequest(`A schema's file ends with .avsc, .proto or .json, and ${file} does not.`)
  return kind
}

function fileText(file: string, { runtime }: Context): string {
  const bytes = runtime.disk.readFile(file)
  if (!bytes) throw new MissingFile(file)
  return bytes.toString()
}

/** Messages of a local file, with all that it imports. */
async function protoCodecs(flags: ProtoFlags, context: Context): Promise<Partial<Record<Part, Codec>>> {
  const { proto, 'proto-message': value, 'proto-key-message': key, 'proto-path': given } = flags
  if (value === undefined && key === undefined)
    throw new InvalidRequest('--proto needs --proto-message: the message of the file that values are.')
  const { importsOf, messageCodec } = await import('../../tools/schemas/protobuf.ts')
  const file = proto as string
  const folders = given ?? [path.dirname(file)]
  const main = { name: file, text: fileText(file, context) }
  const imported = new Map<string, SchemaFile>()
  const collect = (from: SchemaFile): void => {
    for (const name of importsOf(from)) {
      if (imported.has(name)) continue
      const text = folders.map((folder) => context.runtime.disk.readFile(path.join(folder, name))).find(Boolean)
      if (!text)
        throw new Error(
          `${from.name} imports ${name}, which is not in ${folders.join(', ')}: --proto-path names its folder.`,
        )
      const found = { name, text: text.toString() }
      imported.set(name, found)
      collect(found)
    }
  }
  collect(main)
  const codecOf = (name: string | undefined) =>
    name === undefined ? undefined : messageCodec([...imported.values()], main, name)
  const [keyCodec, valueCodec] = [codecOf(key), codecOf(value)]
  return { ...(keyCodec ? { key: keyCodec } : {}), ...(valueCodec ? { value: valueCodec } : {}) }
}
