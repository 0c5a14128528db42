import { brokerProperties } from '../../config/broker-table.ts'
import { idleInBrokers } from '../../config/broker-without-effect.ts'
import { idleSentences } from '../../config/remarks.ts'
import { topicProperties } from '../../config/topic.ts'
import { idleInTopics } from '../../config/topic-without-effect.ts'
import { configKey, type MetadataImage, ResourceType } from '../metadata/image.ts'
import type { ImageChange } from '../metadata/loader.ts'

/** Tells the log of properties that are set while the node runs and do nothing here, as its start does of those in its file. */
export class IdleConfigs {
  /** The sentences said of a resource, so that another change of it does not repeat them. */
  private readonly told = new Map<string, ReadonlySet<string>>()

  constructor(private readonly log: (line: string) => void) {}

  publish({ changedConfigs }: ImageChange, image: MetadataImage): void {
    for (const key of changedConfigs) {
      const sentences = this.sentencesOf(key, image)
      const before = this.told.get(key)
      for (const sentence of sentences) if (!before?.has(sentence)) this.log(sentence)
      if (sentences.length > 0) this.told.set(key, new Set(sentences))
      else this.told.delete(key)
    }
  }

  private sentencesOf(key: string, { configs }: MetadataImage): string[] {
    const values = configs.get(key)
    const given = (name: string) => values?.get(name)
    const name = key.slice(key.indexOf(':') + 1)
    if (key === configKey(ResourceType.topic, name))
      return idleSentences(idleInTopics, topicProperties, given, ` at topic ${name}`)
    if (key === configKey(ResourceType.broker, name))
      return idleSentences(
        idleInBrokers,
        brokerProperties,
        given,
        name === '' ? ' at all brokers' : ` at broker ${name}`,
      )
    return []
  }
}
