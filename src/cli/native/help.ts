import { CommandHelp, Help, type Interfaces } from '@oclif/core'

/** oclif's help of a command, without the places that flags named twice among alternatives leave in the usage: `[--to-time time |  | --until-end]`. */
class KafkaCommandHelp extends CommandHelp {
  protected override usage(): string {
    return super
      .usage()
      .replace(/\|(?: +\|)+/g, '|')
      .replace(/ +\]/g, ']')
  }
}

/** oclif's help, but for one heading: to whom Kafka is known a topic is something else. */
export default class KafkaHelp extends Help {
  protected override CommandHelpClass = KafkaCommandHelp

  protected override formatTopics(topics: Interfaces.Topic[]): string {
    return super.formatTopics(topics).replace('TOPICS', 'COMMANDS BY SUBJECT')
  }
}
