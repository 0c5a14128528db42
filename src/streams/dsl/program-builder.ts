import { TopologyError } from '../errors.ts'
import type { OldValues } from '../processors/change.ts'
import type { TableView } from '../processors/table.ts'
import { Topology } from '../topology/topology.ts'
import type { KStream } from './api.ts'
import type { SerdeOptions } from './options.ts'

/** What a stream is made of. */
export interface StreamParts<K, V> {
  readonly builder: ProgramBuilder
  readonly node: string
  readonly serdes: SerdeOptions<K, V>
  /** The sources before it, whose topics' partitions decide about its tasks. */
  readonly sources: ReadonlySet<string>
  /** Records with equal keys may be in different tasks. */
  readonly keyChanged: boolean
}

/** What a table is made of. */
export interface TableParts<K, V> {
  readonly builder: ProgramBuilder
  readonly node: string
  readonly serdes: SerdeOptions<K, V>
  /** The sources before it, whose topics' partitions decide about its tasks. */
  readonly sources: ReadonlySet<string>
  /** Finds the table's values, for which a store may have to be added. */
  readonly view: () => TableView<K, V>
  readonly oldValues: OldValues
  /** How long after its end a window can change, in milliseconds; undefined where keys have no windows. */
  readonly closeMs?: number | undefined
}

/** Makes a stream; tables and branches cannot make one themselves, for streams are made of them. */
export type NewStream = <K, V>(parts: StreamParts<K, V>) => KStream<K, V>

/** Counts the steps of a program: names that nobody gave end in the number, as Java's do, so that changelogs are found again. */
export class ProgramBuilder {
  readonly topology = new Topology()
  private index = 0

  constructor(readonly newStream: NewStream) {}

  /** `KSTREAM-MAP-0000000003`. */
  generate(prefix: string): string {
    return prefix + String(this.index++).padStart(10, '0')
  }

  /** A name that was given, which takes a number all the same. */
  nameOr(given: string | undefined, prefix: string): string {
    const generated = this.generate(prefix)
    return given === undefined ? generated : checkedName(given)
  }

  /** A name that was given, which takes no number. */
  generateUnless(given: string | undefined, prefix: string): string {
    return given === undefined ? this.generate(prefix) : checkedName(given)
  }

  /** A store's name that was given takes no number. */
  storeOr(given: string | undefined, prefix: string): string {
    return this.generateUnless(given, `${prefix}STATE-STORE-`)
  }
}

function checkedName(name: string): string {
  if (/^[\w.-]{1,249}$/.test(name) && name !== '.' && name !== '..') return name
  throw new TopologyError(
    `Name "${name}" is illegal: it may have up to 249 ASCII letters and digits, '.', '_' and '-'.`,
  )
}
