import { type Branch, branchProcessor, passThrough } from '../processors/stateless.ts'
import type { KStream, StreamParts } from './kstream.ts'
import type { NameOption } from './options.ts'

/** A stream that is being divided: each record goes to the first branch whose predicate it fulfils. */
export class BranchedKStream<K, V> {
  private readonly branches: Branch<K, V>[] = []
  private readonly streams = new Map<string, KStream<K, V>>()
  private readonly node: string

  constructor(
    private readonly parts: StreamParts<K, V>,
    private readonly options: NameOption,
  ) {
    const { builder, node } = parts
    this.node = builder.nameOr(options.name, 'KSTREAM-BRANCH-')
    builder.topology.addProcessor(this.node, branchProcessor(this.branches), [node])
  }

  /** The stream's key in the result is the name of the split, and behind it the branch's own or, without one, its number, from 1 on. */
  branch(takes: (key: K, value: V) => boolean, options: NameOption = {}): this {
    this.add(takes, options.name ?? String(this.branches.length + 1))
    return this
  }

  /** The streams by name, with one for what no branch takes; without a name it has number 0. */
  defaultBranch(options: NameOption = {}): Map<string, KStream<K, V>> {
    this.add(() => true, options.name ?? '0')
    return this.streams
  }

  /** The streams by name; what no branch takes is dropped. */
  noDefaultBranch(): Map<string, KStream<K, V>> {
    return this.streams
  }

  private add(takes: (key: K, value: V) => boolean, suffix: string): void {
    const { builder } = this.parts
    const child = builder.nameOr((this.options.name ?? this.node) + suffix, '')
    builder.topology.addProcessor(child, passThrough<K, V>(), [this.node])
    this.branches.push({ child, takes })
    this.streams.set(child, builder.newStream({ ...this.parts, node: child }))
  }
}
