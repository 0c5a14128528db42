import { Command, Errors, Flags, type Interfaces } from '@oclif/core'
import { Admin, ConfigError } from '../../client/index.ts'
import { ConnectionError } from '../../network/connection-error.ts'
import { nodeConsole } from '../../runtime/node/console.ts'
import { nodeRuntime } from '../../runtime/node/index.ts'
import { closest } from '../../std/closest.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import { type ClientSettings, MissingFile } from '../client-config.ts'
import type { Context } from '../context.ts'
import { Exit, exitCode, sentenceOf } from '../exit.ts'
import { withRemedy } from '../warnings.ts'
import { Output, outputFormats } from './output.ts'
import { Reach } from './reach.ts'
import { inLines } from './sentence.ts'
import { nativeSettings } from './settings.ts'

type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<(typeof BaseCommand)['baseFlags'] & T['flags']>
type ArgsOf<T extends typeof Command> = Interfaces.InferredArgs<T['args']>

/** What all native commands share: where to connect, how to print, what an exit code means. */
export abstract class BaseCommand<T extends typeof Command> extends Command {
  static override baseFlags = {
    'bootstrap-server': Flags.string({
      char: 'b',
      helpValue: 'host:port,...',
      helpGroup: 'GLOBAL',
      description: "Servers to connect to [default: the profile's, then localhost:9092]",
    }),
    'command-config': Flags.string({
      helpValue: 'file',
      helpGroup: 'GLOBAL',
      description: 'Properties file of the client [default: $KAFKA_COMMAND_CONFIG]',
    }),
    profile: Flags.string({
      char: 'P',
      helpGroup: 'GLOBAL',
      description: 'Settings to connect with [default: $KAFKA_PROFILE, then the one in use]',
    }),
    output: Flags.option({
      char: 'o',
      options: outputFormats,
      helpGroup: 'GLOBAL',
      description: 'Form of the result [default: text]',
    })(),
    json: Flags.boolean({ exclusive: ['output'], helpGroup: 'GLOBAL', description: 'The same as --output json' }),
    'no-headers': Flags.boolean({ helpGroup: 'GLOBAL', description: 'Tables and CSV without titles' }),
    debug: Flags.boolean({ helpGroup: 'GLOBAL', description: 'Print the stack of a failure' }),
  }

  protected readonly context: Context = { console: nodeConsole, runtime: nodeRuntime }
  protected flags!: FlagsOf<T>
  protected args!: ArgsOf<T>
  /** Arguments in the order given, for commands that take any number. */
  protected words: string[] = []
  protected output!: Output

  override async init(): Promise<void> {
    await super.init()
    const { flags, args, argv } = await this.parse({
      flags: this.ctor.flags,
      baseFlags: (super.ctor as typeof BaseCommand).baseFlags,
      args: this.ctor.args,
      strict: this.ctor.strict,
    })
    this.flags = flags as FlagsOf<T>
    this.args = args as ArgsOf<T>
    this.words = argv as string[]
    const { json, output, 'no-headers': noHeaders } = this.flags
    this.output = new Output(this.context, json ? 'json' : (output ?? 'text'), !noHeaders)
  }

  /** Settings from flags, environment and profile, with the servers put in. */
  protected clientSettings(): ClientSettings {
    const { profile, 'bootstrap-server': servers, 'command-config': config } = this.flags
    return nativeSettings({ profile, servers, config }, this.context)
  }

  /** Runs an action with an admin client, under a spinner while a terminal waits; without one when what is done has no name. */
  protected async withAdmin<R>(doing: string | undefined, action: (admin: Admin) => Promise<R>): Promise<R> {
    const settings = this.clientSettings()
    const reach = new Reach(this.context, settings['bootstrap.servers'] as string)
    const admin = new Admin(settings, this.context.runtime, reach.hooks())
    const reached = async () => {
      await admin.nodes()
      return action(admin)
    }
    const act = () => reach.within(reached)
    try {
      return await (doing === undefined ? act() : this.output.waiting(doing, act))
    } finally {
      await admin.close()
    }
  }

