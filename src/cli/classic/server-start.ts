import { loadProperties, parsePairs } from '../client-config.ts'
import type { ClassicTool } from '../context.ts'
import { serve } from '../serve.ts'
import { CommandLine, finish } from './command-line.ts'
import { flag, type OptionSpec, takes } from './option-parser.ts'

const options: readonly OptionSpec[] = [
  takes('override', '', 'Optional property that should override values set in server.properties file (e.g. Key=value)'),
  flag('version', 'Print version information and exit.'),
]

const USAGE = 'USAGE: java [options] kafka.Kafka server.properties [--override property=value]*'

/** Apache's kafka-server-start. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line: CommandLine = new CommandLine(context, options, args.includes('--help') ? [] : args)
    if (args.length === 0 || args.includes('--help')) line.usage(USAGE)
    line.helpOrVersion(USAGE)
    const [file, ...more] = line.options.rest
    if (file === undefined) line.usage(USAGE)
    if (more.length > 0) line.usage(`Found non argument parameters: ${more.join(',')}`)
    const properties = { ...loadProperties(context.runtime, file), ...parsePairs(line.values('override')) }
    return serve(properties, context)
  })
