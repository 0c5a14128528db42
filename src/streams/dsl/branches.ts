import { type Branch, branchProcessor, passThrough } from '../processors/stateless.ts'
import type { BranchedKStream, KStream } from './api.ts'
import type { NameOption } from './options.ts'
import type { StreamParts } from './program-builder.ts'

/** One node that sends each record to one of those behind it. */
export class BranchedKStreamImpl<K, V> implements BranchedKStream<K, V> {
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

  branch(takes: (key: K, value: V) => boolean, options: NameOption = {}): this {
    this.add(takes, options.name ?? String(this.branches.length + 1))
    return this
  }

  defaultBranch(options: NameOption = {}): Map<string, KStream<K, V>> {
    this.add(() => true, options.name ?? '0')
    return this.streams
  }

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
