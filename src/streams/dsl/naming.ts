import { TopologyError } from '../errors.ts'
import { Topology } from '../topology/topology.ts'
import type { KStream, StreamParts } from './kstream.ts'

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

  /** A store's name that was given takes no number. */
  storeOr(given: string | undefined, prefix: string): string {
    return given === undefined ? this.generate(`${prefix}STATE-STORE-`) : checkedName(given)
  }
}

function checkedName(name: string): string {
  if (/^[\w.-]{1,249}$/.test(name) && name !== '.' && name !== '..') return name
  throw new TopologyError(
    `Name "${name}" is illegal: it may have up to 249 ASCII letters and digits, '.', '_' and '-'.`,
  )
}
