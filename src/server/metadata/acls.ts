import { ANY_NAME, PatternNumber } from '../../protocol/acl.ts'
import type { FieldsOf } from './records.ts'

/** One entry of an access control list: who may, or may not, do one thing from one host with resources of one pattern. */
export type AclRecord = FieldsOf<'AccessControlEntryRecord'>

/** All entries, in an order in which those that speak of one resource are found at once. */
export class AclIndex {
  private readonly literal = new Map<string, AclRecord[]>()
  private readonly prefixed = new Map<string, AclRecord[]>()
  private readonly byType = new Map<number, AclRecord[]>()
  /** Lengths of prefixes: only these have to be looked up. */
  private readonly lengths: readonly number[]

  constructor(acls: Iterable<AclRecord>) {
    const lengths = new Set<number>()
    for (const acl of acls) {
      const isPrefix = acl.patternType === PatternNumber.PREFIXED
      if (isPrefix) lengths.add(acl.resourceName.length)
      add(isPrefix ? this.prefixed : this.literal, keyOf(acl.resourceType, acl.resourceName), acl)
      add(this.byType, acl.resourceType, acl)
    }
    this.lengths = [...lengths]
  }

  /** The entries that speak of a resource: by its name, by a prefix of it, or of all of its type. */
  *about(type: number, name: string): Generator<AclRecord> {
    yield* this.literal.get(keyOf(type, name)) ?? []
    if (name !== ANY_NAME) yield* this.literal.get(keyOf(type, ANY_NAME)) ?? []
    for (const length of this.lengths)
      if (length <= name.length) yield* this.prefixed.get(keyOf(type, name.slice(0, length))) ?? []
  }

  ofType(type: number): readonly AclRecord[] {
    return this.byType.get(type) ?? []
  }
}

const keyOf = (type: number, name: string): string => `${type}:${name}`

function add<K>(map: Map<K, AclRecord[]>, key: K, acl: AclRecord): void {
  const list = map.get(key)
  if (list) list.push(acl)
  else map.set(key, [acl])
}
