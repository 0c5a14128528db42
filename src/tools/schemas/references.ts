import type { Reference } from './schema.ts'

/** Reads `common.proto=common:2`, or without the version for the newest; throws. */
export function parseReference(text: string): Reference {
  const [, name, subject, version] = /^([^=]+)=(.+?)(?::(\d+))?$/.exec(text) ?? []
  if (name === undefined || subject === undefined)
    throw new Error(`A reference is NAME=SUBJECT or NAME=SUBJECT:VERSION, such as common.proto=common:2, not ${text}.`)
  return { name, subject, version: version === undefined ? undefined : Number(version) }
}

/** Reads the JSON that Confluent's tools take, `[{"name":"common.proto","subject":"common","version":2}]`, in which -1 is the newest version; throws. */
export function parseReferences(json: string): Reference[] {
  const list = parsed(json)
  if (!Array.isArray(list) || !list.every(isReference))
    throw new Error('References of a schema are JSON: [{"name":"common.proto","subject":"common","version":2}].')
  return list.map(({ name, subject, version }) => ({ name, subject, version: version === -1 ? undefined : version }))
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function isReference(value: unknown): value is Reference {
  if (typeof value !== 'object' || value === null) return false
  const { name, subject, version } = value as Partial<Record<keyof Reference, unknown>>
  return typeof name === 'string' && typeof subject === 'string' && (version === undefined || Number.isInteger(version))
}
