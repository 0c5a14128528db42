import type { Context } from '../context.ts'

export interface Column<R> {
  readonly title: string
  readonly value: (row: R) => string | number | undefined
  /** Draws attention to a cell on a terminal. */
  readonly alarm?: (row: R) => boolean
}

const MISSING = '-'

/** What a native command prints: a table on a terminal, the same columns as plain text in a pipe, or JSON. */
export class Output {
  constructor(
    private readonly context: Context,
    readonly json: boolean,
  ) {}

  line(text: string): void {
    this.context.console.out(`${text}\n`)
  }

  /** A value for programs; its shape is part of the command's documentation. */
  value(value: unknown): void {
    this.line(JSON.stringify(value, null, 2))
  }

  async table<R>(rows: readonly R[], columns: readonly Column<R>[]): Promise<void> {
    if (!this.context.console.outputIsTerminal) {
      this.context.console.out(plainTable(rows, columns))
      return
    }
    const [{ default: Table }, { default: chalk }] = await Promise.all([import('cli-table3'), import('chalk')])
    const table = new Table({
      head: columns.map(({ title }) => chalk.bold(title)),
      style: { head: [], border: chalk.level > 0 ? ['gray'] : [] },
    })
    for (const row of rows)
      table.push(columns.map((column) => (column.alarm?.(row) ? chalk.red(cell(column, row)) : cell(column, row))))
    this.line(table.toString())
  }

  /** Done, in one line; green on a terminal. */
  async done(text: string): Promise<void> {
    if (!this.context.console.outputIsTerminal) return this.line(text)
    const { default: chalk } = await import('chalk')
    this.line(`${chalk.green('✔')} ${text}`)
  }

  /** Shows a spinner on a terminal while an action runs. */
  async waiting<T>(doing: string, action: () => Promise<T>): Promise<T> {
    if (this.context.console.errorWidth === 0 || this.json) return action()
    const { default: ora } = await import('ora')
    const spinner = ora({ text: doing, discardStdin: false }).start()
    try {
      return await action()
    } finally {
      spinner.stop()
    }
  }
}

const cell = <R>({ value }: Column<R>, row: R): string => String(value(row) ?? MISSING)

/** Columns with two blanks between them, a header first. */
function plainTable<R>(rows: readonly R[], columns: readonly Column<R>[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map((column) => cell(column, row)))]
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] as string).length)))
  return lines
    .map(
      (line) =>
        `${line
          .map((text, i) => text.padEnd(widths[i] as number))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
