import type { StreamsHooks } from '../../streams/index.ts'
import { WordCountDemo } from '../../tools/streams/word-count-demo.ts'
import { loadOptionalProperties } from '../client-config.ts'
import type { ClassicTool } from '../context.ts'
import { exitCode, signalCode } from '../exit.ts'
import { untilSignal } from '../until-signal.ts'
import { remarks, warnings } from '../warnings.ts'
import { finish } from './command-line.ts'

/** Apache's WordCountDemo, which takes one file of properties. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console, runtime } = context
    if (args.length > 1)
      console.out(
        'Warning: Some command line arguments were ignored. This demo only accepts an optional configuration file.\n',
      )
    const properties = loadOptionalProperties(runtime, args[0])
    const hooks: StreamsHooks = { ...warnings(context), onWarning: remarks(context) }
    const demo = new WordCountDemo(properties, runtime, hooks)
    const { signal } = await untilSignal(console, (stop) => demo.run(stop))
    return signal === undefined ? exitCode.done : signalCode(signal)
  })
