import { closest } from '../../std/closest.ts'
import { classicTools, scriptName, toolName } from '../classic/registry.ts'

/** What is to be said of a command line that begins with no command; `known` has the commands, their words separated by blanks. */
export function unknownCommand(args: readonly string[], known: readonly string[]): string {
  const flag = args.findIndex((word) => word.startsWith('-'))
  const words = flag < 0 ? args : args.slice(0, flag)
  const [first = '', second] = words
  if (/^(kafka|zookeeper)-/.test(first)) {
    const tool = closest(toolName(first), Object.keys(classicTools))
    return sentence(first, tool && scriptName(tool))
  }
  const topics = [...new Set(known.map((command) => command.split(' ')[0] as string))]
  if (!topics.includes(first)) {
    const near = closest(first, topics)
    const whole = near && second !== undefined ? meantBelow(near, second, known) : undefined
    return sentence(second !== undefined && whole ? `${first} ${second}` : first, whole ?? near)
  }
  return sentence(
    `${first} ${second ?? ''}`.trim(),
    second === undefined ? undefined : meantBelow(first, second, known),
  )
}

function meantBelow(topic: string, word: string, known: readonly string[]): string | undefined {
  const verbs = known.flatMap((command) => (command.startsWith(`${topic} `) ? [command.slice(topic.length + 1)] : []))
  const verb = closest(word, verbs)
  return verb && `${topic} ${verb}`
}

const sentence = (typed: string, meant: string | undefined): string =>
  `There is no command ${typed}.${meant ? ` Did you mean ${meant}?` : ' `kafka --help` lists the commands.'}`
