import { Help, type Interfaces } from '@oclif/core'

/** oclif's help, but for one heading: to whom Kafka is known a topic is something else. */
export default class KafkaHelp extends Help {
  protected override formatTopics(topics: Interfaces.Topic[]): string {
    return super.formatTopics(topics).replace('TOPICS', 'COMMANDS BY SUBJECT')
  }
}
