import { Flags } from '@oclif/core'

const helpGroup = 'SCHEMA'

/** Where the registry is. */
export const registryFlags = {
  'schema-registry': Flags.string({
    helpGroup,
    helpValue: 'url',
    description: 'Schema registry [default: $KAFKA_SCHEMA_REGISTRY, then schema.registry.url of the profile]',
  }),
  'schema-registry-user': Flags.string({
    helpGroup,
    helpValue: 'user:password',
    description: 'Who asks it [default: $KAFKA_SCHEMA_REGISTRY_USER]',
  }),
  'schema-registry-token': Flags.string({
    helpGroup,
    exclusive: ['schema-registry-user'],
    description: 'The same by a bearer token [default: $KAFKA_SCHEMA_REGISTRY_TOKEN]',
  }),
}

/** Protobuf without a registry. */
export const protoFlags = {
  proto: Flags.string({
    helpGroup,
    helpValue: 'file',
    exclusive: ['schema-registry'],
    description: 'Protobuf file of keys and values that no registry knows',
  }),
  'proto-message': Flags.string({ helpGroup, dependsOn: ['proto'], description: 'Its message that values are' }),
  'proto-key-message': Flags.string({ helpGroup, dependsOn: ['proto'], description: 'Its message that keys are' }),
  'proto-path': Flags.string({
    helpGroup,
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'folder',
    dependsOn: ['proto'],
    description: "Where files that it imports are [default: the file's folder]",
  }),
}

const partFlags = (part: 'key' | 'value') => ({
  id: Flags.integer({ helpGroup, min: 0, description: `${titled(part)}s are of the schema with this id` }),
  subject: Flags.string({
    helpGroup,
    description: `${titled(part)}s are of the newest schema of this subject${part === 'value' ? ' [default: TOPIC-value]' : ''}`,
  }),
  file: Flags.string({
    helpGroup,
    helpValue: 'file',
    description: `${titled(part)}s are of the schema in this file (.avsc, .proto, .json), which is registered under the subject`,
  }),
  reference: Flags.string({
    helpGroup,
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'name=subject[:version]',
    description: `What the file's schema imports: where the registry has it`,
  }),
  message: Flags.string({
    helpGroup,
    description: `Message of ${part}s in a Protobuf schema [default: its first one]`,
  }),
})

const titled = (part: string): string => part.charAt(0).toUpperCase() + part.slice(1)
const [key, value] = [partFlags('key'), partFlags('value')]

/** Which schemas a producer writes with. */
export const writingFlags = {
  'value-schema-id': value.id,
  'value-subject': value.subject,
  'value-schema': value.file,
  'value-reference': value.reference,
  'value-message': value.message,
  'key-schema-id': key.id,
  'key-subject': key.subject,
  'key-schema': key.file,
  'key-reference': key.reference,
  'key-message': key.message,
}

/** Whether flags of a consumer ask for a schema of any kind. */
export const asksForSchemas = (flags: {
  readonly 'schema-registry': string | undefined
  readonly proto: string | undefined
  readonly 'key-deserializer': string | undefined
  readonly 'value-deserializer': string | undefined
}): boolean =>
  flags['schema-registry'] !== undefined ||
  flags.proto !== undefined ||
  flags['key-deserializer'] === 'schema' ||
  flags['value-deserializer'] === 'schema'

/** Whether flags of a producer do. */
export const writingAsksForSchemas = (flags: Readonly<Record<string, unknown>>): boolean =>
  ['schema-registry', 'proto', ...Object.keys(writingFlags)].some((name) => flags[name] !== undefined)
