import { Args, Flags } from '@oclif/core'

/** `--property name=value`, any number of times. */
export const propertyFlag = (owner: string) =>
  Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'name=value',
    description: `Property of ${owner}`,
  })

/** What `Flags.string` takes for `--topic orders --topic payments:0,1`. */
export const someTopics = {
  multiple: true,
  multipleNonGreedy: true,
  helpValue: 'topic[:0,1]',
  description: 'Topic, or some of its partitions',
} as const

export const topicArgument = {
  topic: Args.string({ ignoreStdin: true, required: true, description: 'Name of the topic' }),
}

export const groupArgument = { group: Args.string({ ignoreStdin: true, required: true, description: 'Group id' }) }
