import type { StreamOptions } from './options.ts'
import type { StreamParts } from './program-builder.ts'
import { addRepartition, nameRepartition } from './repartition.ts'

/** A stream and what its tables, with windows or without, have in common. */
export class Group<K, V> {
  /** Where records with equal keys come together, once a table of a group with a name needed that. */
  private shared: string | undefined

  constructor(
    readonly parts: StreamParts<K, V>,
    private readonly options: StreamOptions<K, V>,
  ) {}

  /** The node behind which records with equal keys are in one task. */
  keyedParent(store: string, isNamed: boolean): { parent: string; sources: ReadonlySet<string> } {
    const { node, sources, keyChanged } = this.parts
    if (!keyChanged) return { parent: node, sources }
    this.shared = this.behindTopic(store, isNamed, this.options.name === undefined ? undefined : this.shared)
    return { parent: this.shared, sources: new Set([this.shared]) }
  }

  /** The source of a topic that brings equal keys together; the one that is there already takes numbers all the same. */
  behindTopic(store: string, isNamed: boolean, there: string | undefined): string {
    const { builder, node, serdes: own } = this.parts
    const { name } = this.options
    const wanted = { ...own, parent: node, topic: name ?? store, isNamed: name !== undefined || isNamed }
    const nodes = nameRepartition(builder, wanted as never)
    if (there !== undefined) return there
    addRepartition(builder, nodes, wanted)
    return nodes.source
  }
}