  /** Throws when no broker answers, before a client that would try for long begins. */
  protected checkReachable(): Promise<void> {
    return this.withAdmin(undefined, () => Promise.resolve())
  }

  /** Refuses YAML and CSV, where a command prints as things come; `there` is how the sentence begins. */
  protected onlyTextOrJson(there = 'Events are lines of JSON: they are'): void {
    const { format } = this.output
    if (format === 'yaml' || format === 'csv') this.wrongUsage(`${there} not there as ${format}.`)
  }

  /** Ends with wrong usage, in one sentence. */
  protected wrongUsage(sentence: string): never {
    this.complain(sentence)
    throw new Exit(exitCode.usage)
  }

  private complain(sentence: string): void {
    const { console } = this.context
    console.error(`${inLines(sentence, console.errorWidth)}\n`)
  }

  protected override async catch(error: Error): Promise<void> {
    if (error instanceof Exit) this.exit(error.code)
    if (error instanceof Errors.ExitError) throw error
    if (error instanceof MissingFile) error.message = `There is no file ${error.message}.`
    const unreachable = error instanceof ConfigError && error.cause instanceof ConnectionError ? error.cause : undefined
    if (unreachable) {
      const { message: sentence, failure } = unreachable
      this.complain(withRemedy({ sentence, failure }))
      this.exit(exitCode.failed)
    }
    const isRequest = error instanceof InvalidRequest || error instanceof ConfigError
    const isUsage =
      isRequest || (error instanceof Errors.CLIError && 'parse' in error) || UNREADABLE.test(error.message)
    const flags = [...Object.keys(this.ctor.flags ?? {}), ...Object.keys(BaseCommand.baseFlags)]
    const meant = meantFlag(error, flags) || (await meantProperty(error))
    this.complain(`${isUsage ? usageSentence(error) : sentenceOf(error)}${meant}`)
    if (this.argv.includes('--debug')) this.context.console.error(`${error.stack}\n`)
    this.exit(isUsage ? exitCode.usage : exitCode.failed)
  }
}

/** A question about the first flag that is not known, when one like it is. */
function meantFlag(error: Error, known: readonly string[]): string {
  const { flags } = error as { flags?: unknown }
  const [flag] = Array.isArray(flags) ? flags : []
  if (typeof flag !== 'string' || !/^Nonexistent flag/.test(error.message)) return ''
  const meant = closest(flag.replace(/^-+|=.*$/g, ''), known)
  return meant === undefined ? '' : `. Did you mean --${meant}?`
}

/** The same about a topic's property, which a broker does not know. */
async function meantProperty({ message }: Error): Promise<string> {
  const [, name] = /^Unknown topic config name: (\S+)$/.exec(message) ?? []
  if (name === undefined) return ''
  const { topicProperties } = await import('../../config/topic.ts')
  const meant = closest(name, Object.keys(topicProperties))
  return meant === undefined ? '' : `. Did you mean ${meant}?`
}

/** What the parser says of a flag or an argument whose value cannot be read. */
const UNREADABLE = /^Parsing (\S+) \n\t(.*)\n.*/

/** The parser's complaints have several lines, of which the first ones say what is wrong. */
function usageSentence(error: Error): string {
  const { args } = error as { args?: unknown }
  if (Array.isArray(args) && args.every((arg) => arg && typeof arg === 'object' && 'name' in arg))
    return `Missing argument: ${args.map(({ name }) => String(name).toUpperCase()).join(', ')}. --help shows the usage.`
  const [, what, why] = UNREADABLE.exec(error.message) ?? []
  if (why !== undefined) return `${what}: ${why.charAt(0).toLowerCase()}${why.slice(1)}.`
  const lines = error.message.split('\n').filter((line) => line.trim() !== '' && !/^(See more help|Note:)/.test(line))
  return lines.join(' ')
}
