import { expect } from 'vitest'
import { classicTools } from '../../src/cli/classic/registry.ts'
import { runTool } from './apache.ts'
import { runClassic, type ToolRun } from './test-console.ts'

/** A line of a session that is held against Apache's tool. */
export interface Step {
  readonly tool: string
  readonly args: string
  /** At our broker the answer is another one, and docs/deviations.md says so. */
  readonly onlyApache?: boolean
}

export type Session = readonly (string | Omit<Step, 'tool'>)[]

export const onlyApache = (args: string): Omit<Step, 'tool'> => ({ args, onlyApache: true })

export const stepsOf = (sessions: Readonly<Record<string, Session>>): Step[] =>
  Object.entries(sessions).flatMap(([tool, lines]) =>
    lines.map((line) => ({ tool, ...(typeof line === 'string' ? { args: line } : line) })),
  )

/** Words between blanks; '' is the empty one. */
export const words = (args: string): string[] =>
  args
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => (word === "''" ? '' : word))

/** Java's stacks are left out, and the names of classes before a sentence. */
export function withoutStacks(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^(\tat |\t\.\.\. |Caused by: |\tSuppressed: )/.test(line))
    .filter(
      (line, at, all) =>
        !(/^[\w.]+(Exception|Error)(: |$)/.test(line) && all[at - 1]?.endsWith(line.replace(/^.*?: /, ''))),
    )
    .map((line) => line.replace(/^(Exception in thread "main" )?((org|java|joptsimple|com)\.[\w.$]+: )+/, ''))
    .join('\n')
}

/**
 * Runs a line three times: Apache's tool at Apache's broker on `port`, and ours there and at our broker on `port + 2`. Output and exit
 * code must be the same, after `blur` took out what cannot be.
 */
export async function sameThrice(
  { tool, args, onlyApache: skipOurs }: Step,
  port: number,
  options: {
    readonly changes?: boolean
    readonly blur?: (text: string) => string
    /** The servers' option, and where it stands; a controller's port is the broker's and one. */
    readonly line?: (port: number, words: readonly string[]) => string[]
  } = {},
): Promise<void> {
  const { main } = await classicTools[tool]!()
  const { blur = (text: string) => text } = options
  const plain = (text: string) => blur(withoutStacks(text).replaceAll(String(port + 2), String(port))).trimEnd()
  const of = ({ out, err, code }: ToolRun) => ({ out: plain(out), err: plain(err), code })
  const line = (at: number) =>
    options.line?.(at, words(args)) ?? ['--bootstrap-server', `127.0.0.1:${at}`, ...words(args)]
  const theirs = await runTool(`kafka-${tool}`, line(port))
  const expected = of({ out: theirs.stdout, err: theirs.stderr, code: theirs.exitCode })
  // What can be done only once has been done at Apache's broker.
  if (!options.changes) expect(of(await runClassic({ main }, line(port)))).toEqual(expected)
  if (!skipOurs) expect(of(await runClassic({ main }, line(port + 2)))).toEqual(expected)
}
