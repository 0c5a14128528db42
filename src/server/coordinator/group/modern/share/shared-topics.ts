import type { Uuid } from '../../../../../std/uuid.ts'

interface TopicPartitions {
  readonly topicId: Uuid
  readonly topicName: string
  readonly partitions: readonly number[]
}

/** Partitions by topic, with the topics' names. Immutable. */
export class NamedPartitions {
  static readonly none = new NamedPartitions(new Map())
  private readonly topics: ReadonlyMap<Uuid, { readonly name: string; readonly partitions: ReadonlySet<number> }>

  constructor(topics: ReadonlyMap<Uuid, { readonly name: string; readonly partitions: ReadonlySet<number> }>) {
    this.topics = topics
  }

  static of(topics: readonly TopicPartitions[]): NamedPartitions {
    return new NamedPartitions(
      new Map(
        topics.map(({ topicId, topicName: name, partitions }) => [topicId, { name, partitions: new Set(partitions) }]),
      ),
    )
  }

  get isEmpty(): boolean {
    return this.topics.size === 0
  }

  /** Empty when there are none. */
  of(topicId: Uuid): ReadonlySet<number> {
    return this.topics.get(topicId)?.partitions ?? new Set()
  }

  listed(): { topicId: Uuid; topicName: string; partitions: number[] }[] {
    return Array.from(this.topics, ([topicId, { name: topicName, partitions }]) => ({
      ...{ topicId, topicName },
      partitions: [...partitions].sort((one, other) => one - other),
    }))
  }

  with(added: NamedPartitions): NamedPartitions {
    const topics = new Map(this.topics)
    for (const [topicId, { name, partitions }] of added.topics)
      topics.set(topicId, { name, partitions: new Set([...this.of(topicId), ...partitions]) })
    return new NamedPartitions(topics)
  }

  without(removed: NamedPartitions): NamedPartitions {
    const topics = new Map(this.topics)
    for (const [topicId, { name, partitions }] of this.topics) {
      const left = new Set([...partitions].filter((one) => !removed.of(topicId).has(one)))
      if (left.size === 0) topics.delete(topicId)
      else topics.set(topicId, { name, partitions: left })
    }
    return new NamedPartitions(topics)
  }

  withoutTopics(ids: { has(id: Uuid): boolean }): NamedPartitions {
    return new NamedPartitions(new Map([...this.topics].filter(([topicId]) => !ids.has(topicId))))
  }
}

/** Of which topics the share coordinator keeps a group's state, or is about to keep or to drop it. */
export interface SharedTopics {
  readonly initializing: NamedPartitions
  /** Only these are given to members. */
  readonly initialized: NamedPartitions
  /** Id -> name. */
  readonly deleting: ReadonlyMap<Uuid, string>
}

export const noTopics: SharedTopics = {
  initializing: NamedPartitions.none,
  initialized: NamedPartitions.none,
  deleting: new Map(),
}

/** Partitions whose state is about to be set up; what was to be dropped of such a topic is not, any more. */
export const begun = ({ initializing, initialized, deleting }: SharedTopics, added: NamedPartitions): SharedTopics => {
  const all = initializing.with(added)
  return {
    initializing: all,
    initialized,
    deleting: new Map([...deleting].filter(([topicId]) => all.of(topicId).size === 0)),
  }
}

/** Their state is set up. */
export const completed = (topics: SharedTopics, done: NamedPartitions): SharedTopics => ({
  initializing: topics.initializing.without(done),
  initialized: topics.initialized.with(done),
  deleting: topics.deleting,
})

/** Topics that are no longer in the cluster are forgotten. */
export const withoutTopics = (topics: SharedTopics, gone: { has(id: Uuid): boolean }): SharedTopics => ({
  initializing: topics.initializing.withoutTopics(gone),
  initialized: topics.initialized.withoutTopics(gone),
  deleting: new Map([...topics.deleting].filter(([topicId]) => !gone.has(topicId))),
})
