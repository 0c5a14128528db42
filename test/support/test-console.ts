import type { Context } from '../../src/cli/context.ts'
import type { ByteSink, ByteSource, Console } from '../../src/runtime/console.ts'
import type { Runtime } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'

/** A console without a terminal that keeps what is written to it. */
export class TestConsole implements Console {
  readonly inputIsTerminal = false
  outputIsTerminal = false
  readonly errorIsTerminal = false
  outputWidth = 0
  readonly outputHeight = 0
  readonly errorWidth = 0
  stdout = ''
  stderr = ''
  private handlers: ((signal: string) => void)[] = []

  constructor(
    private readonly pieces: readonly (string | Buffer)[] = [],
    readonly env: Readonly<Record<string, string>> = {},
  ) {}

  out(text: string): void {
    this.stdout += text
  }

  error(text: string): void {
    this.stderr += text
  }

  output(): ByteSink {
    return {
      closed: false,
      idle: true,
      write: (bytes) => {
        this.stdout += bytes.toString()
        return undefined
      },
      flush: async () => {},
    }
  }

  input(): ByteSource {
    const pieces = [...this.pieces]
    return {
      next: () => {
        const piece = pieces.shift()
        return piece === undefined ? undefined : Buffer.from(piece)
      },
      close: () => {},
    }
  }

  onSignal(handler: (signal: string) => void): () => void {
    this.handlers.push(handler)
    return () => {
      this.handlers = this.handlers.filter((other) => other !== handler)
    }
  }

  signal(name: string): void {
    for (const handler of this.handlers) handler(name)
  }
}

/** A console without input, for what looks at the environment. */
export const consoleWith = (env: Readonly<Record<string, string>>): Console => new TestConsole([], env)

export interface ToolRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

type Tool = (args: readonly string[], context: Context) => Promise<number>

/** Runs a tool in Apache's spelling in this process. */
export async function runClassic(
  tool: { readonly main: Tool },
  args: readonly string[],
  options: { readonly input?: string; readonly runtime?: Runtime } = {},
): Promise<ToolRun> {
  const console = new TestConsole(options.input === undefined ? [] : [options.input])
  const code = await tool.main(args, { console, runtime: options.runtime ?? nodeRuntime })
  return { code, out: console.stdout, err: console.stderr }
}
