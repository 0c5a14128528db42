import protobuf from 'protobufjs'
import protojson from 'protobufjs/ext/protojson.js'
import type { Codec, SchemaFile, SchemaText } from './schema.ts'
import { readPath, writePath } from './wire-format.ts'

const MAIN = 'its schema'

/** Messages of a registered file. JSON is Protobuf's own mapping: names in camel case, 64-bit numbers as text, defaults left out. */
export function protobufCodec({ text, imports }: SchemaText, name?: string): Codec {
  const root = parseFiles(imports, { name: MAIN, text })
  const tree = messageTree(root)
  const written = name === undefined ? [0] : pathOf(root, tree, name)
  return {
    decode(payload) {
      const { path, rest } = readPath(payload)
      return messageJson(typeAt(tree, path), rest)
    },
    encode: (value) => Buffer.concat([writePath(written), messageBytes(typeAt(tree, written), value)]),
  }
}

/** One message of files that no registry knows: its bytes stand alone. Throws for a message that is not there. */
export function messageCodec(imports: readonly SchemaFile[], main: SchemaFile, name: string): Codec {
  const type = lookup(parseFiles(imports, main), name)
  return { decode: (payload) => messageJson(type, payload), encode: (value) => messageBytes(type, value) }
}

/** The files that a file imports, without Google's that come with the library. Throws for what is no .proto file. */
export const importsOf = ({ name, text }: SchemaFile): string[] =>
  (parse(name, text, new protobuf.Root()).imports ?? []).filter(
    (path) => path !== DESCRIPTOR && !protobuf.common.get(path),
  )

function parseFiles(imports: readonly SchemaFile[], main: SchemaFile): protobuf.Root {
  const root = new protobuf.Root()
  for (const { name, text } of [...imports, main])
    for (const path of parse(name, text, root).imports ?? []) {
      const nested = protobuf.common.get(path)?.nested
      if (nested) root.addJSON(nested)
      else if (path === DESCRIPTOR && !root.get('google.protobuf.FieldOptions')) parse(path, EXTENDABLE, root)
    }
  try {
    root.resolveAll()
  } catch (error) {
    throw new Error(`The Protobuf schema is not whole: ${(error as Error).message}.`)
  }
  return root
}

const DESCRIPTOR = 'google/protobuf/descriptor.proto'
/** What files extend to make options of their own. */
const EXTENDABLE = `syntax = "proto2"; package google.protobuf; ${[
  'File',
  'Message',
  'Field',
  'Oneof',
  'Enum',
  'EnumValue',
  'Service',
  'Method',
]
  .map((name) => `message ${name}Options { extensions 1000 to max; }`)
  .join(' ')}`

function parse(name: string, text: string, root: protobuf.Root): protobuf.IParserResult {
  // The library's way to give a file's name: it stands in errors and in every type.
  const named = protobuf.parse as typeof protobuf.parse & { filename: string | null }
  named.filename = name
  try {
    return protobuf.parse(text, root)
  } catch (error) {
    throw new Error(`The Protobuf schema cannot be read: ${(error as Error).message}.`)
  }
}

interface Branch {
  readonly type: protobuf.Type
  readonly within: readonly Branch[]
}

/** The messages of the main file as indexes count them: in the order in which they stand. */
function messageTree(namespace: protobuf.NamespaceBase): Branch[] {
  return namespace.nestedArray.flatMap((nested): Branch[] => {
    if (nested instanceof protobuf.Type)
      return nested.filename === MAIN ? [{ type: nested, within: messageTree(nested) }] : []
    return nested instanceof protobuf.Namespace ? messageTree(nested) : []
  })
}

function typeAt(tree: readonly Branch[], path: readonly number[]): protobuf.Type {
  let branch: Branch | undefined
  for (const index of path) {
    branch = (branch?.within ?? tree)[index]
    if (!branch) throw new Error(`its schema has no message at ${path.join('.')}.`)
  }
  return (branch as Branch).type
}

function pathOf(root: protobuf.Root, tree: readonly Branch[], name: string): number[] {
  const wanted = lookup(root, name)
  const find = (branches: readonly Branch[]): number[] | undefined => {
    for (const [index, { type, within }] of branches.entries()) {
      const below = type === wanted ? [] : find(within)
      if (below) return [index, ...below]
    }
    return undefined
  }
  const path = find(tree)
  if (!path) throw new Error(`Message ${name} is not in the schema itself, but in one that it imports.`)
  return path
}

function lookup(root: protobuf.Root, name: string): protobuf.Type {
  try {
    return root.lookupType(name)
  } catch {
    throw new Error(`There is no message ${name} in the schema.`)
  }
}

function messageJson(type: protobuf.Type, bytes: Buffer): string {
  try {
    return protojson.toJsonString(type, type.decode(bytes))
  } catch (error) {
    throw new Error(`it is no ${nameOf(type)}: ${(error as Error).message}.`)
  }
}

function messageBytes(type: protobuf.Type, value: unknown): Buffer {
  try {
    return Buffer.from(type.encode(protojson.fromJson(type, value)).finish())
  } catch (error) {
    throw new Error(`does not fit ${nameOf(type)}: ${(error as Error).message.replace(/^\./, '')}.`)
  }
}

const nameOf = (type: protobuf.Type): string => type.fullName.slice(1)
